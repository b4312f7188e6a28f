"""Make, choose and change ring profiles (G28). What is written here holds for the next call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.models import (
    Ddi,
    HandState,
    Phone,
    PhoneKind,
    ProfileChoice,
    RingMember,
    RingProfile,
    RingStep,
    RingTarget,
    Template,
)
from telephony.rules import profiles as rules
from telephony.rules.abroad import numbers_abroad
from telephony.rules.profiles import Draft, MemberDraft, StepDraft
from telephony.selectors import profiles as selectors
from telephony.selectors.profile_editor import without_phones
from telephony.selectors.schedules import next_change
from telephony.services import forwards


class ProfileError(Exception):
    """Something about a ring profile that cannot be done; the text may be shown to the person."""


class ProfileFaulty(ProfileError):
    """Calls would not do what the owner wants; `faults` say how."""

    def __init__(self, faults: Sequence[rules.Finding]) -> None:
        super().__init__(_("The profile was not saved. See what is wrong below."))
        self.faults = tuple(faults)


class ProfileChanged(ProfileError):
    """Somebody else has saved the profile since it was opened."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Somebody has saved this profile since you opened it. Yours was not saved; both are shown below."
            )
        )


class AbroadUnconfirmed(ProfileError):
    """The profile would send calls to numbers abroad that nobody has confirmed; `numbers` are in E.164."""

    def __init__(self, numbers: Iterable[str]) -> None:
        super().__init__(_("The profile sends calls abroad. Confirm that first."))
        self.numbers = tuple(sorted(numbers))


class NotYourNumber(ProfileError):
    """The outgoing number is neither the employee's own nor granted to them."""

    def __init__(self) -> None:
        super().__init__(_("This number is not yours to show. Choose another, or none."))


class EndsInThePast(ProfileError):
    """The end of the choice is over already."""

    def __init__(self) -> None:
        super().__init__(_("That time is over. Choose a later one, or none."))


def create_templates(*, actor: Actor, employee: Employee) -> list[RingProfile]:
    """Give an employee the profiles that everybody begins with; those that are there already stay as they are."""
    with transaction.atomic():
        Employee.objects.visible_to(actor).select_for_update(no_key=True).get(pk=employee.pk)
        known = set(
            RingProfile.objects.visible_to(actor)
            .filter(employee=employee, ended_at=None)
            .values_list("template", flat=True)
        )
        phones = list(Phone.objects.visible_to(actor).filter(employee=employee, ended_at=None).order_by("pk"))
        made = []
        for position, template in enumerate(Template):
            if template.value in known:
                continue
            draft = begin_with(template, phones)
            profile = RingProfile(
                customer_id=employee.customer_id,
                employee=employee,
                template=template,
                position=position,
                state=draft.state,
            )
            profile.save(force_insert=True)
            _write(profile, draft)
            made.append(profile)
        if made:
            audit.record(actor=actor, action="profiles.created", object=employee, amount=len(made))
    return made


def choose(
    *, actor: Actor, profile: RingProfile, until: dt.datetime | None, at: dt.datetime
) -> ProfileChoice:
    """Let a profile hold from now on, until a time or until another is chosen. Raises EndsInThePast.

    Without an end, the profile's own time of day ends it, where it has one, else the schedule's next change. Choosing
    what holds already, with the same end, changes nothing.
    """
    if until is None and profile.ends_at is not None:
        until = rules.next_time(profile.ends_at, timezone.localtime(at))
    if until is not None and until <= at:
        raise EndsInThePast
    with transaction.atomic():
        Employee.objects.visible_to(actor).select_for_update(no_key=True).get(pk=profile.employee_id)
        follows = until is None
        until = next_change(profile.employee_id, at) if follows else until
        open_ = selectors.open_choice(actor, profile.employee_id)
        if open_ is not None and open_.profile_id == profile.pk and open_.until == until:
            return open_
        if open_ is not None:
            _end(actor, open_, at)
        choice = ProfileChoice(
            customer_id=profile.customer_id,
            employee_id=profile.employee_id,
            profile=profile,
            began_at=at,
            until=until,
            follows_schedule=follows and until is not None,
            chosen_by=actor.id,
            before=open_,
        )
        choice.save(force_insert=True)
        audit.record(actor=actor, action="profile.chosen", object=profile, until=until)
    return choice


