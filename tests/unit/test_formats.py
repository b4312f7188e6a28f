"""Dates and amounts are written so that no reader mistakes one for another."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.formats import date_format

from myfone.kernel import sheets


def test_dates_in_english_cannot_be_misread() -> None:
    at = dt.datetime(2026, 11, 2, 17, 5)
    with translation.override("en"):
        assert date_format(at, "SHORT_DATE_FORMAT") == date_format(at, "DATE_FORMAT") == "2 Nov 2026"
        assert date_format(at, "SHORT_DATETIME_FORMAT") == "2 Nov 2026, 17:05"
        assert date_format(at, "DATETIME_FORMAT") == "2 Nov 2026, 17:05"


@pytest.mark.parametrize(("language", "shown"), [("da", "1234,50"), ("sv", "1234,50"), ("en", "1234.50")])
def test_amounts_in_files_have_the_decimal_mark_of_the_language(language: str, shown: str) -> None:
    with translation.override(language):
        assert sheets.decimal(Decimal("1234.50")) == shown
