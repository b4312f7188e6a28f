"""Say whether an address could be found: a postcode of its country's form, and a house number."""

from __future__ import annotations

import re

# A space or dash where it is usual is optional, and so is a country's prefix where people write it. No list of
# postcodes in use: one that is new must not keep an address from those who help.
_THREE, _FOUR, _FIVE, _SIX, _SPLIT = r"\d{3}", r"\d{4}", r"\d{5}", r"\d{6}", r"\d{3} ?\d{2}"
#: By country of two letters: the form, and a postcode of it.
POSTCODES: dict[str, tuple[str, str]] = {
    "AT": (_FOUR, "1010"),
    "AU": (_FOUR, "2000"),
    "BE": (_FOUR, "1000"),
    "BG": (_FOUR, "1000"),
    "CA": (r"[A-Z]\d[A-Z] ?\d[A-Z]\d", "K1A 0B1"),
    "CH": (_FOUR, "8001"),
    "CN": (_SIX, "100000"),
    "CZ": (_SPLIT, "110 00"),
    "DE": (_FIVE, "10115"),
    "DK": (_FOUR, "8000"),
    "EE": (_FIVE, "10111"),
    "ES": (_FIVE, "28001"),
    "FI": (_FIVE, "00100"),
    "FO": (rf"(?:FO[- ]?)?{_THREE}", "100"),
    "FR": (_FIVE, "75001"),
    "GB": (r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", "SW1A 1AA"),
    "GL": (_FOUR, "3900"),
    "GR": (_SPLIT, "104 31"),
    "HR": (_FIVE, "10000"),
    "HU": (_FOUR, "1051"),
    "IE": (r"[A-Z]\d[\dW] ?[A-Z\d]{4}", "D02 AF30"),
    "IN": (r"\d{3} ?\d{3}", "110001"),
    "IS": (_THREE, "101"),
    "IT": (_FIVE, "00184"),
    "LT": (rf"(?:LT[- ]?)?{_FIVE}", "01100"),
    "LU": (rf"(?:L[- ]?)?{_FOUR}", "1009"),
    "LV": (rf"(?:LV[- ]?)?{_FOUR}", "LV-1050"),
    "NL": (r"[1-9]\d{3} ?[A-Z]{2}", "1012 AB"),
    "NO": (_FOUR, "0150"),
    "PL": (r"\d{2}[- ]?\d{3}", "00-001"),
    "PT": (r"\d{4}[- ]?\d{3}", "1100-148"),
    "RO": (_SIX, "010011"),
    "SE": (_SPLIT, "111 20"),
    "TH": (_FIVE, "10200"),
    "TR": (_FIVE, "06010"),
    "UA": (_FIVE, "01001"),
    "US": (r"\d{5}(?:-\d{4})?", "20001"),
}
# Of other countries it is only known that their postcodes have a digit.
_OTHER = (r".*\d.*", "1000")


def is_postcode(postcode: str, country: str) -> bool:
    """Say whether a postcode has the form of those of a country of two letters; small letters will do."""
    form = POSTCODES.get(country, _OTHER)[0]
    return re.fullmatch(form, postcode, re.ASCII | re.IGNORECASE) is not None


def postcode_example(country: str) -> str:
    """Return a postcode as they are written in a country of two letters."""
    return POSTCODES.get(country, _OTHER)[1]


def is_house_number(text: str) -> bool:
    """Say whether a text can be a house number, such as 12 or 12B: it has a digit."""
    return re.search(r"\d", text, re.ASCII) is not None
