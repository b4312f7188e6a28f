"""Make queues, say who takes their calls, and sign people in and out (G27). What is written holds for the next call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit, clock
from myfone.tenancy.actor import SEES_COLLEAGUES, Actor, NotAllowed, Role
from myfone.tenancy.models import Employee
from telephony.models import (
    Ddi,
    Extension,
    Music,
    PauseReason,
    Phone,
    ProfileQueue,
    Queue,
    QueueHours,
    QueueMember,
    QueueMusic,
    QueuePhone,
    RingProfile,
    RingTarget,
    SetBy,
    Strategy,
)
from telephony.rules import numbers
from telephony.rules.queues import Span
from telephony.selectors import queues as selectors
from telephony.services import queue_music
from telephony.services.following import follow
from telephony.services.queue_music import Upload
from telephony.services.schedules import know_holidays


class QueueError(Exception):
    """Something about a queue that cannot be done; the text may be shown to the person."""

    field = ""


class NumberTaken(QueueError):
    """Somebody has the local number already."""

    field = "number"

    def __init__(self, number: str) -> None:
        super().__init__(_("%(number)s is in use already. Choose another local number.") % {"number": number})


class NameTaken(QueueError):
    """There is a queue of that name."""

    field = "name"

    def __init__(self) -> None:
        super().__init__(_("There is a queue of this name already. Choose another."))


class NoTarget(QueueError):
    """Calls cannot go on to what was typed."""

    def __init__(self, field: str, typed: str) -> None:
        super().__init__(
            _("%(typed)s is neither a local number of yours nor a telephone number with its country code.")
            % {"typed": typed}
        )
        self.field = field


class LeadsToItself(QueueError):
    """Calls would go on to the queue that they come from."""

    def __init__(self, field: str) -> None:
        super().__init__(_("That is this queue's own number. Let the calls go somewhere else, or nowhere."))
        self.field = field


class LeadsAbroad(QueueError):
    """Calls would go on to another country, past the caps that hold for calls."""

    def __init__(self, field: str) -> None:
        super().__init__(
            _("A queue sends no calls abroad. Choose a number of your own country, or a local number.")
        )
        self.field = field


class CallsForHelp(QueueError):
    """The number calls for help."""

    field = "number"

    def __init__(self) -> None:
        super().__init__(_("Whoever dials this wants help. Choose another local number."))


class HasDirectNumber(QueueError):
    """A number of the public network leads to the queue."""

    def __init__(self, number: str) -> None:
        super().__init__(
            _("The direct number %(number)s leads to this queue. Let it lead elsewhere first.")
            % {"number": numbers.shown(number)}
        )


class NoMusic(QueueError):
    """Music of one's own is chosen, and there is none."""

    field = "file"

    def __init__(self) -> None:
        super().__init__(_("Choose the WAV file that callers shall hear, or other music."))


class EndsInThePast(QueueError):
    """The chosen time is over already."""

    def __init__(self) -> None:
        super().__init__(_("That time is over. Choose a later one, or none."))


@dataclass(frozen=True)
class Draft:
    """A queue as somebody wants it; hours are of all weekdays, none is always open."""

    name: str
    number: str
    strategy: str = Strategy.LONGEST_IDLE
    ring_seconds: int = 20
    wrap_up_seconds: int = 10
    max_wait_seconds: int = 300
    max_length: int = 20
    goal_seconds: int = 30
    pause_after_missed: int = 3
    overflow: str = ""
    closed_to: str = ""
    holidays_of: str = ""
    hours: tuple[Span, ...] = ()
    music: str = Music.OURS
    file: Upload | None = None


@transaction.atomic
def save_queue(*, actor: Actor, queue: Queue | None, draft: Draft) -> Queue:
    """Make a queue, or change one that is in use. Raises QueueError."""
    _must_administer(actor)
    assert actor.customer_id is not None
    row = held(actor, queue) if queue else Queue(customer_id=actor.customer_id)
    country = selectors.country_of(actor)
    targets = {name: _target(actor, name, draft, country) for name in ("overflow", "closed_to")}
    if row.extension is None or row.extension.number != draft.number:
        row.extension = _renumber(actor, row.extension, draft.number)
    for field in fields(draft):
        if field.name not in ("number", "hours", "file", *targets):
            setattr(row, field.name, getattr(draft, field.name))
    for name, target in targets.items():
        setattr(row, name, target)
    if draft.music == Music.OWN and draft.file is None and not queue_music.has_own(actor, row):
        raise NoMusic
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "one_queue_a_name" in str(error):
            raise NameTaken from error
        raise
    if draft.file is not None:
        queue_music.keep(actor=actor, queue=row, upload=draft.file)
    hours = QueueHours.objects.visible_to(actor).filter(queue=row)
    hours._raw_delete(hours.db)
    for span in draft.hours:
        QueueHours(
            customer_id=row.customer_id, queue=row, weekday=span.weekday, opens=span.opens, closes=span.closes
        ).save(force_insert=True)
    if row.holidays_of:
        know_holidays(row.holidays_of, clock.now())
    audit.record(actor=actor, action="queue.saved" if queue else "queue.made", object=row, name=row.name)
    return row


