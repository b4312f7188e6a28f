"""Read files of contacts: CSV of any system, and vCard 2.1, 3.0 and 4.0 (RFC 2425, 2426, 6350).

A line or card that cannot be read is told with its number, and the rest goes on.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from telephony.rules.contact_columns import Column, as_raw, kind_of, looks_like_headings, recognise
from telephony.rules.contacts import Fault, Raw, clean

LARGEST = 5 * 1024 * 1024
MOST = 5000
MOST_COLUMNS = 200
MOST_CARD_LINES = 400
MOST_BROKEN = 20
#: Each broken record is read again from its second line; the library that reads cards takes time that grows with the
#: square of a line, or worse. Files that people export have neither.
MOST_BROKEN_RECORDS = 500
LONGEST_CARD_LINE = 20_000
MOST_PARAMETERS = 20
#: A quotation mark that is never closed would take the rest of the file with it.
LONGEST_RECORD = 100
LONGEST_CELL = 20_000
SAMPLES = 3
_BEGIN = re.compile(r"\s*BEGIN\s*:\s*VCARD\s*", re.IGNORECASE)
_END = re.compile(r"\s*END\s*:\s*VCARD\s*", re.IGNORECASE)
# Pictures, sounds and keys: large, and not kept.
_HEAVY = re.compile(
    r"(?:[\w-]+\.)?(PHOTO|LOGO|SOUND|KEY|AGENT|X-[\w-]*(?:PICTURE|PHOTO|CERT)[\w-]*)[;:]", re.IGNORECASE
)
_BASE64 = re.compile(r"[A-Za-z0-9+/=]{20,}")


class Unreadable(Exception):
    """The file as a whole cannot be taken: code is empty, too_large, binary, no_contacts or too_many."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(slots=True)
class Table:
    """A CSV file: what its columns hold as far as is known, and its lines by number."""

    headings: list[str]
    columns: list[Column]
    rows: list[tuple[int, list[str]]]
    faults: list[Fault] = field(default_factory=list)

    def samples(self, column: int) -> list[str]:
        """Return the first things that stand in a column."""
        found = (
            cells[column] for _, cells in self.rows[:50] if column < len(cells) and cells[column].strip()
        )
        return [text[:60] for _, text in zip(range(SAMPLES), found, strict=False)]

    def raws(self, columns: Sequence[Column] | None = None) -> list[Raw]:
        """Return the contacts, by the columns as recognised or as a person says."""
        return [as_raw(line, cells, columns or self.columns) for line, cells in self.rows]


@dataclass(slots=True)
class Cards:
    """A vCard file."""

    raws: list[Raw]
    faults: list[Fault] = field(default_factory=list)


