"""Read and write lists of employees with their licences as CSV, as spreadsheets in three languages make them (G7)."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from billing.rules import NO_SKYPE

LARGEST = 2_000_000
MOST_LINES = 10_000
# Spreadsheets take a cell that begins so for a formula, and would run it on the reader's machine.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EMAIL = {"email", "emailadresse", "emailaddress", "mail", "mailadresse", "epost", "epostadress", "adresse"}
_LICENCE = {
    "licens",
    "licence",
    "license",
    "licenstype",
    "licencetype",
    "licensetype",
    "licenstyp",
    "office365licens",
    "office365licence",
    "office365license",
}
_DELIMITERS = (";", ",", "\t")
# How "is to have no Skype" is written in the three languages, by the portal and by people.
_NO_SKYPE = {
    "noskype",
    "none",
    "noskypeforbusiness",
    "withoutskype",
    "ingenskype",
    "ingen",
    "ingenskypeforbusiness",
    "udenskype",
    "skalikkehaveskype",
    "inga",
    "utanskype",
    "skaintehaskype",
}


class FileFault(StrEnum):
    """Why nothing of a file can be used."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    WORKBOOK = "workbook"
    NOT_TEXT = "not_text"
    NO_HEADER = "no_header"
    UNREADABLE = "unreadable"


class LineFault(StrEnum):
    """Why one line of a file cannot be used."""

    NO_EMAIL = "no_email"
    UNKNOWN_EMPLOYEE = "unknown_employee"
    UNKNOWN_LICENCE = "unknown_licence"
    TWICE = "twice"
    CONNECTED = "connected"


