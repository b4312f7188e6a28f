"""Read what people type as telephone numbers, and show numbers as people read them."""

from __future__ import annotations

import phonenumbers

EMERGENCY = frozenset({"112", "114"})


def e164(typed: str, country: str = "DK") -> str | None:
    """Return a number as E.164 with its plus sign, or None when there can be no such number."""
    try:
        parsed = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def is_at_home(number: str, country: str) -> bool:
    """Say whether an E.164 number is one of the country's own."""
    return number.startswith(f"+{phonenumbers.country_code_for_region(country)}")


def shown(number: str, country: str = "DK") -> str:
    """Return a number as it is read in a country: a national one without the code, others with theirs."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return number
    home = phonenumbers.country_code_for_region(country) == parsed.country_code
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def is_mobile(number: str) -> bool:
    """Say whether a number may be a mobile's; where a country does not tell them apart, it may."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
    return kind in (
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
    )
