"""Dates are those of Copenhagen, on the nights when clocks change too."""

from __future__ import annotations

import datetime as dt

import pytest

from myfone.kernel import clock


@pytest.mark.parametrize(
    ("date", "hour", "minute", "utc"),
    [
        (dt.date(2026, 11, 21), 2, 0, "2026-11-21T01:00:00+00:00"),
        (dt.date(2026, 7, 1), 2, 0, "2026-07-01T00:00:00+00:00"),
        (dt.date(2027, 3, 28), 2, 30, "2027-03-28T01:30:00+00:00"),  # does not exist: after the gap
        (dt.date(2026, 10, 25), 2, 30, "2026-10-25T00:30:00+00:00"),  # exists twice: the first
    ],
)
def test_a_local_time_is_one_instant(date: dt.date, hour: int, minute: int, utc: str) -> None:
    assert clock.local_time(date, hour, minute).isoformat() == utc


def test_the_date_changes_at_midnight_in_copenhagen() -> None:
    assert clock.local_date(dt.datetime(2026, 11, 21, 22, 59, tzinfo=dt.UTC)) == dt.date(2026, 11, 21)
    assert clock.local_date(dt.datetime(2026, 11, 21, 23, 0, tzinfo=dt.UTC)) == dt.date(2026, 11, 22)
