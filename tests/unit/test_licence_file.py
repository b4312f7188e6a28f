"""Lists of licences as CSV: every encoding, delimiter and language; one reason for each line that cannot be used."""

from __future__ import annotations

import pytest

from provisioning.rules.licence_file import (
    MOST_LINES,
    BadFile,
    FileFault,
    Licences,
    LineFault,
    decoded,
    guarded,
    read,
    rows,
    written,
)

LICENCES = Licences.of(
    [
        ("enterprise-e3", "Enterprise E3"),
        ("enterprise-e1", "Enterprise E1"),
        ("education-a3", "Education A3"),
        ("business-premium", "Business Premium"),
        ("business", "Business"),
        ("k1", "K1"),
    ]
)
PEOPLE = ("mette@it-bixen.dk", "søren@blåbær.dk", "line@it-bixen.dk")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "header",
    [("Navn", "E-mail", "Licens"), ("Name", "E-mail address", "License type"), ("Namn", "E-post", "Licens")],
)
def test_every_file_that_a_spreadsheet_writes_is_read(
    encoding: str, delimiter: str, header: tuple[str, ...]
) -> None:
    lines = [
        header,
        ("Søren Å", "søren@blåbær.dk", "Enterprise E3"),
        ("", "", ""),
        ("M", "mette@it-bixen.dk", "k1"),
    ]
    data = "\r\n".join(delimiter.join(line) for line in lines).encode(encoding)
    reading = read(rows(decoded(data)), employees=PEOPLE, licences=LICENCES)
    assert reading.wanted == {"søren@blåbær.dk": "enterprise-e3", "mette@it-bixen.dk": "k1"}
    assert reading.findings == ()


def test_quotes_line_breaks_and_a_separator_line_keep_the_line_numbers() -> None:
    text = (
        'sep=;\r\nNavn;Licens;E-mail\r\n"Hansen;\r\nMette";E3;METTE@it-bixen.dk \r\nX;K9;line@it-bixen.dk\r\n'
    )
    reading = read(rows(text), employees=PEOPLE, licences=LICENCES)
    assert reading.wanted == {"mette@it-bixen.dk": "enterprise-e3"}
    assert [(one.line, one.fault) for one in reading.findings] == [(5, LineFault.UNKNOWN_LICENCE)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Enterprise E3", "enterprise-e3"),
        ("ENTERPRISE-E3", "enterprise-e3"),
        ("Office 365 Enterprise E3", "enterprise-e3"),
        ("e3", "enterprise-e3"),
        ("Office 365 E1", "enterprise-e1"),
        ("A3", "education-a3"),
        ("business premium", "business-premium"),
        ("premium", "business-premium"),
        ("Business", "business"),
        ("K9", None),
        ("", None),
    ],
)
def test_a_licence_is_known_by_every_clear_way_of_writing_it(text: str, code: str | None) -> None:
    assert LICENCES.find(text) == code


def test_each_line_that_cannot_be_used_says_why() -> None:
    text = (
        "E-mail,Licens\n,E3\nfremmed@x.dk,E3\nmette@it-bixen.dk,Busines Premum\n"
        "line@it-bixen.dk,E3\nline@it-bixen.dk,K1\nsøren@blåbær.dk,\n"
    )
    reading = read(rows(text), employees=PEOPLE, licences=LICENCES)
    assert [(one.line, one.fault, one.likely, one.other) for one in reading.findings] == [
        (2, LineFault.NO_EMAIL, "", 0),
        (3, LineFault.UNKNOWN_EMPLOYEE, "", 0),
        (4, LineFault.UNKNOWN_LICENCE, "Business Premium", 0),
        (6, LineFault.TWICE, "", 5),
    ]
    assert (reading.wanted, reading.skipped) == ({}, 1)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", FileFault.EMPTY),
        (b"\xef\xbb\xbf \r\n", FileFault.EMPTY),
        (b"PK\x03\x04rest of a workbook", FileFault.WORKBOOK),
        (b"E-mail;Licens\0", FileFault.NOT_TEXT),
        (b"x" * 2_000_001, FileFault.TOO_LARGE),
        (b"Navn;Licens\nMette;E3", FileFault.NO_HEADER),
        (b"mette@it-bixen.dk;E3", FileFault.NO_HEADER),
        (b"E-mail;Licens\n" + b"a;b\n" * (MOST_LINES + 1), FileFault.TOO_MANY),
        (b'E-mail;Licens\n"' + b"x" * 200_000, FileFault.UNREADABLE),
    ],
)
def test_a_file_of_which_nothing_can_be_used_says_why(data: bytes, fault: FileFault) -> None:
    with pytest.raises(BadFile) as bad:
        rows(decoded(data))
    assert bad.value.fault is fault


def test_what_is_written_is_read_again_and_holds_no_formula() -> None:
    people = [("=HYPERLINK(1)", "mette@it-bixen.dk", "Enterprise E3"), ("Å;Ø", "søren@blåbær.dk", "")]
    data = written(("Navn", "E-mail", "Licens"), people)
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"'=HYPERLINK" in data
    table = rows(decoded(data))
    assert [(row.email, row.licence) for row in table] == [p[1:] for p in people]
    for cell in ("=1+1", "+45", "-1", "@SUM(A1)", "\tx", "\rx"):
        assert guarded(cell) == f"'{cell}"
    assert rows("E-mail;Licens\n'+a@b.dk;'=x\n")[0].email == "+a@b.dk"
