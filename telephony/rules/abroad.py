"""Tell which numbers are abroad, and where: calls that are sent there cost, and are what fraud is after."""

from __future__ import annotations

import phonenumbers

from telephony.rules.numbers import is_at_home
from telephony.rules.profiles import Draft


def numbers_abroad(draft: Draft, country: str) -> frozenset[str]:
    """Return the E.164 numbers of other countries that a profile rings or sends calls to."""
    given = {member.number for step in draft.steps for member in step.members}
    given |= {target.number for target in draft.targets}
    return frozenset(number for number in given if number and not is_at_home(number, country))


def region(number: str) -> str:
    """Return the ISO 3166 code of the country that a number belongs to; empty for none, such as a satellite's."""
    try:
        code = phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""
    return code if len(code) == 2 else ""
