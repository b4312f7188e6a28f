"""Price licences: dated prices by licence group, and one place where money is rounded (docs/adr/0004-money.md)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

OERE = Decimal("0.01")
NOTHING = Decimal("0.00")
# Stands where a licence's code would: the employee is to have no Skype for Business.
NO_SKYPE = "no-skype"


class NoPrice(LookupError):
    """No price of the group is in force on the date."""

    def __init__(self, group: str, date: dt.date) -> None:
        super().__init__(f"no price of {group} on {date}")
        self.group = group
        self.date = date


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """The monthly price of a licence group for one user, in DKK without VAT.

    It holds from valid_from, and until the day before valid_to where that is set.
    """

    group: str
    amount: Decimal
    valid_from: dt.date
    valid_to: dt.date | None = None

    def holds_on(self, date: dt.date) -> bool:
        """Tell whether the price is in force on the date."""
        return self.valid_from <= date and (self.valid_to is None or date < self.valid_to)


@dataclass(frozen=True, slots=True)
class Line:
    """So many users of one group at one price; amount is the rounded product, in DKK without VAT."""

    group: str
    users: int
    each: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MonthlyPrice:
    """What a month costs if every user is active, in DKK without VAT; the total is the sum of its lines."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), NOTHING)

    @property
    def users(self) -> int:
        return sum(line.users for line in self.lines)


def rounded(amount: Decimal) -> Decimal:
    """Round to whole øre, halves away from zero: the one rounding point of the product."""
    return amount.quantize(OERE, rounding=ROUND_HALF_UP)


def price_on(prices: Iterable[DatedPrice], group: str, date: dt.date) -> Decimal:
    """Return the monthly price of a group on a date; raise NoPrice where none is in force.

    Where two overlap, the one that began last holds: a new price needs no edit of the old one.
    """
    in_force = [price for price in prices if price.group == group and price.holds_on(date)]
    if not in_force:
        raise NoPrice(group, date)
    return max(in_force, key=lambda price: price.valid_from).amount


def monthly_price(groups: Iterable[str], prices: Iterable[DatedPrice], date: dt.date) -> MonthlyPrice:
    """Price one month of so many users, named by the group of each one's licence (G4, G5)."""
    known = tuple(prices)
    lines = []
    for group, users in sorted(Counter(groups).items()):
        each = price_on(known, group, date)
        lines.append(Line(group, users, each, rounded(each * users)))
    return MonthlyPrice(tuple(lines))
