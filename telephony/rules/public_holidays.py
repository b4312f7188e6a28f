"""Say when public holidays are, for countries that telephony is sold in.

The dates come from the library `holidays`; it is loaded when it is asked for, because it is large.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

#: ISO 3166, the near ones first; a country's own language in the library's words.
COUNTRIES = {
    "DK": "da", "SE": "sv", "NO": "no", "FI": "fi", "IS": "is", "FO": "fo", "GL": "kl", "DE": "de", "NL": "nl",
    "BE": "nl", "LU": "lb", "FR": "fr", "GB": "en_GB", "IE": "en_IE", "PL": "pl", "EE": "et", "LV": "lv", "LT": "lt",
    "AT": "de", "CH": "de", "CZ": "cs", "ES": "es", "PT": "pt_PT", "IT": "it", "US": "en_US",
}  # fmt: skip


@dataclass(frozen=True)
class Holiday:
    """A public holiday; both names are the country's own where there is no English one."""

    day: dt.date
    name: str
    name_en: str


def public_holidays(country: str, years: range) -> list[Holiday]:
    """Return the public holidays of a whole country, by day; Sundays as such are none.

    What is a holiday in a part of the country alone is left out. Raises KeyError for a country that is not known here.
    """
    import holidays

    language = COUNTRIES[country]
    kind = getattr(holidays, country)
    # Swedish law counts every Sunday.
    apart = {"include_sundays": False} if country == "SE" else {}
    known = set(kind.supported_languages)
    own = kind(years=years, **apart, **({"language": language} if language in known else {}))
    english = kind(years=years, **apart, **({"language": "en_US"} if "en_US" in known else {}))
    return [Holiday(day, own[day], english.get(day) or own[day]) for day in sorted(own)]
