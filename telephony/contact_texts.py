"""Say in the reader's language what is wrong with a file of contacts, and what to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from telephony.rules.contact_columns import Column
from telephony.rules.contact_files import Unreadable
from telephony.rules.contacts import Fault, PhoneKind

_UNREADABLE: dict[str, str | Promise] = {
    "empty": _("The file is empty. Export the contacts again, and check that the file holds something."),
    "too_large": _("The file is larger than %(most)d MB. Export it without pictures, or in parts."),
    "binary": _("This is not a file of contacts. Choose a file that ends with .csv or .vcf."),
    "no_contacts": _("There are no contacts in the file. Export them again as CSV or vCard."),
    "too_many": _("The file holds more than %(most)d contacts. Split it, and take in one part at a time."),
}
_FAULTS: dict[str, str | Promise] = {
    "broken_line": _("A quotation mark is missing or stands wrong, so the line cannot be read."),
    "line_too_long": _("The line is far longer than a contact is."),
    "card_too_long": _("The card has more than %(most)d lines."),
    "broken_card": _("The card cannot be read."),
    "broken_property": _("“%(text)s” is no line of a card, and is left out."),
    "card_not_closed": _("The card begins here and never ends; END:VCARD is missing."),
    "nameless": _("There is no name, company, e-mail or number in it."),
    "name_too_long": _("The name is longer than %(most)d characters: %(text)s…"),
    "company_too_long": _("The company is longer than %(most)d characters: %(text)s…"),
    "title_too_long": _("The title is longer than %(most)d characters: %(text)s…"),
    "not_a_number": _("“%(text)s” is not a telephone number, and is left out."),
    "not_an_email": _("“%(text)s” is not an e-mail address, and is left out."),
    "too_many_ways": _("%(name)s has more than %(most)d numbers or addresses; the first ones are kept."),
    "note_cut": _("The note on %(name)s is cut after %(most)d characters."),
}
COLUMNS: dict[Column, str | Promise] = {
    Column.IGNORED: _("Leave out"),
    Column.NAME: _("Name"),
    Column.GIVEN: _("First name"),
    Column.MIDDLE: _("Middle name"),
    Column.FAMILY: _("Last name"),
    Column.COMPANY: _("Company"),
    Column.TITLE: _("Title"),
    Column.NOTE: _("Note"),
    Column.EMAIL: _("E-mail"),
    Column.MOBILE: _("Mobile"),
    Column.WORK: _("Work number"),
    Column.HOME: _("Home number"),
    Column.FAX: _("Fax"),
    Column.OTHER: _("Other number"),
    Column.LABEL: _("Kind of the next number"),
}
KINDS: dict[PhoneKind, str | Promise] = {
    PhoneKind.MOBILE: _("Mobile"),
    PhoneKind.WORK: _("Work"),
    PhoneKind.HOME: _("Home"),
    PhoneKind.FAX: _("Fax"),
    PhoneKind.OTHER: _("Other"),
}
REGIONS: dict[str, str | Promise] = {
    "DK": _("Denmark (+45)"),
    "SE": _("Sweden (+46)"),
    "NO": _("Norway (+47)"),
    "FI": _("Finland (+358)"),
    "DE": _("Germany (+49)"),
    "GB": _("United Kingdom (+44)"),
    "NL": _("Netherlands (+31)"),
    "FR": _("France (+33)"),
    "ES": _("Spain (+34)"),
    "PL": _("Poland (+48)"),
    "US": _("United States (+1)"),
}


def unreadable(error: Unreadable) -> str:
    """Say why a file as a whole cannot be taken."""
    return str(_UNREADABLE[error.code]) % error.params


def sentence(fault: Fault) -> str:
    """Say what is wrong in one line."""
    return str(_FAULTS[fault.code]) % dict(fault.params)
