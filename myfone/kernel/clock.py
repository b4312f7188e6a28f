"""Say what time it is, in one place, so that tests can say otherwise."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def now() -> dt.datetime:
    """Return the present time, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def local_date(at: dt.datetime) -> dt.date:
    """Return the date that people in Copenhagen see at the instant `at`."""
    return at.astimezone(COPENHAGEN).date()


def local_time(date: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """Return the instant at which clocks in Copenhagen show the time on that date.

    A time that daylight saving skips is taken as the instant after the gap; one that it repeats, as the first.
    """
    wall = dt.datetime.combine(date, dt.time(hour, minute), tzinfo=COPENHAGEN)
    return wall.astimezone(dt.UTC)