def read(data: bytes) -> Table | Cards:
    """Read a file by what stands in it, whatever it is called. Raises Unreadable."""
    if len(data) > LARGEST:
        raise Unreadable("too_large", most=LARGEST // (1024 * 1024))
    text = _decoded(data)
    if not text.strip():
        raise Unreadable("empty")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if any(_BEGIN.fullmatch(line) for line in lines[:200]):
        return _cards(lines)
    return _table(lines)


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            # What Windows writes in Western Europe; its five unused places hold nothing that is missed.
            text = data.decode("cp1252", errors="replace")
    if text.count("\0") > len(text) // 100 or data[:4] in (b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0"):
        raise Unreadable("binary")
    return text.replace("\0", "")


# CSV


def _table(lines: Sequence[str]) -> Table:
    separator = _separator(lines)
    faults: list[Fault] = []
    rows: list[tuple[int, list[str]]] = []
    for number, cells in _records(lines, separator, faults):
        if any(cell.strip() for cell in cells):
            if len(cells) > MOST_COLUMNS or any(len(cell) > LONGEST_CELL for cell in cells):
                faults.append(Fault(number, "line_too_long"))
                continue
            rows.append((number, cells))
            if len(rows) > MOST + 1:
                raise Unreadable("too_many", most=MOST)
    if not rows:
        raise Unreadable("no_contacts")
    width = max(len(cells) for _, cells in rows)
    named = looks_like_headings(rows[0][1])
    headings = [cell.strip()[:80] for cell in rows.pop(0)[1]] if named else []
    headings += [""] * (width - len(headings))
    if len(rows) > MOST:
        raise Unreadable("too_many", most=MOST)
    if not rows:
        raise Unreadable("no_contacts")
    return Table(headings, [recognise(heading) for heading in headings], rows, faults)


def _separator(lines: Sequence[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    if first.lower().startswith("sep=") and len(first) > 4:
        return first[4]
    outside = re.sub(r'"[^"]*"', "", first)
    return max(",;\t|", key=outside.count)


class _TooLong(Exception):
    pass


class _Lines:
    """Feeds lines to the csv module, and knows where it is; a record that does not end is stopped."""

    def __init__(self, lines: Sequence[str], position: int) -> None:
        self.lines, self.position, self.start = lines, position, position

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.position >= len(self.lines):
            raise StopIteration
        if self.position - self.start >= LONGEST_RECORD:
            raise _TooLong
        self.position += 1
        return self.lines[self.position - 1] + "\n"


def _records(lines: Sequence[str], separator: str, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Yield records with the number of their first line; a broken one is told, and reading goes on below it."""
    position = 1 if lines[0].lower().startswith("sep=") else 0
    while position < len(lines):
        fed = _Lines(lines, position)
        try:
            for cells in csv.reader(fed, delimiter=separator, strict=True):
                yield fed.start + 1, cells
                fed.start = fed.position
            return
        except (csv.Error, _TooLong):
            faults.append(Fault(fed.start + 1, "broken_line"))
            if len(faults) > MOST_BROKEN_RECORDS:
                raise Unreadable("binary") from None
            position = fed.start + 1


# vCard


def _cards(lines: Sequence[str]) -> Cards:
    found = Cards([])
    for card in _blocks(lines, found.faults):
        number = card[0][0]
        if len(found.raws) >= MOST:
            raise Unreadable("too_many", most=MOST)
        if len(card) > MOST_CARD_LINES:
            found.faults.append(Fault(number, "card_too_long", {"most": MOST_CARD_LINES}))
            continue
        try:
            found.raws.append(_raw(number, _component(card, found.faults)))
        except Exception:  # the library lets any error out of broken input
            found.faults.append(Fault(number, "broken_card"))
    if not found.raws and not found.faults:
        raise Unreadable("no_contacts")
    return found


def _component(card: list[tuple[int, str]], faults: list[Fault]) -> Any:
    """Parse one card; a line that is none is told and left out, and the rest of the card stays."""
    import vobject  # slow to import, and seldom needed

    for _ in range(MOST_BROKEN):
        try:
            return vobject.readOne("\r\n".join(line for _number, line in card) + "\r\n", allowQP=True)
        except vobject.base.ParseError as error:
            broken = (error.lineNumber or 0) - 1
            if not 0 < broken < len(card) - 1:
                raise
            number, line = card.pop(broken)
            faults.append(Fault(number, "broken_property", {"text": clean(line)[:60]}, lost=False))
    raise ValueError("more broken lines than a card has")


def _blocks(lines: Sequence[str], faults: list[Fault]) -> Iterator[list[tuple[int, str]]]:
    """Yield each card's lines with their numbers, without pictures."""
    card: list[tuple[int, str]] = []
    heavy, whole = False, ""
    for number, line in enumerate(lines, 1):
        if _BEGIN.fullmatch(line):
            if card:
                faults.append(Fault(card[0][0], "card_not_closed"))
            card, heavy = [(number, "BEGIN:VCARD")], False
        elif not card:
            continue
        elif _END.fullmatch(line):
            yield [*card, (number, "END:VCARD")]
            card = []
        elif heavy and (line[:1] in (" ", "\t") or _BASE64.fullmatch(line.strip())):
            continue
        else:
            # A line may go on below it; what counts is the whole.
            whole = whole + line if line[:1] in (" ", "\t") or whole.endswith("=") else line
            heavy = _HEAVY.match(line) is not None
            if not heavy and (
                len(whole) > LONGEST_CARD_LINE or whole.partition(":")[0].count(";") > MOST_PARAMETERS
            ):
                faults.append(Fault(number, "broken_property", {"text": clean(line[:200])[:60]}, lost=False))
                heavy = True
            if not heavy and line.strip():
                card.append((number, line))
    if card:
        faults.append(Fault(card[0][0], "card_not_closed"))


def _raw(number: int, component: Any) -> Raw:
    raw = Raw(number)
    for child in component.getChildren():
        name, value = child.name, child.value
        if name == "FN":
            raw.name = raw.name or _text(value)
        elif name == "N" and not isinstance(value, str):
            raw.given, raw.middle, raw.family = (
                _text(part) for part in (value.given, value.additional, value.family)
            )
        elif name == "NICKNAME" and not raw.given:
            raw.given = _text(value)
        elif name == "ORG":
            first = value[0] if isinstance(value, list) and value else value
            # A comma in a card of 2.1 is a comma; the library takes it for a list.
            parts = first if isinstance(first, list) else [first]
            raw.company = raw.company or ", ".join(_text(part).strip() for part in parts)
        elif name == "TITLE":
            raw.title = raw.title or _text(value)
        elif name == "NOTE":
            raw.note = f"{raw.note}\n{_text(value)}".strip()
        elif name == "TEL":
            raw.phones.append((_kind(child), _text(value)))
        elif name in ("EMAIL", "IMPP", "X-SIP", "X-MS-IMADDRESS"):
            raw.emails.append(_text(value))
    return raw


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(_text(part) for part in value)
    return str(value)


def _kind(child: Any) -> str:
    said = [*child.params.get("TYPE", ()), *child.singletonparams]
    # A fax at work and a mobile at work are first of all a fax and a mobile.
    kinds = {kind_of(str(label)).value for label in ",".join(map(str, said)).split(",")}
    return next((kind for kind in ("fax", "mobile", "home", "work") if kind in kinds), "other")
