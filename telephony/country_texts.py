"""Name the countries that calls are sent to."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from telephony.rules.abroad import region

COUNTRIES: dict[str, Promise] = {
    "AT": pgettext_lazy("country", "Austria"),
    "AU": pgettext_lazy("country", "Australia"),
    "BE": pgettext_lazy("country", "Belgium"),
    "BG": pgettext_lazy("country", "Bulgaria"),
    "CA": pgettext_lazy("country", "Canada"),
    "CH": pgettext_lazy("country", "Switzerland"),
    "CN": pgettext_lazy("country", "China"),
    "CZ": pgettext_lazy("country", "Czechia"),
    "DE": pgettext_lazy("country", "Germany"),
    "DK": pgettext_lazy("country", "Denmark"),
    "EE": pgettext_lazy("country", "Estonia"),
    "ES": pgettext_lazy("country", "Spain"),
    "FI": pgettext_lazy("country", "Finland"),
    "FO": pgettext_lazy("country", "the Faroe Islands"),
    "FR": pgettext_lazy("country", "France"),
    "GB": pgettext_lazy("country", "the United Kingdom"),
    "GL": pgettext_lazy("country", "Greenland"),
    "GR": pgettext_lazy("country", "Greece"),
    "HR": pgettext_lazy("country", "Croatia"),
    "HU": pgettext_lazy("country", "Hungary"),
    "IE": pgettext_lazy("country", "Ireland"),
    "IN": pgettext_lazy("country", "India"),
    "IS": pgettext_lazy("country", "Iceland"),
    "IT": pgettext_lazy("country", "Italy"),
    "LT": pgettext_lazy("country", "Lithuania"),
    "LU": pgettext_lazy("country", "Luxembourg"),
    "LV": pgettext_lazy("country", "Latvia"),
    "NL": pgettext_lazy("country", "the Netherlands"),
    "NO": pgettext_lazy("country", "Norway"),
    "PL": pgettext_lazy("country", "Poland"),
    "PT": pgettext_lazy("country", "Portugal"),
    "RO": pgettext_lazy("country", "Romania"),
    "SE": pgettext_lazy("country", "Sweden"),
    "TH": pgettext_lazy("country", "Thailand"),
    "TR": pgettext_lazy("country", "Türkiye"),
    "UA": pgettext_lazy("country", "Ukraine"),
    "US": pgettext_lazy("country", "the United States"),
}


def country_of(number: str) -> str:
    """Name the country of an E.164 number: by its name, else by its code."""
    code = region(number)
    return str(COUNTRIES.get(code, "")) or code or _("no country of its own")
