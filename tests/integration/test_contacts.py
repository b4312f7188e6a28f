"""An employee's own contacts: kept, found, taken in from files and taken back, and seen by nobody else."""

from __future__ import annotations

import datetime as dt
import random
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from myfone.kernel import clock
from myfone.kernel.models import Job
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from telephony.jobs import forget_contact_import
from telephony.models import Contact, ContactImport, ImportState
from telephony.rules.contacts import Choice, Entry, Number, PhoneKind
from telephony.selectors.contacts import find
from telephony.services import contacts
from tests.cast import Cast, Person, signed_in
from tests.unit.test_contact_files import CARDS, LINE, OUTLOOK
from tests.unit.test_contact_fuzz import mutated

AT = dt.datetime(2026, 11, 12, 9, 0, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(hours=1)
CSV = (
    "Navn,Firma,Mobil,E-mail,Hjemmeside\n"
    "Per Lund,Lund A/S,20304050,per@lund.dk,\n"
    "Ida Ek,Ek AB,+46 8 123 456 78,ida@ek.se,ek.se\n"
    ",,,,\n"
    ",,hej,,\n"
)
pytestmark = pytest.mark.django_db(databases=["default", "counters"])


def english(person: Person) -> Client:
    client = signed_in(person)
    client.cookies["language"] = "en"
    return client


def book(person: Person) -> list[Contact]:
    with tenant(person.actor):
        return list(find(actor=person.actor))


def send(client: Client, text: str | bytes, name: str = "mine.csv") -> str:
    data = text.encode() if isinstance(text, str) else text
    answer = client.post("/contacts/import/", {"file": SimpleUploadedFile(name, data), "region": "DK"})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def add(person: Person, name: str, *numbers: str, email: str = "") -> Contact:
    entry = Entry(
        name,
        phones=tuple(Number(PhoneKind.WORK, number) for number in numbers),
        emails=(email,) if email else (),
    )
    with tenant(person.actor):
        return contacts.save(actor=person.actor, entry=entry, at=AT)


def test_from_a_file_to_the_list_and_back(cast: Cast) -> None:
    client = english(cast.mette)
    assert "No contacts yet" in client.get("/contacts/").content.decode()
    preview = send(client, CSV)
    shown = client.get(preview).content.decode()
    assert "2 contacts in the file" in shown
    assert "1 column is left out." in shown
    assert "Line 5" in shown
    assert "“hej” is not a telephone number" in shown
    assert book(cast.mette) == []
    for _ in range(2):  # a double click
        assert client.post(f"{preview}confirm/", {"choice": "merge"})["Location"] == "/contacts/"
    page = client.get("/contacts/").content.decode()
    assert "2 contacts are added." in page
    assert [one.name for one in book(cast.mette)] == ["Ida Ek", "Per Lund"]
    assert book(cast.mette)[0].phones == [{"kind": "mobile", "number": "+46812345678", "extension": ""}]
    with tenant(cast.mette.actor):
        batch = ContactImport.objects.visible_to(cast.mette.actor).get()
    assert (batch.state, batch.rows, batch.faults) == (ImportState.DONE, [], [])
    assert "2 contacts that came from the file are deleted." in client.get(f"{preview}undo/").content.decode()
    for _ in range(2):
        assert client.post(f"{preview}undo/").status_code == 302
    assert book(cast.mette) == []


def test_columns_are_said_by_hand_where_headings_are_unknown(cast: Cast) -> None:
    client = english(cast.mette)
    preview = send(client, "Per Lund;070-174 06 35\nIda Ek;08-123 456 78\n")
    assert "No contact can be read yet" in client.get(preview).content.decode()
    chosen = {"column-0": "name", "column-1": "mobile", "region": "SE"}
    shown = client.get(client.post(preview, chosen)["Location"]).content.decode()
    assert "+46\N{NO-BREAK SPACE}70\N{NO-BREAK SPACE}174\N{NO-BREAK SPACE}06\N{NO-BREAK SPACE}35" in shown
    client.post(preview, {"column-0": "nonsense", "column-1": "label", "region": "XX"})
    client.post(f"{preview}confirm/", {"choice": "keep"})
    assert [one.phones[0]["number"] for one in book(cast.mette)] == ["+46812345678", "+46701740635"]


def test_undoing_gives_back_what_was_changed_and_keeps_what_was_edited_since(cast: Cast) -> None:
    actor = cast.mette.actor
    per, eva = add(cast.mette, "Per Lund", email="per@lund.dk"), add(cast.mette, "Eva Krag", "+4540506070")
    with tenant(actor):
        text = CSV + "Eva Krag,Krag I/S,40506070,,\n"
        batch = contacts.upload(actor=actor, file_name="x", data=text.encode(), region="DK", at=AT)
        done = contacts.confirm(actor=actor, public_id=batch.public_id, choice=Choice.MERGE, at=AT)
        assert (done.added, done.changed, done.skipped) == (1, 2, 0)
        per.refresh_from_db()
        assert (per.company, per.phones[0]["number"]) == ("Lund A/S", "+4520304050")
        contacts.save(actor=actor, entry=Entry("Eva Krag-Holm"), public_id=eva.public_id, at=LATER)
        _batch, stay = contacts.undo(actor=actor, public_id=batch.public_id, at=LATER)
        per.refresh_from_db()
    assert stay == 1
    assert (per.company, per.phones, per.emails) == ("", [], ["per@lund.dk"])
    assert [one.name for one in book(cast.mette)] == ["Eva Krag-Holm", "Per Lund"]


def test_skipping_and_keeping_both(cast: Cast) -> None:
    add(cast.mette, "Per", email="per@lund.dk")
    client = english(cast.mette)
    preview = send(client, CSV)
    assert "Known already" in client.get(preview).content.decode()
    client.post(f"{preview}confirm/", {"choice": "skip"})
    assert [one.company for one in book(cast.mette)] == ["Ek AB", ""]
    preview = send(client, CSV)
    client.post(f"{preview}confirm/", {"choice": "keep"})
    assert len(book(cast.mette)) == 4


@pytest.mark.parametrize("who", ["sara", "peter", "jonas", "provider", "freja", "stig"])
def test_nobody_else_sees_a_contact(cast: Cast, who: str) -> None:
    per = add(cast.mette, "Per Lund", "+4520304050")
    preview = send(english(cast.mette), CSV)
    person = getattr(cast, who)
    client = english(person)
    for path in ("", "export.vcf", "export.csv", "?q=Per", f"{per.public_id}/", f"{per.public_id}/delete/"):
        answer = client.get(f"/contacts/{path}")
        assert "Per Lund" not in answer.content.decode()
        assert answer.status_code == 404 or path.count("-") < 3
    for path in (preview, f"{preview}confirm/", f"{preview}undo/", f"{preview}discard/"):
        assert client.post(path, {"choice": "merge"}).status_code == 404
    assert client.post(f"/contacts/{per.public_id}/delete/").status_code == 404
    assert book(person) == []
    assert len(book(cast.mette)) == 1


def test_adding_changing_and_deleting(cast: Cast) -> None:
    client = english(cast.mette)
    form = {"name": " Åse  Sørensen ", "phone-0": "69 14 24 24", "kind-0": "work", "email-0": "ase@LUND.dk"}
    assert client.post("/contacts/new/", form).status_code == 302
    (ase,) = book(cast.mette)
    assert (ase.name, ase.phones[0]["number"], ase.emails) == ("Åse Sørensen", "+4569142424", ["ase@lund.dk"])
    at = f"/contacts/{ase.public_id}/"
    assert 'value="+4569142424"' in client.get(at).content.decode()
    for changed, said in (
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"phone-0": "ring"}, "This is not a telephone number."),
        ({"email-0": "a@b"}, "Enter one e-mail address"),
        ({"name": "\u202e \u0001"}, "There is no name"),
    ):
        refused = client.post(at, {"name": "Åse", **changed})
        assert (refused.status_code, said in refused.content.decode()) == (200, True), changed
    client.post(at, {"name": "Åse Holm", "company": "Lund"})
    assert (book(cast.mette)[0].name, book(cast.mette)[0].phones) == ("Åse Holm", [])
    assert "Delete Åse Holm?" in client.get(f"{at}delete/").content.decode()
    assert client.post(f"{at}delete/").status_code == 302
    assert client.post(f"{at}delete/").status_code == 404
    assert book(cast.mette) == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("ase", ["Åse Sørensen"]),
        ("aase", ["Åse Sørensen"]),
        ("SØRENSEN", ["Åse Sørensen"]),
        ("69 14", ["Åse Sørensen", "Øjvind Lund"]),
        ("+45 69142424", ["Åse Sørensen"]),
        ("lund.dk", ["Øjvind Lund"]),
        ("100%", []),
        ("_", []),
        ("%00", []),
    ],
)
def test_search_on_name_company_and_number(cast: Cast, query: str, names: list[str]) -> None:
    add(cast.mette, "Åse Sørensen", "+4569142424")
    add(cast.mette, "Øjvind Lund", "+4569142425", email="oe@lund.dk")
    page = english(cast.mette).get("/contacts/", {"q": query}).content.decode()
    found = re.findall(r'<span class="text"><b>([^<]+)', page)
    assert sorted(found) == sorted(names)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("x.csv", b"", "The file is empty."),
        ("x.xlsx", b"PK\x03\x04abc", "This is not a file of contacts."),
        ("x.csv", b"Navn\n" + b"P\n" * 5001, "more than 5000 contacts"),
        ("x.csv", b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
    ],
)
def test_a_refused_file_says_why(cast: Cast, name: str, data: bytes, said: str) -> None:
    client = english(cast.mette)
    answer = client.post("/contacts/import/", {"file": SimpleUploadedFile(name, data), "region": "DK"})
    assert (answer.status_code, said in answer.content.decode()) == (200, True)
    assert "Choose a file first." in client.post("/contacts/import/", {"region": "DK"}).content.decode()


