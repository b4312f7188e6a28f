"""A year of certificates for 10,000 customers, planned by the product's own rules under Let's Encrypt's limits.

The authority is a model of Let's Encrypt's documented limits; three attempts in ten fail at random. What is due, in
which order and when an order may go out is asked of provisioning.rules.certificate_plan, as the night job asks it, and
what failed waits as the job does. Run as a program, it prints the figures of docs/scale.md for several weathers.
"""

from __future__ import annotations

import datetime as dt
import heapq
import json
import random
import sys
from collections import defaultdict
from dataclasses import dataclass, field

from provisioning.rules.certificate_plan import (
    EQUAL_A_WEEK,
    ORDERS,
    ORDERS_WITHIN,
    PACE,
    RENEWED_BY_LEFT,
    WEEK,
    Candidate,
    due,
    in_order,
    next_run,
    slots,
)

START = dt.datetime(2027, 1, 4, 12, 0, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=365)
QUARTER = dt.timedelta(minutes=15)
FAILED_PROOFS_AN_HOUR = 5
CERTIFICATES_PER_DOMAIN = 50
MINUTE = dt.timedelta(minutes=1)


@dataclass
class LetsEncrypt:
    """Count what an account does against the documented limits; `refused` counts what went beyond one."""

    tokens: float = float(ORDERS)
    at: dt.datetime = START
    orders: int = 0
    refused: int = 0
    issued: dict[int, list[dt.datetime]] = field(default_factory=lambda: defaultdict(list))
    failed: dict[int, list[dt.datetime]] = field(default_factory=lambda: defaultdict(list))
    most_orders: int = 0
    recent: list[dt.datetime] = field(default_factory=list)

    def order(self, customer: int, at: dt.datetime) -> bool:
        """Take a new order, or refuse it: account, registered domain, equal set of names, failed proofs."""
        self.tokens = min(float(ORDERS), self.tokens + (at - self.at) / PACE)
        self.at = at
        self.recent.append(at)
        while self.recent[0] <= at - ORDERS_WITHIN:
            self.recent.pop(0)
        self.most_orders = max(self.most_orders, len(self.recent))
        week = [when for when in self.issued[customer] if when > at - WEEK]
        hour = [when for when in self.failed[customer] if when > at - 60 * MINUTE]
        within = self.tokens >= 1 and len(week) < min(EQUAL_A_WEEK, CERTIFICATES_PER_DOMAIN)
        if not within or len(hour) >= FAILED_PROOFS_AN_HOUR:
            self.refused += 1
            return False
        self.tokens -= 1
        self.orders += 1
        return True


@dataclass
class Customer:
    """What the rows would hold."""

    number: int
    verified_at: dt.datetime
    not_before: dt.datetime | None = None
    not_after: dt.datetime | None = None
    half: dt.datetime = START
    wanted: bool = False
    idle: bool = True
    tried: bool = False
    ordered: bool = False
    spent_at: dt.datetime | None = None

    @property
    def candidate(self) -> Candidate:
        return Candidate(
            setup_id=self.number,
            customer_id=self.number,
            not_before=self.not_before,
            not_after=self.not_after,
            wanted=self.wanted,
            idle=self.idle,
            spent_at=self.spent_at,
        )


@dataclass
class Figures:
    """How a year went: parts of a certificate's life that were left when the next was in use."""

    renewals: int = 0
    least_left: float = 1.0
    late: int = 0
    expired: int = 0
    orders: int = 0
    refused: int = 0
    most_orders_in_three_hours: int = 0
    all_in_use_after_days: float = 0.0

    def renewed(self, left: float) -> None:
        self.renewals += 1
        self.least_left = min(self.least_left, left)
        self.late += left < RENEWED_BY_LEFT
        self.expired += left <= 0


