"""Say what a contact is, make one of what people write, and tell when two are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

LONGEST_NAME = 120
LONGEST_NOTE = 1000
LONGEST_EMAIL = 254
MOST_PHONES = MOST_EMAILS = 12
#: Countries whose numbers may stand without a country code; the first is the product's own.
REGIONS = ("DK", "SE", "NO", "FI", "DE", "GB", "NL", "FR", "ES", "PL", "US")


_EXTENSION = re.compile(
    r"(?:lokal(?:nummer)?|lok|anknytning|ankn|ankn|ext|x)[.: ]*(\d{1,8})\s*$", re.IGNORECASE
)
_EMAIL = re.compile(r"[^\s@<>,;:\"\\]+@[^\s@<>,;:\"\\]+\.[^\s@<>,;:\"\\.]+")
_FOLDED = str.maketrans(
    {"æ": "ae", "ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "é": "e", "ü": "u", "ß": "ss"}
)
# Controls that come from no keyboard, and marks that turn the direction of what stands behind them.
_DROPPED = {"Cc", "Cs", "Co", "Cn"}
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


class PhoneKind(StrEnum):
    """What a number of a contact is for."""

    MOBILE = "mobile"
    WORK = "work"
    HOME = "home"
    FAX = "fax"
    OTHER = "other"


class Choice(StrEnum):
    """What to do with a contact that is there already."""

    MERGE = "merge"
    SKIP = "skip"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number: E.164 where it is one, else the digits as they are dialled."""

    kind: PhoneKind
    number: str
    extension: str = ""

    def as_data(self) -> dict[str, str]:
        return {"kind": self.kind.value, "number": self.number, "extension": self.extension}

    @classmethod
    def of(cls, data: Mapping[str, str]) -> Number:
        return cls(PhoneKind(data["kind"]), data["number"], data.get("extension", ""))


@dataclass(frozen=True, slots=True)
class Entry:
    """One contact, ready to be kept; line is where it stands in the file, 0 where it comes from a form."""

    name: str
    company: str = ""
    title: str = ""
    note: str = ""
    phones: tuple[Number, ...] = ()
    emails: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a file, by line, as code and parameters; lost tells whether the contact is left out."""

    line: int
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    lost: bool = True


@dataclass(slots=True)
class Raw:
    """What stands in a file about one contact, as it was written."""

    line: int
    name: str = ""
    given: str = ""
    middle: str = ""
    family: str = ""
    company: str = ""
    title: str = ""
    note: str = ""
    phones: list[tuple[str, str]] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)


def clean(text: str, *, lines: bool = False) -> str:
    """Return text without controls and with single spaces; with lines its line breaks stay."""
    kept = "".join(
        char if char in "\n\t " or not (unicodedata.category(char) in _DROPPED or char in _TURNING) else " "
        for char in text.replace("\r\n", "\n").replace("\r", "\n")
    )
    if lines:
        return "\n".join(" ".join(line.split()) for line in kept.split("\n")).strip()
    return " ".join(kept.split())


def folded(text: str) -> str:
    """Return text as it is compared and searched: small letters, Danish and Swedish ones spelt out."""
    return " ".join(text.casefold().translate(_FOLDED).split())


def read_number(text: str, region: str) -> tuple[str, str] | None:
    """Return a number in E.164 and its extension; digits as they are where it is none; None without digits.

    region is the country of numbers without a country code (ISO 3166).
    """
    import phonenumbers  # slow to import, and pages that show no number need it not

    plain = clean(text).removeprefix("tel:").removeprefix("TEL:")[:80]
    if plain.startswith(("+", "00")):
        plain = plain.replace("(0)", "")
    extension = ""
    if found := _EXTENSION.search(plain.replace(";ext=", " ext ")):
        extension = found[1]
        plain = plain.replace(";ext=", " ext ")[: found.start()].strip(" ,;")
    try:
        parsed = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is not None and phonenumbers.is_possible_number(parsed):
        number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        return number, extension or (parsed.extension or "")[:8]
    if any(char.isalpha() for char in plain):
        return None
    digits = "".join(char for char in plain if char in "0123456789*#")
    return (digits, extension) if 2 <= len(digits) <= 20 else None


def shown_number(number: str) -> str:
    """Return a number as it is read at home: 69 14 24 24 in Denmark, and +46 8 123 456 78 from elsewhere there."""
    if not number.startswith("+"):
        return number
    from telephony.rules.numbers import shown  # slow to import

    return shown(number)


def read_email(text: str) -> str | None:
    """Return an address in the form that mail is sent to, or None; addresses of Exchange's own are none."""
    plain = clean(text)
    for scheme in ("mailto:", "sip:", "sips:", "smtp:"):
        if plain.lower().startswith(scheme):
            plain = plain[len(scheme) :]
    if len(plain) > LONGEST_EMAIL or not _EMAIL.fullmatch(plain):
        return None
    local, _, domain = plain.rpartition("@")
    return f"{local}@{domain.lower()}"