def test_an_address_book_has_room_for_so_many(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "MOST", 1)
    client = english(cast.mette)
    preview = send(client, CSV)
    answer = client.post(f"{preview}confirm/", {"choice": "merge"}, follow=True)
    assert "An address book holds 1 contacts at most." in answer.content.decode()
    assert book(cast.mette) == []


def test_a_file_that_nobody_confirms_is_forgotten(cast: Cast) -> None:
    client = english(cast.mette)
    first = send(client, CSV)
    second = send(client, CSV)
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    job = Job.objects.filter(kind=contacts.FORGET).latest("pk")
    assert job.run_at > clock.now() + dt.timedelta(hours=23)
    forget_contact_import(job)
    assert client.get(second).status_code == 404
    third = send(client, CSV)
    assert client.post(f"{third}discard/").status_code == 302
    assert client.post(f"{third}confirm/").status_code == 404


def test_files_to_take_along(cast: Cast) -> None:
    add(cast.mette, "=Per", "+4520304050")
    client = english(cast.mette)
    card = client.get("/contacts/export.vcf")
    assert card["Content-Disposition"] == 'attachment; filename="contacts.vcf"'
    assert b"FN:=Per\r\n" in card.content
    assert "\ufeffName,Company" in client.get("/contacts/export.csv").content.decode()
    assert "'=Per" in client.get("/contacts/export.csv").content.decode()


