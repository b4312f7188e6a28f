"""Say which certificates are due, in which order, and when each may be ordered.

The night looks at every full hour from midnight to six in Copenhagen, so that what is right by five is usable at
seven (G15). Limits are Let's Encrypt's (letsencrypt.org/docs/rate-limits): 300 new orders per account in three
hours, a bucket that fills by one each 36 s; five failed proofs per name in an hour; five equal certificates a week.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from myfone.kernel import clock

RENEWED_BY_LEFT = 1 / 3
"""Part of the lifetime that is left when renewal must be done."""
LEAD = 1 / 9
"""Part of the lifetime before that in which there is time to fail: five nights of 45 days."""
FIRST_HOUR, LAST_HOUR = 0, 6
ORDERS, ORDERS_WITHIN = 300, timedelta(hours=3)
KEPT_FOR_PEOPLE = 50
AT_ONCE = 50
PACE = ORDERS_WITHIN / (ORDERS - KEPT_FOR_PEOPLE - AT_ONCE)
"""54 s, so that no three hours, wherever they begin, see more than the limit."""
SPREAD = timedelta(seconds=6)  # an authority sees many of us at the full hour
SPENT_REST = timedelta(hours=8)
"""After an order that was lost: longer than a night, shorter than the way to the next one."""
EQUAL_A_WEEK, WEEK = 5, timedelta(days=7)
KEPT_FOR_RENEWAL = 2
TRIES_AN_HOUR = 3  # by people; with the night's own they stay below five failed proofs


@dataclass(frozen=True, slots=True)
class Candidate:
    """A verified domain: its certificate's life, if it has one, and what became of the one in the making.

    renew_at is a moment that the authority named; wanted says that one is in the making, idle that no job waits for
    its time or is at it; spent_at is when an order was last lost.
    """

    setup_id: int
    customer_id: int
    not_before: datetime | None = None
    not_after: datetime | None = None
    renew_at: datetime | None = None
    wanted: bool = False
    idle: bool = True
    spent_at: datetime | None = None

    @property
    def begins(self) -> datetime | None:
        """Return when renewal begins; None means now, for there is no certificate."""
        if self.not_before is None or self.not_after is None:
            return None
        return renewal_begins(self.not_before, self.not_after, self.renew_at)


def renewal_begins(not_before: datetime, not_after: datetime, named: datetime | None = None) -> datetime:
    """Return when renewal begins: when the authority said (RFC 9773), else in time to be done at a third.

    A moment that the authority named so late that less than a third would be left is brought forward.
    """
    life = not_after - not_before
    if named is not None:
        return min(named, not_after - life * RENEWED_BY_LEFT)
    return not_after - life * (RENEWED_BY_LEFT + LEAD)


def due(candidate: Candidate, at: datetime, *, by_hand: bool = False) -> bool:
    """Say whether work begins now. A person's wish shortens waits, the night leaves them as they are."""
    begins = candidate.begins
    if not candidate.wanted and begins is not None and at < begins:
        return False
    if by_hand:
        return True
    rested = candidate.spent_at is None or at - candidate.spent_at >= SPENT_REST
    return candidate.idle and rested


def in_order(candidates: Iterable[Candidate], at: datetime) -> list[Candidate]:
    """Put what has overrun its third first, then customers who wait, then renewals by what they have left."""

    def urgency(one: Candidate) -> tuple[int, float, int]:
        left = one.not_after.timestamp() if one.not_after else 0.0
        return 0 if overdue(one, at) else 1 if one.not_after is None else 2, left, one.setup_id

    return sorted(candidates, key=urgency)


def overdue(candidate: Candidate, at: datetime) -> bool:
    """Say whether less than a third of the life is left."""
    if candidate.not_before is None or candidate.not_after is None:
        return False
    return at > candidate.not_after - (candidate.not_after - candidate.not_before) * RENEWED_BY_LEFT


def mark(candidate: Candidate, at: datetime) -> int | None:
    """Return 3, 6 or 12 when no more than that part of the life is left, the smallest part reached; else None."""
    if candidate.not_before is None or candidate.not_after is None:
        return None
    left = (candidate.not_after - at) / (candidate.not_after - candidate.not_before)
    return next((part for part in (12, 6, 3) if left <= 1 / part), None)


def slots(
    at: datetime, *, placed: int, waiting_until: datetime | None = None, by_hand: bool = False
) -> Iterator[datetime]:
    """Return when one order after the other may go out.

    placed is how many went out within ORDERS_WITHIN before `at`; waiting_until is the last slot that was given away
    and has not come yet. Some orders are kept for what people do by hand, which goes out at once.
    """
    at_once = max(0, min(AT_ONCE, ORDERS - KEPT_FOR_PEOPLE - placed))
    spread = timedelta(0) if by_hand else SPREAD
    slot = at
    if waiting_until is not None and waiting_until > at:
        slot, at_once = waiting_until, 0
    for number in range(at_once):
        slot = at + spread * number
        yield slot
    while True:
        slot += PACE
        yield slot


def next_run(at: datetime) -> datetime:
    """Return when the night next looks at what is due, after `at`; both daylight-saving nights included."""
    today = clock.local_date(at)
    for day in (today, today + timedelta(days=1)):
        for hour in range(FIRST_HOUR, LAST_HOUR + 1):
            run = clock.local_time(day, hour)
            if run > at:
                return run
    raise AssertionError("a day without an hour")


def next_try(at: datetime, spent_at: datetime | None) -> datetime:
    """Return at which run a certificate that was stopped is taken up again."""
    return (
        next_run(at) if spent_at is None else next_run(max(at, spent_at + SPENT_REST - timedelta(seconds=1)))
    )