def finish(raw: Raw, region: str) -> tuple[Entry | None, list[Fault]]:
    """Make a contact of what a file says; return it, or None, and what had to be left out and why."""
    faults: list[Fault] = []
    phones: list[Number] = []
    for kind, text in raw.phones:
        read = read_number(text, region) if clean(text) else None
        if read is not None:
            phones.append(Number(PhoneKind(kind), *read))
        elif clean(text):
            faults.append(Fault(raw.line, "not_a_number", {"text": clean(text)[:60]}, lost=False))
    emails: list[str] = []
    for text in raw.emails:
        address = read_email(text)
        if address is not None:
            emails.append(address)
        elif clean(text):
            faults.append(Fault(raw.line, "not_an_email", {"text": clean(text)[:60]}, lost=False))
    company, title = clean(raw.company), clean(raw.title)
    parts = (clean(part) for part in (raw.given, raw.middle, raw.family))
    name = clean(raw.name) or " ".join(part for part in parts if part)
    name = name or company or (emails[0] if emails else "") or (phones[0].number if phones else "")
    if not name:
        return None, [*(replace(fault, lost=True) for fault in faults), Fault(raw.line, "nameless")]
    for text, code in ((name, "name_too_long"), (company, "company_too_long"), (title, "title_too_long")):
        if len(text) > LONGEST_NAME:
            return None, [Fault(raw.line, code, {"most": LONGEST_NAME, "text": text[:40]})]
    if len(phones) > MOST_PHONES or len(emails) > MOST_EMAILS:
        faults.append(Fault(raw.line, "too_many_ways", {"most": MOST_PHONES, "name": name}, lost=False))
    note = clean(raw.note, lines=True)
    if len(note) > LONGEST_NOTE:
        faults.append(Fault(raw.line, "note_cut", {"most": LONGEST_NOTE, "name": name}, lost=False))
    entry = Entry(
        name=name,
        company="" if company == name else company,
        title=title,
        note=note[:LONGEST_NOTE],
        phones=_distinct_numbers(phones)[:MOST_PHONES],
        emails=_distinct(emails)[:MOST_EMAILS],
        line=raw.line,
    )
    return entry, faults


def _distinct(emails: Iterable[str]) -> tuple[str, ...]:
    return tuple({address.casefold(): address for address in reversed(list(emails))}.values())[::-1]


def _distinct_numbers(phones: Iterable[Number]) -> tuple[Number, ...]:
    seen: dict[tuple[str, str], Number] = {}
    for phone in phones:
        seen.setdefault((phone.number, phone.extension), phone)
    return tuple(seen.values())


def merged(held: Entry, other: Entry) -> Entry:
    """Add to a contact what another one knows beside it; what it says already stays."""
    return replace(
        held,
        company=held.company or other.company,
        title=held.title or other.title,
        note=held.note or other.note,
        phones=_distinct_numbers((*held.phones, *other.phones))[:MOST_PHONES],
        emails=_distinct((*held.emails, *other.emails))[:MOST_EMAILS],
    )


