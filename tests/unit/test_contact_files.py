"""Files of contacts as other systems write them: what is recognised, and what is said of the rest."""

from __future__ import annotations

import time

import pytest

from telephony.rules.contact_columns import Column, recognise
from telephony.rules.contact_export import as_csv, as_vcard
from telephony.rules.contact_files import Cards, Table, Unreadable, read
from telephony.rules.contacts import Entry, Number, PhoneKind, finish

OUTLOOK = {
    "en": "Title,First Name,Middle Name,Last Name,Company,Job Title,Business Phone,Home Phone,Mobile Phone,"
    "Business Fax,E-mail Address,E-mail Type,E-mail Display Name,Government ID Number,Notes",
    "da": "Titel,Fornavn,Mellemnavn,Efternavn,Firma,Stilling,Telefon (arbejde),Telefon (privat),Mobiltelefon,"
    "Fax (arbejde),E-mail-adresse,E-mailtype,E-mail - vist navn,CPR-nummer,Noter",
    "sv": "Titel,Förnamn,Mellannamn,Efternamn,Företag,Befattning,Telefon (arbete),Telefon (hem),Mobiltelefon,"
    "Fax (arbete),E-postadress,E-posttyp,E-post - visat namn,Personnummer,Anteckningar",
}
LINE = (
    'Hr.,Åse,Maj,Sørensen,"Lund & Co, A/S",Chef,69 14 24 24,,20304050,69142425,ase@lund.dk,SMTP,Åse,010203,'
    '"To\nlinjer"'
)
ASE = Entry(
    name="Åse Maj Sørensen",
    company="Lund & Co, A/S",
    title="Chef",
    note="To\nlinjer",
    phones=(
        Number(PhoneKind.WORK, "+4569142424"),
        Number(PhoneKind.MOBILE, "+4520304050"),
        Number(PhoneKind.FAX, "+4569142425"),
    ),
    emails=("ase@lund.dk",),
    line=2,
)


def entries(data: bytes, region: str = "DK") -> list[Entry]:
    found = read(data)
    raws = found.raws() if isinstance(found, Table) else found.raws
    return [entry for raw in raws if (entry := finish(raw, region)[0])]


def problems(data: bytes, region: str = "DK") -> list[tuple[int, str]]:
    found = read(data)
    raws = found.raws() if isinstance(found, Table) else found.raws
    faults = [*found.faults, *(fault for raw in raws for fault in finish(raw, region)[1])]
    return [(fault.line, fault.code) for fault in faults]


@pytest.mark.parametrize("language", OUTLOOK)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_outlook_in_three_languages(language: str, encoding: str, separator: str) -> None:
    headings = OUTLOOK[language].replace(",", separator)
    line = LINE if separator == "," else LINE.replace(",", ";").replace("Co; A/S", "Co, A/S")
    assert entries(f"{headings}\r\n{line}\r\n".encode(encoding)) == [ASE]


def test_google_old_and_new() -> None:
    old = (
        "Name,Given Name,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Name\n"
        "Bo Ek,Bo,* Work,bo@ek.se ::: bo2@ek.se,Mobile,070-174 06 35 ::: 08-123 456 78,Ek AB\n"
    )
    new = "First Name,Last Name,Organization Name,Phone 1 - Label,Phone 1 - Value\nBo,Ek,Ek AB,Home Fax,08-12345678\n"
    (bo,) = entries(old.encode(), "SE")
    assert bo.phones == (
        Number(PhoneKind.MOBILE, "+46701740635"),
        Number(PhoneKind.MOBILE, "+46812345678"),
    )
    assert bo.emails == ("bo@ek.se", "bo2@ek.se")
    (bo,) = entries(new.encode(), "SE")
    assert (bo.name, bo.company, bo.phones) == ("Bo Ek", "Ek AB", (Number(PhoneKind.FAX, "+46812345678"),))


CARDS = {
    "2.1": "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=windows-1252;ENCODING=QUOTED-PRINTABLE:S=F8rensen;=C5se;Maj;;\r\n"
    "ORG:Lund & Co, A/S;Salg\r\nTITLE:Chef\r\nTEL;WORK;VOICE:69 14 24 24\r\nTEL;CELL;PREF:20304050\r\n"
    "TEL;WORK;FAX:69142425\r\nEMAIL;PREF;INTERNET:ase@lund.dk\r\nNOTE;ENCODING=QUOTED-PRINTABLE:To=0D=0A=\r\n"
    "linjer\r\nPHOTO;ENCODING=BASE64;JPEG:\r\n AAAA\r\n BBBB\r\n\r\nEND:VCARD\r\n",
    "3.0": "BEGIN:VCARD\nVERSION:3.0\nFN:Åse Maj Sørensen\nN:Sørensen;Åse;Maj;;\nORG:Lund & Co\\, A/S;\n"
    "TITLE:Chef\nTEL;TYPE=WORK,VOICE:69 14 24 24\nitem1.TEL;type=CELL;type=pref:+45 20 30 40 50\n"
    "TEL;TYPE=work,fax:69142425\nEMAIL;type=INTERNET:ase@lund.dk\nNOTE:To\\nlin\n jer\nPHOTO;ENCODING=b:AAAA\n"
    "END:VCARD\n",
    "4.0": "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Åse Maj Sørensen\r\nORG:Lund & Co\\, A/S\r\nTITLE:Chef\r\n"
    'TEL;VALUE=uri;TYPE="work,voice":tel:+45-69142424\r\nTEL;TYPE=cell:20304050\r\nTEL;TYPE="work,fax":69142425\r\n'
    "EMAIL;PREF=1:ase@lund.dk\r\nNOTE:To\\nlinjer\r\nPHOTO:data:image/png;base64,AAAA\r\nEND:VCARD\r\n",
}


