"""What is a number, and when two contacts are the same."""

from __future__ import annotations

import pytest

from telephony.rules.contacts import (
    Choice,
    Entry,
    Number,
    PhoneKind,
    plan,
    read_number,
    search_words,
    shown_number,
    sort_name,
)


def entry(name: str, *phones: str, email: str = "", company: str = "", line: int = 0) -> Entry:
    numbers = tuple(Number(PhoneKind.WORK, phone) for phone in phones)
    return Entry(name, company, phones=numbers, emails=(email,) if email else (), line=line)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("69142424", ("+4569142424", "")),
        ("+45 (0) 69 14 24 24", ("+4569142424", "")),
        ("0046 8 123 456 78", ("+46812345678", "")),
        ("tel:+33-1-23-45-67-89;ext=12", ("+33123456789", "12")),
        ("69 14 24 24 lok. 203", ("+4569142424", "203")),
        ("203", ("203", "")),
        ("*21*", ("*21*", "")),
        ("ring mig op", None),
        ("1-800-FLOWERS", None),
        ("", None),
        ("9" * 60, None),
    ],
)
def test_numbers(text: str, number: tuple[str, str] | None) -> None:
    assert read_number(text, "DK") == number


@pytest.mark.parametrize(
    ("held", "other", "same"),
    [
        (entry("Per Lund", email="a@b.dk"), entry("P. Lund", email="A@b.dk"), True),
        (entry("Per Lund", "+4511111111"), entry("per  lund", "+4511111111"), True),
        (entry("Per Lund", "+4511111111"), entry("Ida Lund", "+4511111111"), False),
        (entry("Per Lund", "+4511111111"), entry("Per Lund", "+4522222222"), False),
        (entry("Per Lund", "+4511111111", company="X"), entry("Per Lund", "+4522222222", company="x"), True),
        (entry("Per Lund"), entry("Per Lund", "+4522222222"), True),
    ],
)
def test_the_same_contact(held: Entry, other: Entry, same: bool) -> None:
    assert (len(plan([held], [other], Choice.SKIP).new) == 0) is same


def test_skip_merge_and_keep_both_with_what_is_there_and_within_the_file() -> None:
    held = [entry("Per Lund", "+4511111111")]
    read = [
        entry("Per Lund", "+4511111111", email="per@lund.dk", line=2),
        entry("Ida Ek", email="ida@ek.se", line=3),
        entry("Ida Ek", "+4612345678", email="ida@ek.se", line=4),
        entry("Ida Ek", email="ida@ek.se", line=5),
    ]
    merge = plan(held, read, Choice.MERGE)
    assert merge.changed == {0: entry("Per Lund", "+4511111111", email="per@lund.dk")}
    assert merge.new == (entry("Ida Ek", "+4612345678", email="ida@ek.se", line=3),)
    assert merge.known == {2, 4, 5}
    skip = plan(held, read, Choice.SKIP)
    assert (skip.new, skip.changed, skip.skipped) == ((read[1],), {}, 3)
    assert len(plan(held, read, Choice.KEEP).new) == 4


def test_searching_and_sorting() -> None:
    assert search_words(" +45 69 14 ") == ("456914",)
    assert search_words("Åse  LUND") == ("aase", "lund")
    names = ["Åse", "Østen", "Zoe", "Ærø", "Anna"]
    assert sorted(names, key=sort_name) == ["Anna", "Zoe", "Ærø", "Østen", "Åse"]


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+4569142424", "69 14 24 24"), ("+46812345678", "+46 8 123 456 78"), ("203", "203"), ("+", "+")],
)
def test_numbers_as_people_read_them(number: str, shown: str) -> None:
    assert shown_number(number) == shown
