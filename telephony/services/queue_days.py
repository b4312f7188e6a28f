"""Say on which days a queue is open at other times than its hours, or closed (G27)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import Actor, NotAllowed, Role
from telephony.models import Queue, QueueDay
from telephony.rules.queues import Span
from telephony.services.queues import QueueError

LONGEST, MOST = 400, 200


class NotAStretch(QueueError):
    """The days end before they begin, or go on for too long."""

    field = "last_day"

    def __init__(self) -> None:
        super().__init__(
            _("The last day has to come after the first, and at most %(most)d days later.")
            % {"most": LONGEST}
        )


class DaysTaken(QueueError):
    """Something else is said of these days already."""

    field = "first_day"

    def __init__(self) -> None:
        super().__init__(
            _("Something else stands for some of these days already. Remove it first, or choose other days.")
        )


class TooManyDays(QueueError):
    """Nobody finds their way among so many."""

    def __init__(self) -> None:
        super().__init__(_("There are too many days that are different. Remove some first."))


@dataclass(frozen=True)
class Draft:
    """Days on which a queue is open for one span, or, without one, closed; the weekday of the span says nothing."""

    first_day: dt.date
    last_day: dt.date
    span: Span | None = None
    name: str = ""


@transaction.atomic
def add(*, actor: Actor, queue: Queue, draft: Draft, today: dt.date) -> QueueDay:
    """Write days down that are different. The same again, by a second click, changes nothing. Raises QueueError."""
    _must_administer(actor)
    row = Queue.objects.visible_to(actor).select_for_update(no_key=True).get(pk=queue.pk, ended_at=None)
    if not 0 <= (draft.last_day - draft.first_day).days <= LONGEST:
        raise NotAStretch
    opens, closes = (draft.span.opens, draft.span.closes) if draft.span else (None, None)
    rows = QueueDay.objects.visible_to(actor).filter(queue=row)
    wanted = (draft.first_day, draft.last_day, opens, closes, draft.name)
    for other in rows.filter(first_day__lte=draft.last_day, last_day__gte=draft.first_day):
        held: QueueDay = other
        if (held.first_day, held.last_day, held.opens, held.closes, held.name) == wanted:
            return held
        raise DaysTaken
    if rows.filter(last_day__gte=today).count() >= MOST:
        raise TooManyDays
    made = QueueDay(
        customer_id=row.customer_id,
        queue=row,
        name=draft.name,
        first_day=draft.first_day,
        last_day=draft.last_day,
        opens=opens,
        closes=closes,
    )
    made.save(force_insert=True)
    audit.record(actor=actor, action="queue.day_added", object=row, day=draft.first_day.isoformat())
    return made


@transaction.atomic
def remove(*, actor: Actor, day: QueueDay) -> None:
    """Let a queue's hours count again on days that were different."""
    _must_administer(actor)
    rows = QueueDay.objects.visible_to(actor).filter(pk=day.pk)
    if rows._raw_delete(rows.db):
        audit.record(actor=actor, action="queue.day_removed", object=day.queue, day=day.first_day.isoformat())


def _must_administer(actor: Actor) -> None:
    if actor.role != Role.CUSTOMER_ADMINISTRATOR:
        raise NotAllowed(_("Only an administrator of your company can do this."))
