"""What a month of licences costs, from dated prices."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from billing.rules import DatedPrice, NoPrice, monthly_price, price_on, rounded

START = dt.date(2017, 1, 1)
PRICES = (
    DatedPrice("enterprise", Decimal("0.00"), START),
    DatedPrice("business", Decimal("30.00"), START),
    DatedPrice("business", Decimal("32.50"), dt.date(2027, 1, 1)),
    DatedPrice("trial", Decimal("5.00"), START, dt.date(2017, 2, 1)),
)


@pytest.mark.parametrize(
    ("group", "date", "price"),
    [
        ("enterprise", dt.date(2026, 11, 12), "0.00"),
        ("business", dt.date(2017, 1, 1), "30.00"),
        ("business", dt.date(2026, 12, 31), "30.00"),
        ("business", dt.date(2027, 1, 1), "32.50"),
        ("trial", dt.date(2017, 1, 31), "5.00"),
    ],
)
def test_the_price_that_began_last_holds(group: str, date: dt.date, price: str) -> None:
    assert price_on(PRICES, group, date) == Decimal(price)


@pytest.mark.parametrize(
    ("group", "date"),
    [("business", dt.date(2016, 12, 31)), ("trial", dt.date(2017, 2, 1)), ("unheard-of", START)],
)
def test_no_price_in_force_is_an_error_and_not_nothing(group: str, date: dt.date) -> None:
    with pytest.raises(NoPrice):
        price_on(PRICES, group, date)


@pytest.mark.parametrize(
    ("groups", "total"),
    [
        ([], "0.00"),
        (["enterprise"] * 24, "0.00"),
        (["business"] * 24, "720.00"),
        (["business"] * 9 + ["enterprise"] * 15, "270.00"),
        (["business"] * 10_000, "300000.00"),
    ],
)
def test_a_month_is_the_sum_of_its_lines(groups: list[str], total: str) -> None:
    price = monthly_price(groups, PRICES, dt.date(2026, 11, 12))
    assert price.total == Decimal(total)
    assert price.users == len(groups)
    assert price.total == sum((line.amount for line in price.lines), Decimal(0))


@pytest.mark.parametrize(
    ("amount", "result"),
    [("0.005", "0.01"), ("0.015", "0.02"), ("0.025", "0.03"), ("2.674", "2.67"), ("-0.005", "-0.01")],
)
def test_halves_are_rounded_away_from_zero(amount: str, result: str) -> None:
    assert rounded(Decimal(amount)) == Decimal(result)
