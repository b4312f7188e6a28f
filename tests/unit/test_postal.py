"""Which postcodes and house numbers an address can have."""

from __future__ import annotations

import pytest

from telephony.country_texts import COUNTRIES
from telephony.rules.postal import POSTCODES, is_house_number, is_postcode, postcode_example


@pytest.mark.parametrize(
    ("country", "fits", "fails"),
    [
        ("DK", ["8000", "0900"], ["12", "80000", "8000 C", "80 00", "", "٨٠٠٠", "8000\n"]),
        ("NO", ["0150"], ["150", "01500"]),
        ("SE", ["11120", "111 20"], ["1112", "11 120", "abc"]),
        ("FI", ["00100"], ["0010"]),
        ("NL", ["1012AB", "1012 ab"], ["1012", "0012 AB"]),
        ("GB", ["SW1A 1AA", "m1 1ae", "EC1A1BB"], ["12", "SW1A"]),
        ("IE", ["D02 AF30", "D6WXX00"], ["D02"]),
        ("US", ["20001", "20001-1234"], ["2000"]),
        ("XX", ["A1"], ["A", ""]),
    ],
)
def test_a_postcode_has_the_form_of_its_country(country: str, fits: list[str], fails: list[str]) -> None:
    assert [one for one in fits if not is_postcode(one, country)] == []
    assert [one for one in fails if is_postcode(one, country)] == []


def test_every_country_that_is_offered_has_a_form_and_an_example_of_it() -> None:
    assert POSTCODES.keys() == COUNTRIES.keys()
    assert [code for code in POSTCODES if not is_postcode(postcode_example(code), code)] == []


def test_a_house_number_has_a_digit() -> None:
    assert all(is_house_number(one) for one in ("7", "12B", "12-14", "B 3"))
    assert not any(is_house_number(one) for one in ("", "abc", "-"))
