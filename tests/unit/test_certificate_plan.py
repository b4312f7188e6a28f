"""Which certificates are due, in which order and when; both daylight-saving nights included."""

from __future__ import annotations

import datetime as dt
from itertools import islice

import pytest

from myfone.kernel import clock
from provisioning.rules.certificate_plan import (
    AT_ONCE,
    KEPT_FOR_PEOPLE,
    ORDERS,
    PACE,
    SPREAD,
    Candidate,
    due,
    in_order,
    next_run,
    next_try,
    renewal_begins,
    slots,
)

AT = dt.datetime(2027, 3, 1, 2, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SPRING, AUTUMN, ORDINARY = dt.date(2027, 3, 28), dt.date(2027, 10, 31), dt.date(2027, 6, 1)


def held(left: int, life: int = 45, number: int = 1, **more: object) -> Candidate:
    return Candidate(
        setup_id=number,
        customer_id=number,
        not_before=AT + left * DAY - life * DAY,
        not_after=AT + left * DAY,
        **more,
    )


def test_renewal_begins_in_time_to_be_done_at_a_third() -> None:
    assert due(held(20), AT)
    assert not due(held(21), AT)
    assert due(held(40, life=90), AT)
    assert not due(held(41, life=90), AT)
    assert due(Candidate(1, 1), AT)


def test_the_authoritys_word_goes_before_but_never_past_a_third() -> None:
    start, end = AT, AT + 90 * DAY

    assert renewal_begins(start, end, AT + 3 * DAY) == AT + 3 * DAY
    assert renewal_begins(start, end, AT + 58 * DAY) == AT + 58 * DAY
    assert renewal_begins(start, end, AT + 80 * DAY) == AT + 60 * DAY
    assert not due(held(20, renew_at=AT + DAY), AT)
    assert due(held(44, renew_at=AT), AT)


def test_what_waits_is_left_to_wait_unless_a_person_wishes() -> None:
    waiting = Candidate(1, 1, wanted=True, idle=False)

    assert not due(waiting, AT)
    assert due(waiting, AT, by_hand=True)


def test_a_lost_order_is_not_followed_by_another_in_the_same_night() -> None:
    evening = clock.local_time(ORDINARY, 0)
    lost = Candidate(1, 1, wanted=True, spent_at=evening)
    again = [hour for hour in range(1, 7) if due(lost, clock.local_time(ORDINARY, hour))]

    assert again == []
    assert due(lost, clock.local_time(ORDINARY + DAY, 0))
    assert due(lost, evening, by_hand=True)
    assert next_try(evening + dt.timedelta(minutes=1), evening) == clock.local_time(ORDINARY + DAY, 0)


def test_what_a_person_lost_in_the_evening_is_tried_later_the_same_night() -> None:
    lost_at = clock.local_time(ORDINARY, 20)

    following = next_try(lost_at, lost_at)

    assert following == clock.local_time(ORDINARY + DAY, 4)
    assert due(Candidate(1, 1, wanted=True, spent_at=lost_at), following)


def test_what_overran_its_third_comes_first_then_who_waits_then_by_what_is_left() -> None:
    new, late, soon, later = Candidate(4, 4), held(10, number=3), held(16, number=2), held(19, number=1)

    assert in_order([later, soon, new, late], AT) == [late, new, soon, later]


def test_a_burst_is_followed_by_the_pace_that_the_limit_allows() -> None:
    given = list(islice(slots(AT, placed=0), AT_ONCE + 3))

    assert given[0] == AT
    assert given[1] - given[0] == SPREAD
    assert given[-1] - given[-2] == PACE == dt.timedelta(seconds=54)
    assert list(islice(slots(AT, placed=0, by_hand=True), AT_ONCE)) == [AT] * AT_ONCE


def test_slots_leave_room_for_people_and_queue_behind_what_waits() -> None:
    spent = ORDERS - KEPT_FOR_PEOPLE
    assert next(slots(AT, placed=spent)) == AT + PACE
    assert next(slots(AT, placed=0, waiting_until=AT + DAY)) == AT + DAY + PACE
    assert next(slots(AT, placed=0, waiting_until=AT - DAY)) == AT


@pytest.mark.parametrize("day", [SPRING, AUTUMN, ORDINARY])
def test_the_night_looks_at_every_full_hour_until_six(day: dt.date) -> None:
    seen, at = [], clock.local_time(day, 0) - dt.timedelta(seconds=1)
    while clock.local_date(at := next_run(at)) == day:
        seen.append(at.astimezone(clock.COPENHAGEN).hour)

    # In spring two o'clock does not exist; in autumn the first of its two is taken.
    assert seen == [hour for hour in range(7) if (day, hour) != (SPRING, 2)]
    assert at == clock.local_time(day + DAY, 0)


@pytest.mark.parametrize("day", [SPRING, AUTUMN, ORDINARY])
def test_what_is_right_by_five_is_looked_at_at_once(day: dt.date) -> None:
    right = clock.local_time(day, 4, 59)

    assert next_run(right) == clock.local_time(day, 5)
