"""Read weekly schedules, and ask the switch what they choose and when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

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


def held(
    employee_id: int, at: dt.datetime, other: dt.datetime
) -> tuple[int | None, int | None, list[Change]]:
    """Return the profile that holds at a time, the one at another, and what the schedule does from the first time on:
    what it chooses then, and its next change; empty without a schedule."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT switch.active_profile(%s, %s), switch.active_profile(%s, %s), one.*"
            " FROM (SELECT) nothing LEFT JOIN switch.schedule_changes(%s, %s, NULL, 1) one ON true",
            [employee_id, at, employee_id, other, employee_id, at],
        )
        rows = cursor.fetchall()
    told = [_change(*row[2:]) for row in rows if row[2] is not None]
    return rows[0][0], rows[0][1], told


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