def undo(*, actor: Actor, choice: ProfileChoice, at: dt.datetime) -> bool:
    """Take a choice back, so that what held before it holds again; return whether it was still the one in force."""
    with transaction.atomic():
        Employee.objects.visible_to(actor).select_for_update(no_key=True).get(pk=choice.employee_id)
        open_ = selectors.open_choice(actor, choice.employee_id)
        if open_ is None or open_.pk != choice.pk:
            return False
        _end(actor, open_, at)
        before = open_.before
        is_left = before is not None and before.profile.ended_at is None
        if before is not None and is_left and (before.until is None or before.until > at):
            ProfileChoice(
                customer_id=before.customer_id,
                employee_id=before.employee_id,
                profile_id=before.profile_id,
                began_at=at,
                until=before.until,
                follows_schedule=before.follows_schedule,
                chosen_by=actor.id,
                before_id=before.before_id,
            ).save(force_insert=True)
        audit.record(actor=actor, action="profile.choice_undone", object=open_.profile)
    return True


def end_choice(*, actor: Actor, choice: ProfileChoice, at: dt.datetime) -> bool:
    """End a choice, so that what is usual holds again; return whether nothing else was chosen since. Twice is once."""
    with transaction.atomic():
        Employee.objects.visible_to(actor).select_for_update(no_key=True).get(pk=choice.employee_id)
        open_ = selectors.open_choice(actor, choice.employee_id)
        if open_ is None or (open_.until is not None and open_.until <= at):
            return True
        if open_.pk != choice.pk:
            return False
        _end(actor, open_, at)
        audit.record(actor=actor, action="profile.choice_ended", object=open_.profile)
    return True


def shape_of(profile: RingProfile, draft: Draft) -> rules.Shape:
    """Return a draft as far as its faults go."""
    return rules.Shape(
        employee=profile.employee_id,
        steps=tuple(rules.Step(step.seconds, len(step.members)) for step in draft.steps),
        targets=draft.targets,
        busy_in_call=draft.is_busy_in_call,
    )


def findings(*, actor: Actor, profile: RingProfile, draft: Draft) -> list[rules.Finding]:
    """Return what is wrong with a draft.

    Where colleagues send calls on is looked at although the owner of the profile may not see it: a ring is a ring.
    """
    sees = Actor.system(profile.customer_id, doing="profile_check")
    shape = shape_of(profile, draft)
    others = selectors.shapes(sees, profile)
    queues = selectors.where_queues_lead(sees, profile.customer_id)
    led_to = {
        t.colleague for one in (shape, *others.values()) for t in one.targets if t.colleague is not None
    }
    named = [t.colleague for t in draft.targets] + [m.colleague for step in draft.steps for m in step.members]
    unreachable = without_phones(sees, [colleague for colleague in named if colleague is not None])
    found = rules.faults(
        shape,
        profile=profile.pk,
        profiles=others,
        colleagues=selectors.profiles_that_may_hold(sees, led_to.union(*queues.values())),
        queues=queues,
        unreachable=unreachable,
    )
    return found + rules.silent_members(draft, unreachable)


def save(
    *,
    actor: Actor,
    profile: RingProfile,
    version: int,
    draft: Draft,
    confirmed: Iterable[str] | None = None,
) -> list[rules.Finding]:
    """Replace what a profile does, and return what its owner should know of it.

    confirmed are the numbers abroad that the person has confirmed; of those that are new, owner and administrators are
    told by mail. Raises AbroadUnconfirmed for others that are new, ProfileChanged when somebody has saved it since
    `version`, ProfileFaulty when it would not work, NotYourNumber when it would show somebody else's number.
    """
    with transaction.atomic():
        if draft.outgoing not in (None, profile.outgoing_id) and draft.outgoing not in {
            number.pk for number in allowed_outgoing(actor, profile)
        }:
            raise NotYourNumber
        found = findings(actor=actor, profile=profile, draft=draft)
        if refused := [finding for finding in found if finding.fault in rules.REFUSED]:
            raise ProfileFaulty(refused)
        abroad = _newly_abroad(actor, profile, draft)
        if unconfirmed := abroad - set(confirmed or ()):
            raise AbroadUnconfirmed(unconfirmed)
        changed = (
            RingProfile.objects.visible_to(actor)
            .filter(pk=profile.pk, version=version, ended_at=None)
            .update(version=F("version") + 1, **_columns(draft))
        )
        if not changed:
            raise ProfileChanged
        rewrite(actor, profile, draft)
        audit.record(actor=actor, action="profile.saved", object=profile, version=version + 1)
        if abroad:
            forwards.tell(actor=actor, profile=profile, numbers=abroad, version=version + 1)
    return found