@transaction.atomic
def end_queue(*, actor: Actor, queue: Queue, at: dt.datetime) -> None:
    """Take a queue out of use: nobody reaches it, and its number is free; what it was stays. Raises HasDirectNumber."""
    _must_administer(actor)
    row: Queue = _queues(actor).get(pk=queue.pk)
    if row.ended_at is not None:
        return
    leads = Ddi.objects.visible_to(actor).filter(extension_id=row.extension_id, ended_at=None).first()
    if leads is not None:
        raise HasDirectNumber(leads.number)
    freed, row.extension, row.ended_at = row.extension, None, at
    row.save(update_fields=["extension", "ended_at"])
    if freed is not None:
        # Direct numbers that ended still name it.
        Ddi.objects.visible_to(actor).filter(extension_id=freed.pk).update(extension=None)
        local = Extension.objects.visible_to(actor).filter(pk=freed.pk)
        local._raw_delete(local.db)
    # What profiles do with it goes too, so that their calls go where they would without it.
    for model, of in (
        (QueuePhone, "member__queue"),
        (QueueMusic, "queue"),
        (QueueMember, "queue"),
        (ProfileQueue, "queue"),
        (RingTarget, "queue"),
    ):
        rows = model.objects.visible_to(actor).filter(**{of: row})
        rows._raw_delete(rows.db)
    audit.record(actor=actor, action="queue.ended", object=row, name=row.name)


@transaction.atomic
def enrol(*, actor: Actor, queue: Queue, employee: Employee) -> QueueMember:
    """Let an employee take a queue's calls, signed out until somebody signs them in; twice is once."""
    must_supervise(actor)
    row = held(actor, queue)
    person = Employee.objects.visible_to(actor).get(
        pk=employee.pk, customer_id=row.customer_id, ended_at=None
    )
    member: QueueMember
    member, is_new = QueueMember.objects.visible_to(actor).get_or_create(
        queue=row, employee=person, defaults={"customer_id": row.customer_id}
    )
    if is_new:
        audit.record(actor=actor, action="queue.enrolled", object=row, employee=person.name)
    return member


@transaction.atomic
def remove(*, actor: Actor, member: QueueMember) -> None:
    """Let an employee no longer take a queue's calls; the call that they are in goes on."""
    must_supervise(actor)
    row = _members(actor).filter(pk=member.pk).first()
    if row is None:
        return
    # What profiles say of the queue goes too: they would sign in whoever is enrolled again.
    for model, of in (
        (ProfileQueue, {"queue_id": row.queue_id, "employee_id": row.employee_id}),
        (QueuePhone, {"member": row}),
        (QueueMember, {"pk": row.pk}),
    ):
        rows = model.objects.visible_to(actor).filter(**of)
        rows._raw_delete(rows.db)
    audit.record(actor=actor, action="queue.removed", object=row.queue, employee=row.employee.name)


@transaction.atomic
def sign(
    *, actor: Actor, member: QueueMember, signs_in: bool, until: dt.datetime | None, at: dt.datetime
) -> str:
    """Sign somebody in or out, until a time or the next change of their profile; return what came of it.

    That is signed_in, already_in, signed_out, already_out or out_after_call: whoever is in a call leaves after it.
    Raises EndsInThePast.
    """
    row = _members(actor).get(pk=member.pk)
    _must_be_own_or_supervise(actor, row)
    if until is not None and until <= at:
        raise EndsInThePast
    how = SetBy.HAND if row.employee_id == actor.employee_id else SetBy.SUPERVISOR
    with connection.cursor() as cursor:
        cursor.execute("SELECT switch.sign_in_to_queue(%s, %s, %s, %s)", [row.pk, signs_in, how.value, until])
        (result,) = cursor.fetchone()
    if how is SetBy.SUPERVISOR:
        audit.record(actor=actor, action="queue.signed", object=row.queue, member=row.pk, result=result)
    return str(result)


