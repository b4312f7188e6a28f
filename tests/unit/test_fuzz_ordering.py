"""Ten thousand inputs by chance: what cannot be used is refused with a reason, and nothing else ever happens."""

from __future__ import annotations

import idna

from provisioning.rules.domains import LONGEST, BadDomain, DomainFault, read_domain, shown
from provisioning.rules.ending import is_same_domain
from provisioning.rules.licence_file import (
    BadFile,
    FileFault,
    Licences,
    LineFault,
    decoded,
    read,
    rows,
    written,
)
from provisioning.rules.names import Name
from tests.fuzz import NASTY, Chance

SEED = 20261122
LICENCES = Licences.of([("enterprise-e3", "Enterprise E3"), ("business", "Business"), ("k1", "K1")])
PEOPLE = {"mette@it-bixen.dk", "søren@blåbær.dk"}
FILE = "Navn;E-mail;Licens\r\nMette;mette@it-bixen.dk;E3\r\nSøren;søren@blåbær.dk;K1\r\nX;x@y.dk;E9\r\n"


def test_six_thousand_domains() -> None:
    chance, taken, faults = Chance(SEED), 0, set()
    long = ("a" * 60 + ".") * 4 + "dk"
    for text in (*NASTY, "co.uk", long, *chance.many(chance.domain, 5000), *chance.many(chance.text, 1000)):
        try:
            domain = read_domain(text, platform_zone="flexskype.dk")
        except BadDomain as error:
            faults.add(DomainFault(error.fault))
            continue
        taken += 1
        # What is taken is a name that DNS carries, in one form alone, and reads back as itself.
        assert domain == domain.lower().strip().rstrip("."), text
        assert domain.isascii(), text
        assert len(domain) <= LONGEST, text
        assert str(Name.parse(domain)) == domain, text
        assert idna.encode(shown(domain), uts46=True).decode() == domain, text
        assert read_domain(domain, platform_zone="flexskype.dk") == domain, text
        assert is_same_domain(domain.upper(), domain), text
    assert taken > 100
    assert faults >= set(DomainFault) - {DomainFault.HOST}


def test_four_thousand_licence_files() -> None:
    chance, taken, faults, findings = Chance(SEED + 1), 0, set(), set()
    encodings = ("utf-8", "utf-8-sig", "utf-16", "cp1252")
    for number in range(4000):
        text = chance.changed(FILE) if number % 4 else chance.text("\n", most=9)
        data = text.encode(chance.choice(encodings), errors="replace")
        if number % 7 == 0:
            data = bytes(chance.random.randrange(256) for _ in range(chance.random.randint(0, 300)))
        try:
            table = rows(decoded(data))
        except BadFile as error:
            faults.add(FileFault(error.fault))
            continue
        taken += 1
        reading = read(table, employees=PEOPLE, licences=LICENCES)
        assert set(reading.wanted) <= PEOPLE
        assert set(reading.wanted.values()) <= set(LICENCES.names)
        # No line is lost: each is wanted, left open, says the same again, or has a reason.
        for finding in reading.findings:
            assert finding.line >= 2
            findings.add(LineFault(finding.fault))
        assert len(reading.findings) + reading.skipped <= len(table)
    assert taken > 500
    assert faults >= {FileFault.EMPTY, FileFault.NO_HEADER, FileFault.NOT_TEXT}
    assert findings >= {LineFault.NO_EMAIL, LineFault.UNKNOWN_EMPLOYEE, LineFault.UNKNOWN_LICENCE}


def test_a_thousand_lists_come_back_as_they_were_written() -> None:
    chance = Chance(SEED + 2)
    for _ in range(1000):
        cells = [chance.text().replace("\0", "").replace("\r", "").replace("\n", "") for _ in range(3)]
        cells = [cell if not cell.startswith("'") else cell[1:] for cell in cells]
        data = written(("Navn", "E-mail", "Licens"), [cells])
        if not any(cell.strip() for cell in cells):
            continue
        (row,) = rows(decoded(data))
        assert (row.email, row.licence) == tuple(cells[1:])
