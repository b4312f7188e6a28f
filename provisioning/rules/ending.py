"""Say when a contract ends, and whether the person who ends it means this domain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from enum import StrEnum

from provisioning.rules.domains import shown

LONGEST_NOTICE = dt.timedelta(days=731)
TICK = dt.timedelta(seconds=1)


class LastDayFault(StrEnum):
    """Why a contract cannot end with a day."""

    PAST = "past"
    FAR = "far"


def fault_of_day(last_day: dt.date, today: dt.date) -> LastDayFault | None:
    """Return why the day cannot be the last, or None where it can."""
    if last_day < today:
        return LastDayFault.PAST
    return LastDayFault.FAR if last_day > today + LONGEST_NOTICE else None


def ends_at(
    last_day: dt.date, at: dt.datetime, today: dt.date, local_time: Callable[[dt.date, int], dt.datetime]
) -> dt.datetime:
    """Return the instant of the end: now if the last day is today, else a second before the local midnight after it.

    That second decides the month that is charged last (G5): the end of 30 November is not December.
    """
    if last_day == today:
        return at
    return local_time(last_day + dt.timedelta(days=1), 0) - TICK


def last_of_month(today: dt.date) -> dt.date:
    """Return the last day of the month, which is charged to its end in any case."""
    following = (today.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return following - dt.timedelta(days=1)


def is_same_domain(typed: str, domain: str) -> bool:
    """Tell whether a person typed the domain, in its ASCII form or as people write it."""
    said = typed.strip().rstrip(".").casefold()
    return said in {domain.casefold(), shown(domain).casefold()}