@transaction.atomic
def pause(*, actor: Actor, members: Iterable[QueueMember], reason: PauseReason, at: dt.datetime) -> None:
    """Let no new queue calls come to members for a while; one that rings goes on ringing.

    Whoever is paused for that reason already stays so since when it began.
    """
    for row in _members(actor).filter(pk__in=[member.pk for member in members]):
        _must_be_own_or_supervise(actor, row)
        if row.paused_at is None or row.pause_reason != reason:
            row.paused_at, row.pause_reason = at, reason
            row.save(update_fields=["paused_at", "pause_reason"])


@transaction.atomic
def resume(*, actor: Actor, members: Iterable[QueueMember]) -> None:
    """End pauses, and forget the calls that were missed."""
    for row in _members(actor).filter(pk__in=[member.pk for member in members]):
        _must_be_own_or_supervise(actor, row)
        row.paused_at, row.pause_reason, row.missed_in_row = None, "", 0
        row.save(update_fields=["paused_at", "pause_reason", "missed_in_row"])


@transaction.atomic
def prefer(
    *, actor: Actor, member: QueueMember, phones: Sequence[Phone], steers: Mapping[RingProfile, bool | None]
) -> None:
    """Say which phones ring for a queue, none for all, and what each ring profile does with it.

    Both are the member's own: a colleague's phone would leave the member with none that rings.
    """
    row = _members(actor).get(pk=member.pk)
    _must_be_own_or_supervise(actor, row)
    own = {"employee_id": row.employee_id, "ended_at": None}
    chosen = [Phone.objects.visible_to(actor).get(pk=phone.pk, **own) for phone in phones]
    said = {RingProfile.objects.visible_to(actor).get(pk=one.pk, **own): way for one, way in steers.items()}
    for model, of in (
        (QueuePhone, {"member": row}),
        (ProfileQueue, {"queue_id": row.queue_id, "employee_id": row.employee_id}),
    ):
        rows = model.objects.visible_to(actor).filter(**of)
        rows._raw_delete(rows.db)
    for phone in chosen:
        QueuePhone(customer_id=row.customer_id, member=row, phone=phone).save(force_insert=True)
    for profile, signs_in in said.items():
        if signs_in is not None:
            ProfileQueue(
                customer_id=row.customer_id,
                employee_id=row.employee_id,
                profile=profile,
                queue_id=row.queue_id,
                signs_in=signs_in,
            ).save(force_insert=True)


def _queues(actor: Actor):  # type: ignore[no-untyped-def]
    return (
        Queue.objects.visible_to(actor)
        .select_related("extension")
        .select_for_update(of=("self",), no_key=True)
    )


def held(actor: Actor, queue: Queue) -> Queue:
    """Return a queue that is in use as it is now, held until the end of the transaction."""
    row: Queue = _queues(actor).get(pk=queue.pk, ended_at=None)
    return row


def _members(actor: Actor):  # type: ignore[no-untyped-def]
    """Return who is enrolled where, held in one order: two who write at once wait, and do not deadlock."""
    rows = QueueMember.objects.visible_to(actor).select_related("queue", "employee")
    return rows.select_for_update(of=("self",), no_key=True).order_by("pk")


def _target(actor: Actor, field: str, draft: Draft, country: str) -> str:
    """Return a number that calls can go on to, as the switch wants it; nothing stays nothing."""
    typed: str = getattr(draft, field)
    if not typed:
        return ""
    if typed == draft.number:
        raise LeadsToItself(field)
    if Extension.objects.visible_to(actor).filter(customer_id=actor.customer_id, number=typed).exists():
        return typed
    found = numbers.e164(typed, country)
    if found is None:
        raise NoTarget(field, typed)
    if not numbers.is_at_home(found, country):
        raise LeadsAbroad(field)
    return found


def _renumber(actor: Actor, extension: Extension | None, number: str) -> Extension:
    assert actor.customer_id is not None
    if number in numbers.EMERGENCY:
        raise CallsForHelp
    row = extension or Extension(customer_id=actor.customer_id)
    before, row.number = row.number, number
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise NumberTaken(number) from error
    follow(actor=actor, customer_id=row.customer_id, before=before, after=number)
    return row


def _must_administer(actor: Actor) -> None:
    if actor.role != Role.CUSTOMER_ADMINISTRATOR:
        raise NotAllowed(_("Only an administrator of your company can do this."))


def must_supervise(actor: Actor) -> None:
    """Raise NotAllowed unless the actor looks after the company's queues."""
    if actor.role not in SEES_COLLEAGUES:
        raise NotAllowed(_("Only a supervisor or an administrator of your company can do this."))


def _must_be_own_or_supervise(actor: Actor, member: QueueMember) -> None:
    if member.employee_id != actor.employee_id:
        must_supervise(actor)