class BadFile(ValueError):
    """Nothing of the file can be used; line is where reading stopped, if it is known."""

    def __init__(self, fault: FileFault, line: int = 0) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.line = line


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file as it was written: its number in the file, an address and a licence."""

    line: int
    email: str
    licence: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one line; likely is the licence that was probably meant, other the line that came first."""

    line: int
    fault: LineFault
    text: str
    likely: str = ""
    other: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file asks for: the licence code by address; skipped counts lines that leave the licence open."""

    wanted: Mapping[str, str]
    findings: tuple[Finding, ...]
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Licences:
    """The licences of the catalogue by every way of writing them that is clear."""

    by_writing: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, offers: Iterable[tuple[str, str]]) -> Licences:
        """Take (code, name) pairs; a short form such as E3 counts where it means one licence alone."""
        known = list(offers)
        writings = {_plain(form): code for code, name in known for form in (code, name)}
        short: dict[str, set[str]] = {}
        for code, name in known:
            _first, _, rest = name.partition(" ")
            short.setdefault(_plain(rest), set()).add(code)
        for form, codes in short.items():
            if form and len(codes) == 1:
                writings.setdefault(form, next(iter(codes)))
        return cls(writings, dict(known))

    def find(self, text: str) -> str | None:
        """Return the code of a licence as somebody wrote it, NO_SKYPE among them, or None."""
        plain = _plain(text)
        if plain in _NO_SKYPE:
            return NO_SKYPE
        for prefix in ("", "office365", "microsoft365", "o365", "enterprise", "business"):
            found = self.by_writing.get(plain.removeprefix(prefix))
            if found is not None:
                return found
        return None

    def likely(self, text: str) -> str:
        """Return the name of the licence that was probably meant, or nothing."""
        close = difflib.get_close_matches(_plain(text)[:60], self.by_writing, n=1, cutoff=0.7)
        return self.names[self.by_writing[close[0]]] if close else ""


def decoded(data: bytes) -> str:
    """Return the text of a file in UTF-8, with or without mark, in UTF-16 with one, or in Windows' Latin-1.

    Raises BadFile.
    """
    if len(data) > LARGEST:
        raise BadFile(FileFault.TOO_LARGE)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadFile(FileFault.WORKBOOK)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise BadFile(FileFault.NOT_TEXT)
    if not text.strip():
        raise BadFile(FileFault.EMPTY)
    return text


def rows(text: str) -> tuple[Row, ...]:
    """Return the lines of a file whose first line names the columns; blank lines are left out. Raises BadFile."""
    lines = text.lstrip("\ufeff")
    if len(lines.encode("utf-8", errors="replace")) > 2 * LARGEST:
        raise BadFile(FileFault.TOO_LARGE)
    first, _, rest = lines.partition("\n")
    ahead = 0
    if first.strip().lower().startswith("sep="):
        lines, ahead = rest, 1
    for delimiter in _by_likelihood(lines):
        found = _table(lines, delimiter, ahead)
        if found is not None:
            return found
    raise BadFile(FileFault.NO_HEADER)


def read(
    table: Sequence[Row], *, employees: Iterable[str], licences: Licences, connected: Collection[str] = ()
) -> Reading:
    """Say what the lines ask for; employees are the addresses that the customer has, in lower case.

    connected are those of them who use Skype, and cannot be made to have none.
    A line without a licence leaves the employee's as it is; one that repeats another is no fault.
    """
    known = set(employees)
    wanted: dict[str, str] = {}
    seen: dict[str, int] = {}
    findings: list[Finding] = []
    skipped = 0
    for row in table:
        email = row.email.strip().lower()
        if not email:
            findings.append(Finding(row.line, LineFault.NO_EMAIL, row.licence))
        elif email not in known:
            findings.append(Finding(row.line, LineFault.UNKNOWN_EMPLOYEE, row.email.strip()))
        elif not row.licence.strip():
            skipped += 1
        elif (code := licences.find(row.licence)) is None:
            likely = licences.likely(row.licence)
            findings.append(Finding(row.line, LineFault.UNKNOWN_LICENCE, row.licence.strip(), likely))
        elif code == NO_SKYPE and email in connected:
            findings.append(Finding(row.line, LineFault.CONNECTED, row.email.strip()))
        elif wanted.get(email, code) != code:
            findings.append(Finding(row.line, LineFault.TWICE, row.email.strip(), other=seen[email]))
        else:
            wanted[email] = code
            seen.setdefault(email, row.line)
    # Of two lines that contradict each other neither can be trusted.
    for finding in findings:
        if finding.fault is LineFault.TWICE:
            wanted.pop(finding.text.lower(), None)
    return Reading(wanted, tuple(findings), skipped)


def written(header: Sequence[str], table: Iterable[Sequence[str]]) -> bytes:
    """Return a CSV file that spreadsheets here open by a double click; no cell is taken for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    for row in table:
        writer.writerow([guarded(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def guarded(cell: str) -> str:
    """Return a cell that a spreadsheet shows and does not run."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _by_likelihood(text: str) -> list[str]:
    head = next((line for line in text.splitlines() if line.strip()), "")
    return sorted(_DELIMITERS, key=head.count, reverse=True)


def _table(text: str, delimiter: str, ahead: int) -> tuple[Row, ...] | None:
    """Return the rows as they are with this delimiter; None if the first line does not name the columns so."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns: tuple[int, int] | None = None
    found: list[Row] = []
    end = ahead
    try:
        for cells in reader:
            begin, end = end + 1, ahead + reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = _columns(cells)
                if columns is None:
                    return None
                continue
            email, licence = (_bare(cells[at]) if at < len(cells) else "" for at in columns)
            found.append(Row(begin, email, licence))
            if len(found) > MOST_LINES:
                raise BadFile(FileFault.TOO_MANY, begin)
    except csv.Error as error:
        raise BadFile(FileFault.UNREADABLE, ahead + reader.line_num) from error
    return tuple(found)


def _columns(header: Sequence[str]) -> tuple[int, int] | None:
    names = [_plain(cell) for cell in header]
    email = next((at for at, name in enumerate(names) if name in _EMAIL), None)
    licence = next((at for at, name in enumerate(names) if name in _LICENCE), None)
    return None if email is None or licence is None else (email, licence)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())