def allowed_outgoing(actor: Actor, profile: RingProfile) -> list[Ddi]:
    """Return the numbers that a profile may show: its owner's direct numbers, granted ones, the main number."""
    return selectors.outgoing_numbers(actor, profile.customer_id, profile.employee_id)


def _newly_abroad(actor: Actor, profile: RingProfile, draft: Draft) -> frozenset[str]:
    wanted = numbers_abroad(draft, forwards.home_of(actor, profile.customer_id))
    if not wanted:
        return wanted
    rung = RingMember.objects.visible_to(actor).filter(step__profile=profile).values_list("number", flat=True)
    sent = RingTarget.objects.visible_to(actor).filter(profile=profile).values_list("number", flat=True)
    return wanted - {*rung, *sent}


def _end(actor: Actor, choice: ProfileChoice, at: dt.datetime) -> None:
    ended = min(at, choice.until) if choice.until else at
    ProfileChoice.objects.visible_to(actor).filter(pk=choice.pk).update(ended_at=ended)


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "outgoing_id": draft.outgoing,
        "state": draft.state,
        "note": draft.note,
        "ends_at": draft.ends_at,
        "is_busy_in_call": draft.is_busy_in_call,
    }


def rewrite(actor: Actor, profile: RingProfile, draft: Draft) -> None:
    """Put a draft's steps and targets in the place of those that there are; members go before their steps."""
    for model, of in ((RingMember, "step__profile"), (RingStep, "profile"), (RingTarget, "profile")):
        rows = model.objects.visible_to(actor).filter(**{of: profile})
        rows._raw_delete(rows.db)
    _write(profile, draft)


def _write(profile: RingProfile, draft: Draft) -> None:
    of = {"customer_id": profile.customer_id, "employee_id": profile.employee_id}
    for position, wanted in enumerate(draft.steps):
        step = RingStep(profile=profile, position=position, seconds=wanted.seconds, **of)
        step.save(force_insert=True)
        for member in wanted.members:
            RingMember(
                step=step, phone_id=member.phone, colleague_id=member.colleague, number=member.number, **of
            ).save(force_insert=True)
    for target in draft.targets:
        RingTarget(
            profile=profile,
            situation=target.situation,
            callers=target.callers,
            colleague_id=target.colleague,
            number=target.number,
            other_id=target.profile,
            queue_id=target.queue,
            **of,
        ).save(force_insert=True)


def begin_with(template: Template, phones: Sequence[Phone]) -> Draft:
    """Say what a template rings, of the phones that there are: at the desk first, then the mobile.

    Those that turn calls away say so to colleagues, who would else see somebody available.
    """
    mobiles = tuple(MemberDraft(phone=phone.pk) for phone in phones if phone.kind == PhoneKind.MOBILE)
    desks = tuple(MemberDraft(phone=phone.pk) for phone in phones if phone.kind != PhoneKind.MOBILE)
    moving = tuple(
        MemberDraft(phone=phone.pk)
        for phone in phones
        if phone.kind in (PhoneKind.SKYPE, PhoneKind.SOFTPHONE)
    )
    if template in (Template.OFF, Template.HOLIDAY):
        return Draft(targets=(rules.Target("always"),), state=HandState.OFF)
    if not phones:
        return Draft()
    if template == Template.OFFICE:
        wanted = [(20, desks), (20, mobiles)]
    elif template == Template.MOVE:
        wanted = [(30, mobiles or moving or desks)]
    else:
        wanted = [(25, (*moving, *mobiles) or desks)]
    return Draft(steps=tuple(StepDraft(seconds, members) for seconds, members in wanted if members))
