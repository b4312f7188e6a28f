"""What a week means, and what is wrong with one."""

from __future__ import annotations

import datetime as dt

import pytest

from telephony.rules.public_holidays import COUNTRIES, public_holidays
from telephony.rules.schedules import (
    Apart,
    Fault,
    Finding,
    Line,
    NotATime,
    Span,
    clock_time,
    faults,
    lines,
    minute,
    spans,
)

OFFICE, NIGHT = 1, 2


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("8", 480), ("08:30", 510), ("8.05", 485), ("0830", 510), ("0", 0), ("23:59", 1439)],
)
def test_a_time_is_read_as_people_write_it(typed: str, minutes: int) -> None:
    assert minute(typed) == minutes
    assert minute(clock_time(minutes)) == minutes


@pytest.mark.parametrize("typed", ["", "soon", "24:00", "8:60", "25", "-1", "8:30:00", "٨"])
def test_what_is_no_time_is_told(typed: str) -> None:
    with pytest.raises(NotATime):
        minute(typed)


def test_an_end_may_be_midnight() -> None:
    assert minute("24:00", is_end=True) == minute("00:00", is_end=True) == 1440


def test_lines_and_days_are_the_same_week() -> None:
    week = [
        Line((1, 2, 3, 4), 480, 960, OFFICE), Line((5,), 480, 720, OFFICE), Line((6, 7), 1320, 360, NIGHT),
        Line((3,), 1200, 1440, OFFICE),
    ]  # fmt: skip
    days = spans(week)
    assert Span(7, 0, 360, NIGHT) in days
    assert Span(1, 0, 360, NIGHT) in days
    assert spans(lines(days)) == days
    assert set(lines(days)) == set(week)


def test_what_overlaps_is_found_on_its_days_and_short_gaps_are_told() -> None:
    assert faults([Line((1, 2, 3), 480, 960, OFFICE), Line((2, 3), 900, 1000, NIGHT)]) == [
        Finding(Fault.OVERLAP, (2, 3), 900, 960)
    ]
    # A night meets the morning after it, and Sunday's meets Monday.
    assert faults([Line((7,), 1320, 360, NIGHT), Line((1,), 300, 600, OFFICE)]) == [
        Finding(Fault.OVERLAP, (1,), 300, 360)
    ]
    assert faults([Line((1,), 480, 720, OFFICE), Line((1,), 750, 960, OFFICE)]) == [
        Finding(Fault.GAP, (1,), 720, 750)
    ]
    assert faults([Line((1,), 480, 720, OFFICE), Line((1,), 720, 960, NIGHT)]) == []
    assert [one.fault for one in faults([Line((), 1, 2, OFFICE), Line((1,), 5, 5, OFFICE)])] == [
        Fault.NO_DAYS,
        Fault.BACKWARDS,
    ]


def test_days_meet_by_the_minute() -> None:
    day = dt.date(2026, 12, 24)
    morning, evening = Apart(day, 0, day, 720), Apart(day, 720, day + dt.timedelta(days=1), 1440)
    assert not morning.overlaps(evening)
    assert evening.overlaps(Apart(day + dt.timedelta(days=1), 0, day + dt.timedelta(days=9), 1))


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_has_its_new_year_in_both_languages(country: str) -> None:
    found = {one.day: one for one in public_holidays(country, range(2027, 2028))}
    assert found[dt.date(2027, 1, 1)].name
    assert found[dt.date(2027, 1, 1)].name_en
    assert sum(day.weekday() == 6 for day in found) < 8  # Sundays as such are none


def test_danish_and_swedish_holidays_are_those_of_the_law() -> None:
    danish = {one.day.isoformat(): one.name for one in public_holidays("DK", range(2027, 2028))}
    assert danish["2027-03-25"] == "Skærtorsdag"
    assert "2027-04-23" not in danish  # Great Prayer Day is no more
    assert "2027-12-24" not in danish
    swedish = {one.day.isoformat(): one.name for one in public_holidays("SE", range(2027, 2028))}
    assert swedish["2027-06-26"] == "Midsommardagen"