class Book:
    """Finds the contact that another one is the same as.

    The same is: an e-mail address in common; or the same name with a number or the company in common, or with
    nothing on one side that could tell them apart. A number alone is not enough: colleagues share a switchboard.
    """

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self.entries: list[Entry] = []
        self._by_email: dict[str, int] = {}
        self._by_name: dict[str, list[int]] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> int:
        """Put a contact in; return its place."""
        place = len(self.entries)
        self.entries.append(entry)
        self._index(place)
        return place

    def replace(self, place: int, entry: Entry) -> None:
        """Put a contact in the place of another."""
        self.entries[place] = entry
        self._index(place)

    def _index(self, place: int) -> None:
        entry = self.entries[place]
        for address in entry.emails:
            self._by_email.setdefault(address.casefold(), place)
        places = self._by_name.setdefault(folded(entry.name), [])
        if place not in places[-1:]:
            places.append(place)

    def find(self, entry: Entry) -> int | None:
        """Return the place of the same contact, or None."""
        for address in entry.emails:
            if (place := self._by_email.get(address.casefold())) is not None:
                return place
        for place in self._by_name.get(folded(entry.name), ())[:50]:
            if _same_named(self.entries[place], entry):
                return place
        return None


def _same_named(one: Entry, other: Entry) -> bool:
    if {phone.number for phone in one.phones} & {phone.number for phone in other.phones}:
        return True
    if one.company and folded(one.company) == folded(other.company):
        return True
    return not (one.phones or one.emails) or not (other.phones or other.emails)


@dataclass(frozen=True)
class Plan:
    """What an import would do: new contacts, changes by place among those held, and how many are left out."""

    new: tuple[Entry, ...]
    changed: Mapping[int, Entry]
    skipped: int
    #: Lines that are there already: in the address book, or earlier in the file.
    known: frozenset[int]


def plan(held: Sequence[Entry], read: Sequence[Entry], choice: Choice) -> Plan:
    """Decide what becomes of each contact of a file."""
    book = Book(held)
    known: set[int] = set()
    skipped = 0
    touched: dict[int, Entry] = {}
    for entry in read:
        place = book.find(entry)
        if place is None:
            book.add(entry)
            continue
        known.add(entry.line)
        if choice is Choice.KEEP:
            book.add(entry)
            continue
        joined = merged(book.entries[place], entry) if choice is Choice.MERGE else book.entries[place]
        if joined == book.entries[place]:
            skipped += 1
            continue
        book.replace(place, joined)
        if place < len(held):
            touched[place] = joined
        else:
            skipped += 1
    return Plan(tuple(book.entries[len(held) :]), touched, skipped, frozenset(known))


def search_text(entry: Entry) -> str:
    """Return what a search looks in: folded name, company, addresses, and digits as people type them."""
    numbers = []
    for phone in entry.phones:
        digits = phone.number.removeprefix("+")
        numbers += [digits, "00" + digits] if phone.number.startswith("+") else [digits]
    parts = (entry.name, entry.company, entry.title, *entry.emails)
    return " ".join([*(folded(part) for part in parts if part), *numbers])


def search_words(query: str) -> tuple[str, ...]:
    """Return what must each be found: folded words, and a number typed with spaces as one."""
    plain = folded(clean(query))[:80]
    digits = re.sub(r"[ ().+/-]", "", plain)
    if digits.isdigit() and len(digits) > 1:
        return (digits,)
    return tuple(word.removeprefix("+") for word in plain.split() if word != "+")[:6]


_SORTED = str.maketrans({"æ": "zza", "ä": "zza", "ø": "zzb", "ö": "zzb", "å": "zzc", "é": "e", "ü": "u"})


def sort_name(name: str) -> str:
    """Return what names are sorted by: æ, ø and å last, whatever collation the database has."""
    return " ".join(name.casefold().translate(_SORTED).split())[:400]
