"""Recognise the columns of a contacts file by their headings, in Danish, English and Swedish.

Outlook, Google, Apple and the exports of Lync and Skype each name them in their own way; new versions add columns.
So a heading is read by the words in it, and not looked up in a list of one version.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from telephony.rules.contacts import PhoneKind, Raw, folded


class Column(StrEnum):
    """What a column of a file holds."""

    IGNORED = ""
    NAME = "name"
    GIVEN = "given"
    MIDDLE = "middle"
    FAMILY = "family"
    COMPANY = "company"
    TITLE = "title"
    NOTE = "note"
    EMAIL = "email"
    MOBILE = "mobile"
    WORK = "work"
    HOME = "home"
    FAX = "fax"
    OTHER = "other"
    #: Says what kind the number in the next column is; Google's way.
    LABEL = "label"


NUMBERS = (Column.MOBILE, Column.WORK, Column.HOME, Column.FAX, Column.OTHER)
#: What a person may choose for a column.
CHOICES = tuple(column for column in Column if column is not Column.LABEL)
_EXACT = {
    Column.NAME: "name navn namn displayname fullname visningsnavn visningsnamn vistnavn fuldenavn helenavnet"
    " fullstaendigtnamn fuldtnavn contact contactname kontakt kontaktnavn fileas",
    Column.GIVEN: "firstname givenname fornavn foernamn forename first",
    Column.MIDDLE: "middlename additionalname mellemnavn mellannamn",
    Column.FAMILY: "lastname familyname surname efternavn efternamn last",
    Column.COMPANY: "company companyname organization organisation organizationname organization1name firma"
    " firmanavn virksomhed virksomhedsnavn foeretag foeretagsnamn employer",
    Column.TITLE: "jobtitle stilling befattning organizationtitle organization1title jobtitel",
    Column.NOTE: "notes note noter bemaerkninger bemaerkning anteckningar anteckning comments kommentar",
}
_BY_NAME = {name: column for column, names in _EXACT.items() for name in names.split()}
_MAIL = ("mail", "epost", "sipaddress", "sipuri", "imaddress", "signinname", "signinaddress", "imadress")
_MAIL_OTHER = ("type", "label", "display", "vist", "visnings", "navn", "namn", "name")
_PHONE = ("phone", "telefon", "tlf", "tel", "mobil", "cell", "fax", "number", "nummer")
_PHONE_OTHER = ("type", "label", "text", "yomi", "phonetic", "callback", "tilbagekald", "telex", "tty")
_WORK = ("business", "work", "company", "arbejd", "arbet", "firma", "foeretag", "kontor", "office", "direct")
_HOME = ("home", "privat", "hem", "hjem", "bostad")


def key(heading: str) -> str:
    """Return a heading without case, spaces and signs."""
    return re.sub(r"[^a-z0-9]", "", folded(heading))


def recognise(heading: str) -> Column:
    """Return what a column holds by its heading; IGNORED where nothing is known of it."""
    name = key(heading)
    if name in _BY_NAME:
        return _BY_NAME[name]
    if re.fullmatch(r"(phone|telefon|tel)\d*(type|label)", name):
        return Column.LABEL
    if any(word in name for word in _MAIL):
        return (
            Column.IGNORED
            if any(word in name for word in _MAIL_OTHER[:5]) or _is_name(name)
            else Column.EMAIL
        )
    if any(word in name for word in _PHONE) and not any(word in name for word in _PHONE_OTHER):
        return _number(name)
    return Column.IGNORED


def _is_name(name: str) -> bool:
    return name.endswith(("navn", "namn")) or (name.endswith("name") and not name.endswith("signinname"))


def _number(name: str) -> Column:
    if name.startswith(("number", "nummer")) and name not in ("number", "nummer"):
        return Column.IGNORED
    if any(word in name for word in ("number", "nummer")) and not any(word in name for word in _PHONE[:6]):
        # Account, customer and social security numbers are no telephone numbers.
        return Column.OTHER if name in ("number", "nummer") else Column.IGNORED
    if "fax" in name:
        return Column.FAX
    if "mobil" in name or "cell" in name:
        return Column.MOBILE
    if any(word in name for word in _HOME):
        return Column.HOME
    return Column.WORK if any(word in name for word in _WORK) else Column.OTHER


def kind_of(label: str) -> PhoneKind:
    """Return the kind of a number by the label that stands beside it."""
    name = key(label)
    if "fax" in name:
        return PhoneKind.FAX
    if any(word in name for word in ("mobil", "cell", "iphone")):
        return PhoneKind.MOBILE
    if any(word in name for word in _HOME):
        return PhoneKind.HOME
    return PhoneKind.WORK if any(word in name for word in (*_WORK, "main")) else PhoneKind.OTHER


def looks_like_headings(cells: Sequence[str]) -> bool:
    """Tell whether a first line names columns, rather than being a contact itself."""
    if any("@" in cell or sum(char.isdigit() for char in cell) > 4 for cell in cells):
        return False
    return sum(recognise(cell) is not Column.IGNORED for cell in cells) > 0


def as_raw(line: int, cells: Sequence[str], columns: Sequence[Column]) -> Raw:
    """Put the cells of one line where their columns say; several numbers in a cell stand between `:::` or `;`."""
    raw = Raw(line)
    label = ""
    for cell, column in zip(cells, columns, strict=False):
        text = cell.strip()
        if column is Column.LABEL:
            label = text
            continue
        if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@"):
            text = text[1:]  # how a spreadsheet is kept from taking a text for a formula
        if text:
            _put(raw, column, text, label)
        if column in NUMBERS:
            label = ""
    return raw


def _put(raw: Raw, column: Column, text: str, label: str) -> None:
    if column in NUMBERS:
        kind = kind_of(label).value if label else column.value
        raw.phones += [(kind, part) for part in re.split(r":::|[;\n]", text) if part.strip()]
    elif column is Column.EMAIL:
        raw.emails += [part for part in re.split(r":::|[;,\s]+", text) if part.strip()]
    elif column is Column.NOTE:
        raw.note = f"{raw.note}\n{text}".strip()
    elif column is not Column.IGNORED and not getattr(raw, column.value):
        setattr(raw, column.value, text)
