"""Read what people type as telephone numbers, and show numbers as people read them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from myfone.kernel import home

EMERGENCY = frozenset({"112", "114"})
# Where a company may be at home: the switch knows how numbers are dialled there (its table country).
HOMES = ("DK", "NO", "SE", "FI", "IS", "FO", "GL", "DE", "NL", "GB")
# What one form takes at once: a company's whole series at the most.
MOST_AT_ONCE = 1000
_LOCAL = re.compile(r"[0-9]{2,8}", re.ASCII)
_RANGE = re.compile(r"\s*(?:-|–|\.\.+)\s*\+?")


def is_local(typed: str) -> bool:
    """Say whether a text can be a customer's local number."""
    return _LOCAL.fullmatch(typed) is not None


def e164(typed: str, country: str = "") -> str | None:
    """Return a number as E.164 with its plus sign, or None when there can be no such number.

    Without a country one that has no code is read as in that of whoever types.
    """
    try:
        parsed = phonenumbers.parse(typed, country or home.country())
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def international(number: str) -> str:
    """Return a number with its country, in groups: +45 69 14 24 24."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@dataclass(frozen=True)
class Read:
    """Numbers that were typed: those that are some, in E.164 and each once, and the lines that are none."""

    numbers: tuple[str, ...]
    faults: tuple[str, ...]


def read_numbers(text: str, country: str) -> Read:
    """Read one number a line, or a series such as 70 10 20 00 - 70 10 20 99; the last may be shortened to 99.

    A series ends after MOST_AT_ONCE numbers at the latest; a longer one is a fault.
    """
    numbers: dict[str, None] = {}
    faults = []
    for line in filter(
        None, (one.strip() for one in text.replace(",", "\n").replace(";", "\n").splitlines())
    ):
        found = _series(line, country)
        if found is None:
            faults.append(line)
        else:
            numbers |= dict.fromkeys(found)
    return Read(tuple(numbers), tuple(faults))


def _series(line: str, country: str) -> list[str] | None:
    one = e164(line, country)
    if one is not None:
        return [one]
    ends = _RANGE.split(line)
    if len(ends) != 2:
        return None
    first, rest = e164(ends[0], country), re.sub(r"\D", "", ends[1])
    if first is None or not rest or len(rest) > len(first) - 1:
        return None
    last = int(first[: len(first) - len(rest)] + rest)
    begin = int(first)
    if not 0 <= last - begin < MOST_AT_ONCE:
        return None
    found = [e164(f"+{number}", country) for number in range(begin, last + 1)]
    return None if None in found else [number for number in found if number]


def is_at_home(number: str, country: str) -> bool:
    """Say whether an E.164 number is one of the country's own."""
    return number.startswith(f"+{phonenumbers.country_code_for_region(country)}")


def shown(number: str, country: str = "") -> str:
    """Return a number as it is read in a country: a national one without the code, others with theirs.

    Without one it is the country of whoever reads. What is as short as a local number stays as it is.
    """
    country = country or home.country()
    if not number.startswith("+") and len(number) < 7:
        return number
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return number
    is_national = phonenumbers.country_code_for_region(country) == parsed.country_code
    form = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if is_national
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, form)
