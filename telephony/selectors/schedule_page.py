"""Read everything that the page of the weekly schedule shows, in one statement."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from telephony.models import RingProfile
from telephony.rules.schedules import Line, Span, lines
from telephony.selectors.schedules import LOOKS_BACK, Change, reads_english

MOST_CHANGES, MOST_HOLIDAYS = 5, 6

_EVERYTHING = """
SELECT json_build_object(
    'profiles', (
        SELECT coalesce(json_agg(json_build_array(id, name, template) ORDER BY position, id), '[]')
        FROM telephony_ringprofile WHERE employee_id = %(employee)s AND ended_at IS NULL
    ),
    'silent', (
        SELECT coalesce(json_agg(target.profile_id), '[]')
        FROM telephony_ringtarget target
        WHERE target.employee_id = %(employee)s AND target.situation = 'always' AND target.callers = 'everybody'
          AND target.number = '' AND num_nonnulls(target.colleague_id, target.other_id, target.queue_id) = 0
    ),
    'schedule', (
        SELECT json_build_array(otherwise_id, country, holiday_id, version)
        FROM telephony_ringschedule WHERE employee_id = %(employee)s
    ),
    'spans', (
        SELECT coalesce(json_agg(json_build_array(weekday, begins, ends, profile_id)), '[]')
        FROM telephony_schedulespan WHERE employee_id = %(employee)s
    ),
    'apart', (
        SELECT coalesce(json_agg(
            json_build_array(public_id, name, first_day, begins, last_day, ends, profile_id)
            ORDER BY first_day, begins), '[]')
        FROM telephony_scheduleexception
        WHERE employee_id = %(employee)s AND last_day >= (%(at)s AT TIME ZONE home.time_zone)::date
    ),
    'home', json_build_array(home.country, home.time_zone),
    'active', switch.active_profile(%(employee)s, %(at)s),
    'choice', (
        SELECT json_build_array(profile_id, until, follows_schedule)
        FROM telephony_profilechoice
        WHERE employee_id = %(employee)s AND ended_at IS NULL AND (until IS NULL OR until > %(at)s)
    ),
    'changes', (
        SELECT coalesce(json_agg(json_build_array(at, profile_id, why, label, label_en) ORDER BY at), '[]')
        FROM switch.schedule_changes(%(employee)s, %(at)s, NULL, %(most)s)
    ),
    'before', (
        SELECT coalesce(json_agg(json_build_array(at, profile_id, why, label, label_en) ORDER BY at), '[]')
        FROM switch.schedule_changes(%(employee)s, %(since)s, %(at)s, 100)
    ),
    'holidays', (
        SELECT coalesce(json_agg(json_build_array(day, name, name_en) ORDER BY day), '[]')
        FROM (
            SELECT holiday.* FROM telephony_publicholiday holiday
            WHERE holiday.day >= (%(at)s AT TIME ZONE home.time_zone)::date AND holiday.country = coalesce(
                (SELECT country FROM telephony_ringschedule WHERE employee_id = %(employee)s), home.country
            )
            ORDER BY holiday.day LIMIT %(holidays)s
        ) coming
    )
)
FROM (
    SELECT coalesce(max(country), 'DK') AS country, coalesce(max(time_zone), 'Europe/Copenhagen') AS time_zone
    FROM telephony_callpolicy WHERE customer_id = %(customer)s
) home
"""


@dataclass(frozen=True)
class Held:
    """A schedule as it is saved."""

    lines: tuple[Line, ...]
    otherwise: int
    country: str
    holiday: int | None
    version: int


@dataclass(frozen=True)
class Days:
    """Days that are different; profile is its name."""

    public_id: UUID
    name: str
    first_day: dt.date
    begins: int
    last_day: dt.date
    ends: int
    profile: str


@dataclass(frozen=True)
class Page:
    """The schedule, and what holds by it; `undoes` is the profile that taking back its last switch would bring back.

    `silent` are the profiles that turn every call away.
    """

    profiles: dict[int, str]
    templates: dict[str, int]
    silent: frozenset[int]
    held: Held | None
    apart: tuple[Days, ...]
    country: str
    time_zone: str
    active: int | None
    choice: tuple[int, dt.datetime | None, bool] | None
    changes: tuple[Change, ...]
    undoes: int | None
    switched_at: dt.datetime | None
    holidays: tuple[tuple[dt.date, str], ...]


def page(employee_id: int, customer_id: int | None, at: dt.datetime) -> Page:
    """Return what the page of an employee's own schedule shows."""
    values = {
        "employee": employee_id,
        "customer": customer_id,
        "at": at,
        "since": at - LOOKS_BACK,
        "most": MOST_CHANGES,
        "holidays": MOST_HOLIDAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EVERYTHING, values)
        (row,) = cursor.fetchone() or ({},)
    found: dict[str, Any] = json.loads(row) if isinstance(row, str) else row
    names = {pk: str(RingProfile(name=name, template=template)) for pk, name, template in found["profiles"]}
    held = found["schedule"] and Held(
        tuple(lines(Span(*span) for span in found["spans"])), *found["schedule"]
    )
    before = [_change(one) for one in found["before"]]
    choice = found["choice"]
    undoes = before[-2].profile_id if len(before) > 1 and not choice else None
    return Page(
        profiles=names,
        templates={template: pk for pk, _name, template in found["profiles"] if template},
        silent=frozenset(found["silent"]),
        held=held or None,
        apart=tuple(
            Days(UUID(key), name, _day(first), begins, _day(last), ends, names.get(profile, "–"))
            for key, name, first, begins, last, ends, profile in found["apart"]
        ),
        country=found["home"][0],
        time_zone=found["home"][1],
        active=found["active"],
        choice=choice and (choice[0], choice[1] and dt.datetime.fromisoformat(choice[1]), choice[2]),
        changes=tuple(_change(one) for one in found["changes"]),
        undoes=undoes,
        switched_at=before[-1].at if undoes else None,
        holidays=tuple(
            (_day(day), english if reads_english() else own) for day, own, english in found["holidays"]
        ),
    )


def _change(row: list[Any]) -> Change:
    at, profile, why, own, english = row
    return Change(dt.datetime.fromisoformat(at), profile, why, english if reads_english() else own)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