def year(*, customers: int, life: dt.timedelta, failing: float, lost: float, seed: int = 1) -> Figures:
    """Live through a year; of the attempts that fail, the part `lost` are proofs that cost their order."""
    chance, authority, figures = random.Random(seed), LetsEncrypt(), Figures()
    people = [Customer(n, START) for n in range(customers)]
    jobs: list[tuple[dt.datetime, int]] = []
    run = next_run(START)
    while (now := min(run, jobs[0][0] if jobs else run)) < START + YEAR:
        if now == run:
            night(people, jobs, authority, now)
            run = next_run(now)
            continue
        _, number = heapq.heappop(jobs)
        one = people[number]
        again = attempt(one, now, chance, authority, figures, life, failing, lost)
        if again is not None:
            heapq.heappush(jobs, (again, number))
    figures.orders, figures.refused = authority.orders, authority.refused
    figures.most_orders_in_three_hours = authority.most_orders
    for one in people:
        end = START + YEAR
        assert one.not_after is not None
        figures.expired += one.not_after < end
    return figures


def night(
    people: list[Customer], jobs: list[tuple[dt.datetime, int]], authority: LetsEncrypt, at: dt.datetime
) -> None:
    """Plan as provisioning.services.certificates.plan_batch does."""
    # The database looks at those whose life is half gone, and at nobody who waits.
    looked_at = (one for one in people if one.idle and at >= one.half)
    chosen = in_order((each for each in (one.candidate for one in looked_at) if due(each, at)), at)
    placed = sum(when > at - ORDERS_WITHIN for when in authority.recent)
    waiting = max((when for when, number in jobs if not people[number].tried), default=None)
    for candidate, slot in zip(chosen, slots(at, placed=placed, waiting_until=waiting), strict=False):
        one = people[candidate.setup_id]
        one.wanted, one.idle, one.tried = True, False, False
        heapq.heappush(jobs, (slot, one.number))


def attempt(
    one: Customer,
    at: dt.datetime,
    chance: random.Random,
    authority: LetsEncrypt,
    figures: Figures,
    life: dt.timedelta,
    failing: float,
    lost: float,
) -> dt.datetime | None:
    """Do one delivery of a certificate's job; return when it comes back, or None when it is done or stopped."""
    one.tried = True
    fails = chance.random() < failing
    if fails and chance.random() >= lost:
        # Away, busy or slow: the order, if there is one, stays as it is.
        return at + QUARTER
    if not one.ordered:
        if not authority.order(one.number, at):
            return at + 60 * MINUTE
        one.ordered = True
    if fails:
        authority.failed[one.number].append(at)
        one.ordered, one.idle, one.spent_at = False, True, at
        return None
    authority.issued[one.number] = [*authority.issued[one.number][-EQUAL_A_WEEK:], at]
    if one.not_before is not None and one.not_after is not None:
        figures.renewed((one.not_after - at) / (one.not_after - one.not_before))
    else:
        days = (at - START) / dt.timedelta(days=1)
        figures.all_in_use_after_days = max(figures.all_in_use_after_days, days)
    one.not_before, one.half, one.not_after = at, at + life / 2, at + life
    one.wanted, one.idle, one.ordered, one.spent_at = False, True, False, None
    return None


def test_a_year_with_three_failures_in_ten() -> None:
    """A few of the customers, at the full plan's pace; the program runs all of them."""
    figures = year(customers=300, life=dt.timedelta(days=45), failing=0.3, lost=0.1)

    assert figures.renewals >= 300 * (365 // 45)
    assert (figures.late, figures.expired, figures.refused) == (0, 0, 0)
    assert figures.least_left >= RENEWED_BY_LEFT
    assert figures.most_orders_in_three_hours <= ORDERS


def main() -> None:
    """Print a line for each weather, with 10,000 customers or as many as are named."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    for days, lost in ((45, 0.1), (90, 0.1), (45, 1.0)):
        figures = year(customers=customers, life=dt.timedelta(days=days), failing=0.3, lost=lost)
        weather = {"customers": customers, "days": days, "failing": 0.3, "lost": lost}
        sys.stdout.write(json.dumps(weather | figures.__dict__) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