@pytest.mark.parametrize("version", CARDS)
def test_every_version_of_the_card(version: str) -> None:
    (ase,) = entries(CARDS[version].encode())
    assert ase == Entry(**{name: getattr(ASE, name) for name in Entry.__slots__ if name != "line"}, line=1)


def test_one_bad_card_does_not_lose_the_rest() -> None:
    text = "BEGIN:VCARD\nFN:Per\nBEGIN:VCARD\nFN:Ole\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nEND:VCARD\nBEGIN:VCARD\nFN:x"
    assert [one.name for one in entries(text.encode())] == ["Ole"]
    assert problems(text.encode()) == [(1, "card_not_closed"), (9, "card_not_closed"), (6, "nameless")]


def test_one_bad_line_does_not_lose_the_rest() -> None:
    text = 'Navn;Telefon\n"Per;20304050\nOle;30405060\n"Ib ""x""";hej\n;;\n,\n"Bo" Ek;1\nEva;40506070\n'
    assert [one.name for one in entries(text.encode())] == ["Ole", 'Ib "x"', ",", "Eva"]
    assert problems(text.encode()) == [(2, "broken_line"), (7, "broken_line"), (4, "not_a_number")]


def test_a_file_without_headings_keeps_its_first_line() -> None:
    found = read(b"Per Hansen,20304050\nOle Lund,30405060\n")
    assert isinstance(found, Table)
    assert [len(found.rows), found.columns] == [2, [Column.IGNORED] * 2]
    assert found.raws([Column.NAME, Column.MOBILE])[0].phones == [("mobile", "20304050")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"PK\x03\x04 a spreadsheet", "binary"),
        (b"\x00\x01\x02" * 50, "binary"),
        (b"Navn,Telefon\n", "no_contacts"),
        (b"Navn\n" + b"Per\n" * 5001, "too_many"),
        (b"BEGIN:VCARD\nFN:Per\nEND:VCARD\n" * 5001, "too_many"),
        (b"x" * (5 * 1024 * 1024 + 1), "too_large"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(data)
    assert refused.value.code == code


def said(one: Entry) -> tuple[object, ...]:
    return one.name, one.company, one.note, set(one.phones), one.emails


def test_what_we_write_we_read() -> None:
    odd = Entry(
        name="=SUM(A1); Åse, \\n",
        company="+45 ApS",
        note="a\nb;c",
        phones=(Number(PhoneKind.WORK, "+4569142424", "12"), Number(PhoneKind.OTHER, "112")),
        emails=("a@b.dk", "c@d.dk"),
    )
    long = Entry(name="Ø" * 120, note="æ" * 300)
    for text in (as_vcard([ASE, odd, long]), "\ufeff" + as_csv([ASE, odd, long])):
        again = entries(text.encode())
        assert [said(one) for one in again] == [said(one) for one in (ASE, odd, long)]
    assert all(len(line.encode()) <= 75 for line in as_vcard([long]).split("\r\n"))
    assert isinstance(read(as_vcard([ASE]).encode()), Cards)


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Company Main Phone", Column.WORK),
        ("Firma, huvudtelefon", Column.WORK),
        ("Tlf. privat", Column.HOME),
        ("SIP Address", Column.EMAIL),
        ("Display Name", Column.NAME),
        ("Kundenummer", Column.IGNORED),
        ("Visningsnamn för e-post", Column.IGNORED),
        ("Phone 2 - Type", Column.LABEL),
        ("Birthday", Column.IGNORED),
        ("", Column.IGNORED),
    ],
)
def test_headings(heading: str, column: Column) -> None:
    assert recognise(heading) is column


@pytest.mark.parametrize(
    "line",
    [
        "N:" + ";" * 300_000,
        "X-A;" + "A=B;" * 30_000 + ":x",
        "NOTE:" + "\\" * 300_000,
        "X-A" + "\n ;A=B" * 350 + ":x",
    ],
    ids=["parts", "parameters", "escapes", "folded"],
)
def test_a_line_that_would_take_minutes_is_left_out(line: str) -> None:
    began = time.monotonic()
    found = read(f"BEGIN:VCARD\nVERSION:3.0\nFN:Anna\n{line}\nEND:VCARD\n".encode())
    assert isinstance(found, Cards)
    assert time.monotonic() - began < 10
    assert {fault.code for fault in found.faults} == {"broken_property"}
    assert len(found.raws) == 1


def test_a_file_of_broken_records_is_given_up() -> None:
    began = time.monotonic()
    with pytest.raises(Unreadable):
        read(b"Name,Phone\n" + b'x","\n' * 100_000)
    assert time.monotonic() - began < 15
