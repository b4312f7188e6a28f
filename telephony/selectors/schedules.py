"""Read weekly schedules, and ask the switch what they choose and when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils.translation import get_language

from myfone.tenancy.actor import Actor
from telephony.models import RingProfile, RingSchedule

#: How long the last switch of a schedule can be taken back.
LOOKS_BACK = dt.timedelta(hours=12)


@dataclass(frozen=True)
class Change:
    """What a schedule chooses from a time on, and why: exception, holiday, week or otherwise, with its name."""

    at: dt.datetime
    profile_id: int
    why: str
    label: str


def changes(
    employee_id: int, at: dt.datetime, most: int, *, until: dt.datetime | None = None
) -> list[Change]:
    """Return what an employee's schedule chooses at a time, then its next changes; empty without one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM switch.schedule_changes(%s, %s, %s, %s)", [employee_id, at, until, most]
        )
        return [_change(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Chosen:
    """What was chosen by hand and holds, until when."""

    public_id: UUID
    until: dt.datetime | None


@dataclass(frozen=True)
class Holding:
    """Which profile holds at a time, and which `then`, at another; what was chosen, and what the schedule chooses at
    the first time with its next change, empty without a schedule."""

    active: int | None
    then: int | None
    choice: Chosen | None
    scheduled: list[Change]


def held(employee_id: int, at: dt.datetime, other: dt.datetime) -> Holding:
    """Return what holds for the employee that the actor is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT switch.active_profile(%(employee)s, %(at)s), switch.active_profile(%(employee)s, %(other)s),"
            " choice.public_id, choice.until, one.*"
            " FROM (SELECT) nothing"
            " LEFT JOIN telephony_profilechoice choice ON choice.employee_id = %(employee)s"
            " AND choice.ended_at IS NULL AND (choice.until IS NULL OR choice.until > %(at)s)"
            " LEFT JOIN switch.schedule_changes(%(employee)s, %(at)s, NULL, 1) one ON true",
            {"employee": employee_id, "at": at, "other": other},
        )
        rows = cursor.fetchall()
    active, then, choice, until = rows[0][:4]
    return Holding(
        active,
        then,
        Chosen(choice, until) if choice else None,
        [_change(*row[4:]) for row in rows if row[4] is not None],
    )


def next_change(employee_id: int, at: dt.datetime) -> dt.datetime | None:
    """Return when an employee's schedule next chooses another profile; None when it has none or never does."""
    found = changes(employee_id, at, 1)
    return found[1].at if len(found) > 1 else None


def last_change(employee_id: int, at: dt.datetime) -> Change | None:
    """Return the last time of late that an employee's schedule chose another profile, and what it chose."""
    found = changes(employee_id, at - LOOKS_BACK, 100, until=at)
    return found[-1] if len(found) > 1 else None


def uses(actor: Actor, profile: RingProfile, at: dt.datetime) -> bool:
    """Say whether a schedule chooses a profile now or later; days that were different and are over do not count."""
    rows = RingSchedule.objects.visible_to(actor).filter(employee_id=profile.employee_id)
    # Around the world the date differs by a day at most.
    later = Q(exceptions__profile=profile, exceptions__last_day__gte=at.date() - dt.timedelta(days=1))
    found: bool = rows.filter(
        Q(otherwise=profile) | Q(holiday=profile) | Q(spans__profile=profile) | later
    ).exists()
    return found


def reads_english() -> bool:
    """Say whether the reader wants English rather than the language of the country."""
    return (get_language() or "").startswith("en")


def _change(at: dt.datetime, profile: int, why: str, own: str, english: str) -> Change:
    return Change(at, profile, why, english if reads_english() else own)
