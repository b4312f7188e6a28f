"""Ten thousand broken files and names: nothing falls over, and each refusal says why."""

from __future__ import annotations

import random

from django.utils import translation

from provisioning.rules.contact import BadContactName, read_contact_name
from provisioning.services.setup import CONTACT_FAULTS
from telephony.contact_texts import sentence, unreadable
from telephony.rules.contact_columns import Column
from telephony.rules.contact_files import Table, Unreadable, read
from telephony.rules.contacts import LONGEST_NAME, Choice, Entry, finish, plan, search_text, sort_name
from tests.unit.test_contact_files import CARDS, LINE, OUTLOOK

SEED = 20261112
FILES, NAMES = 6_000, 4_000
ODD = [
    *"\0\r\n\t\"';,:=\\@<>+-()*# \u202e\u200b\ud7ff\ufeff\U0001f600éØß",
    *(
        ":::",
        ";;",
        "==",
        "=\r\n",
        "BEGIN:VCARD",
        "END:VCARD",
        "\nVERSION:9.9\n",
        "\nN:",
        "\nFN:",
        "\nTEL;",
        "AGENT:",
    ),
    *(
        ";CHARSET=zz:",
        ";ENCODING=QUOTED-PRINTABLE:",
        ";ENCODING=b:",
        "=C3=28",
        "X-Y;TYPE",
        "item1.",
        "sep=",
        "tel:",
    ),
    *("+45", "9999999999999999999", "https://x", "Bcc:", "a" * 500),
]


def mutated(chance: random.Random, text: str) -> str:
    for _ in range(chance.randint(1, 8)):
        at, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        match chance.randrange(5):
            case 0:
                text = text[:at] + text[min(end, at + 20) :]
            case 1:
                text = text[:at] + chance.choice(ODD) + text[at:]
            case 2:
                text = text[:at] + text[at : at + 40] * 3 + text[at:]
            case 3:
                text = text[:at] + chr(chance.randrange(1, 0xD800)) + text[at + 1 :]
            case _:
                text = text[:at] + text[at:].upper()
    return text


def test_broken_files_of_contacts() -> None:
    chance = random.Random(SEED)
    seeds = [*CARDS.values(), *(f"{headings}\r\n{LINE}\r\n" for headings in OUTLOOK.values())]
    held = [Entry("Åse Maj Sørensen", emails=("ase@lund.dk",))]
    taken = refused = 0
    with translation.override("da"):
        for number in range(FILES):
            encoding = chance.choice(["utf-8", "utf-8", "cp1252", "utf-16", "latin-1"])
            data = mutated(chance, seeds[number % len(seeds)]).encode(encoding, errors="replace")
            if chance.random() < 0.1:
                data = data[: chance.randrange(len(data) + 1)] + chance.randbytes(9)
            try:
                found = read(data)
            except Unreadable as error:
                refused += 1
                assert unreadable(error), error.code  # noqa: PT017 - most of them are read
                continue
            raws = (
                found.raws([chance.choice(list(Column)) for _ in found.columns])
                if isinstance(found, Table) and chance.random() < 0.3
                else found.raws()
                if isinstance(found, Table)
                else found.raws
            )
            faults, entries = list(found.faults), []
            for raw in raws:
                entry, wrong = finish(raw, chance.choice(["DK", "SE"]))
                faults += wrong
                assert entry is not None or wrong, "a contact was lost without a word"
                if entry is not None:
                    entries.append(entry)
            assert all(sentence(fault) and fault.line > 0 for fault in faults)
            for entry in entries:
                assert 0 < len(entry.name) <= LONGEST_NAME
                assert len(sort_name(entry.name)) <= 400
                stored = "".join([entry.name, entry.company, entry.note, search_text(entry), *entry.emails])
                stored.encode()
                assert "\0" not in stored
            plan(held, entries, chance.choice(list(Choice)))
            taken += bool(entries)
    # The inputs are broken in part alone, or they would try nothing.
    assert taken > FILES // 2
    assert refused > 10


def test_names_of_people() -> None:
    chance = random.Random(SEED)
    seeds = ["Søren O'Neil-Åberg", "Mette Hansen", "李小龍", "Åse-Marie af Ugglas", "محمد علي", "X Æ A-12"]
    taken = refused = 0
    for number in range(NAMES):
        text = mutated(chance, seeds[number % len(seeds)])
        try:
            name = read_contact_name(text)
        except BadContactName as error:
            refused += 1
            assert str(CONTACT_FAULTS[error.code])  # noqa: PT017 - both ends are right
        else:
            taken += 1
            assert name == " ".join(name.split())
            assert name.isprintable()
            assert 0 < len(name) <= 80
    assert taken > 100
    assert refused > 100
