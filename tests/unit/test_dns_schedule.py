"""When the DNS watch looks."""

from __future__ import annotations

import datetime as dt

import pytest

from provisioning.rules.dns_schedule import (
    LASTS,
    LEASE,
    LONGEST_PAUSE,
    QUIET_LASTS,
    is_looking,
    next_look,
    next_quiet_look,
)

AT = dt.datetime(2026, 11, 21, 10, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("looks", "chance", "seconds"), [(1, 0.5, 30), (2, 0.5, 60), (50, 0.0, 54), (50, 1.0, 66)]
)
def test_the_second_look_comes_soon_and_then_one_a_minute(looks: int, chance: float, seconds: int) -> None:
    assert next_look(looks=looks, at=AT, give_up_at=AT + LASTS, chance=chance) == AT + seconds * SECOND


def test_the_last_look_is_at_the_limit() -> None:
    limit = AT + 20 * SECOND

    assert next_look(looks=80, at=AT, give_up_at=limit, chance=0.5) == limit


@pytest.mark.parametrize(
    ("looked_at", "next_at", "looking"),
    [
        (None, AT, True),
        (AT - 10 * SECOND, AT + 50 * SECOND, False),
        (AT - 60 * SECOND, AT, True),
        (AT - 60 * SECOND, AT + LEASE, True),
    ],
    ids=["never looked", "planned", "due", "under way"],
)
def test_a_look_under_way_is_told_from_a_planned_one(
    looked_at: dt.datetime | None, next_at: dt.datetime, looking: bool
) -> None:
    assert is_looking(looked_at=looked_at, next_at=next_at, at=AT) is looking


def test_no_planned_look_is_taken_for_one_under_way() -> None:
    assert next_look(looks=2, at=AT, give_up_at=AT + LASTS, chance=1.0) - AT <= LONGEST_PAUSE < LEASE


def test_the_quiet_check_ends_with_a_look_at_its_own_limit() -> None:
    until = AT + QUIET_LASTS
    assert next_quiet_look(at=AT, give_up_at=AT, chance=0.5) == AT + dt.timedelta(hours=1)
    assert next_quiet_look(at=until - SECOND, give_up_at=AT, chance=0.5) == until
    assert next_quiet_look(at=until, give_up_at=AT, chance=0.5) is None
