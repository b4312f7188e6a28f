"""What the regular looks at a domain in use mean."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from provisioning.rules.upkeep import (
    APART,
    EVERY,
    SECOND_LOOK,
    SOON_LASTS,
    Course,
    News,
    Seen,
    keeps_people_out,
    next_look,
    own_minute,
    weigh,
)
from tests.dns_cases import GOOD, OFFICE365, look, world

AT = dt.datetime(2026, 11, 22, 9, 17, tzinfo=dt.UTC)
LATER = AT + SECOND_LOOK
DOUBTED, BROKEN = Course(doubted_at=AT), Course(doubted_at=AT, broken_at=LATER)


@pytest.mark.parametrize(
    ("before", "saw", "at", "after", "news"),
    [
        (Course(), Seen.WORKS, AT, Course(), None),
        (Course(), Seen.WRONG, AT, DOUBTED, None),
        (DOUBTED, Seen.WRONG, LATER, BROKEN, News.BROKEN),
        (DOUBTED, Seen.WRONG, AT + APART / 2, DOUBTED, None),
        (DOUBTED, Seen.WORKS, LATER, Course(), None),
        (BROKEN, Seen.WRONG, LATER, BROKEN, None),
        (BROKEN, Seen.WORKS, LATER, Course(), News.MENDED),
        (Course(), Seen.UNKNOWN, AT, Course(), None),
        (DOUBTED, Seen.UNKNOWN, LATER, DOUBTED, None),
        (BROKEN, Seen.UNKNOWN, LATER, BROKEN, None),
    ],
)
def test_two_bad_looks_break_and_one_good_look_mends(before, saw, at, after, news) -> None:
    assert weigh(before, saw, at) == (after, news)


def test_it_looks_soon_while_something_is_wrong_and_else_once_an_hour() -> None:
    def pause(course: Course, saw: Seen, at: dt.datetime) -> dt.timedelta:
        return next_look(course, saw, key="k", at=at) - at

    assert pause(DOUBTED, Seen.WRONG, AT) == SECOND_LOOK
    assert pause(DOUBTED, Seen.WRONG, AT + APART / 2) == SECOND_LOOK - APART / 2
    assert pause(DOUBTED, Seen.UNKNOWN, LATER) == dt.timedelta(minutes=1)
    assert pause(BROKEN, Seen.WRONG, LATER) == SECOND_LOOK
    assert pause(Course(), Seen.UNKNOWN, AT) == SECOND_LOOK
    for course, at in ((Course(), AT), (BROKEN, LATER + SOON_LASTS)):
        assert EVERY / 2 <= pause(course, Seen.WORKS, at) <= EVERY * 1.5


def test_domains_are_spread_over_the_hour_and_keep_their_place() -> None:
    first = own_minute("it-bixen.dk", AT)
    assert own_minute("it-bixen.dk", first) == first + EVERY
    minutes = Counter(own_minute(f"k{number}.dk", AT).minute for number in range(6000))
    assert len(minutes) == 60
    assert max(minutes.values()) < 200


def test_what_keeps_people_out_is_told_from_what_keeps_others_out() -> None:
    moved = look(world((*GOOD[:1], OFFICE365[1], *GOOD[2:])))
    assert keeps_people_out(moved.as_data())
    without_federation = look(world(GOOD[:3]))
    assert not keeps_people_out(without_federation.as_data())
    ahead = look(world((*GOOD, "lyncdiscoverinternal A 192.0.2.9")))
    assert keeps_people_out(ahead.as_data())
    assert not keeps_people_out(look(world(GOOD)).as_data())
