"""Write contacts as files that other systems take in: vCard 3.0 (RFC 2426) and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from telephony.rules.contacts import Entry, Number, PhoneKind

HEADINGS = {
    PhoneKind.MOBILE: "Mobile Phone",
    PhoneKind.WORK: "Business Phone",
    PhoneKind.HOME: "Home Phone",
    PhoneKind.FAX: "Business Fax",
    PhoneKind.OTHER: "Other Phone",
}
_TYPES = {
    PhoneKind.MOBILE: "CELL",
    PhoneKind.WORK: "WORK,VOICE",
    PhoneKind.HOME: "HOME,VOICE",
    PhoneKind.FAX: "FAX",
    PhoneKind.OTHER: "VOICE",
}
BETWEEN = " ::: "
FOLD = 74


def as_vcard(entries: Iterable[Entry]) -> str:
    """Return a card for each contact."""
    return "".join(_folded(line) + "\r\n" for entry in entries for line in _card(entry))


def _card(entry: Entry) -> Iterable[str]:
    given, _, family = entry.name.rpartition(" ")
    yield "BEGIN:VCARD"
    yield "VERSION:3.0"
    yield f"FN:{_escaped(entry.name)}"
    yield f"N:{_escaped(family)};{_escaped(given)};;;"
    if entry.company:
        yield f"ORG:{_escaped(entry.company)}"
    if entry.title:
        yield f"TITLE:{_escaped(entry.title)}"
    for phone in entry.phones:
        yield f"TEL;TYPE={_TYPES[phone.kind]}:{_escaped(_dialled(phone))}"
    for address in entry.emails:
        yield f"EMAIL;TYPE=INTERNET:{_escaped(address)}"
    if entry.note:
        yield f"NOTE:{_escaped(entry.note)}"
    yield "END:VCARD"


def _escaped(text: str) -> str:
    for char, written in (("\\", "\\\\"), (",", "\\,"), (";", "\\;"), ("\n", "\\n")):
        text = text.replace(char, written)
    return text


def _folded(line: str) -> str:
    """Break a line that is longer than 75 octets, and never inside a letter."""
    parts, part, room = [], "", FOLD
    for char in line:
        size = len(char.encode())
        if size > room:
            parts.append(part)
            part, room = "", FOLD - 1
        part, room = part + char, room - size
    return "\r\n ".join([*parts, part])


def _dialled(phone: Number) -> str:
    return f"{phone.number} ext {phone.extension}" if phone.extension else phone.number


def as_csv(entries: Iterable[Entry]) -> str:
    """Return a table with headings that Outlook and Google know; a text that looks like a formula is no formula."""
    known = list(entries)
    most = max((len(entry.emails) for entry in known), default=1) or 1
    mails = ["E-mail Address", *(f"E-mail {number} Address" for number in range(2, most + 1))]
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(["Name", "Company", "Job Title", *HEADINGS.values(), *mails, "Notes"])
    for entry in known:
        numbers = [
            BETWEEN.join(_dialled(phone) for phone in entry.phones if phone.kind is kind) for kind in HEADINGS
        ]
        emails = [*entry.emails, *[""] * (most - len(entry.emails))]
        said = [_harmless(text) for text in (entry.name, entry.company, entry.title)]
        table.writerow([*said, *numbers, *map(_harmless, emails), _harmless(entry.note)])
    return written.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
