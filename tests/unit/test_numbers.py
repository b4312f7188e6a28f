"""Numbers as people type and read them."""

from __future__ import annotations

import pytest

from telephony.rules.numbers import international, read_numbers


def test_a_number_is_shown_with_its_country() -> None:
    assert international("+4570102030") == "+45 70 10 20 30"
    assert international("+4681234567") == "+46 8 123 45 67"
    assert international("203") == "203"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("70 10 20 30\n\n+46 8 123 456 78", ["+4570102030", "+46812345678"]),
        ("70102030, 70102030; 70102031", ["+4570102030", "+4570102031"]),
        ("70 10 20 28 - 70 10 20 30", ["+4570102028", "+4570102029", "+4570102030"]),
        ("70102028–30", ["+4570102028", "+4570102029", "+4570102030"]),
        ("+4570102028 - +4570102029", ["+4570102028", "+4570102029"]),
    ],
)
def test_numbers_are_read_one_by_one_and_in_series(text: str, numbers: list[str]) -> None:
    assert list(read_numbers(text, "DK").numbers) == numbers
    assert read_numbers(text, "DK").faults == ()


@pytest.mark.parametrize("line", ["Anna", "123", "70102030-70102020", "70000000-79999999", "70102030 - - 40"])
def test_a_line_that_is_no_number_is_told(line: str) -> None:
    assert read_numbers(f"70102030\n{line}", "DK").faults == (line,)