def test_broken_files_meet_no_server_error(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "telephony.web.contact_imports.attempt", lambda *_: type("Yes", (), {"allowed": True})
    )
    client, chance = english(cast.mette), random.Random(4)
    seeds = [*CARDS.values(), *(f"{headings}\r\n{LINE}\r\n" for headings in OUTLOOK.values())]
    for number in range(60):
        data = mutated(chance, seeds[number % len(seeds)]).encode(errors="replace")
        answer = client.post("/contacts/import/", {"file": SimpleUploadedFile("x", data), "region": "DK"})
        if answer.status_code == 200:
            assert "errorlist" in answer.content.decode()
            continue
        assert client.get(answer["Location"]).status_code == 200
        assert client.post(answer["Location"] + "confirm/", {"choice": "merge"}).status_code == 302


def test_the_list_takes_the_same_queries_for_many(cast: Cast) -> None:
    client = english(cast.mette)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/contacts/").status_code == 200
        return sum("SAVEPOINT" not in query["sql"] for query in seen)

    add(cast.mette, "Per")
    few = queries()
    for number in range(60):
        add(cast.mette, f"Nr {number}")
    assert queries() == few <= 6


def test_jobs_of_a_customer_reach_its_own_files_alone(cast: Cast) -> None:
    send(english(cast.mette), CSV)
    foreign = Actor.system(cast.havnen.pk)
    with tenant(foreign):
        assert not ContactImport.objects.visible_to(foreign).exists()


def test_the_search_for_colleagues_finds_contacts_too(cast: Cast) -> None:
    add(cast.mette, "Peter Ekstern", "+4520304050")
    page = english(cast.mette).get("/colleagues/", {"q": "peter"}).content.decode()
    assert "Among your contacts" in page
    assert "Peter Ekstern" in page
    assert "Peter Kold" in page
    assert "Among your contacts" not in english(cast.mette).get("/colleagues/").content.decode()
    assert "Peter Ekstern" not in english(cast.line).get("/colleagues/", {"q": "peter"}).content.decode()
