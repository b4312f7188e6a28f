"""The pages of status, notes and colleagues, as people use them without JavaScript."""

from __future__ import annotations

import pytest
from django.test import Client

from myfone.tenancy.context import tenant
from myfone.tenancy.models import Department, Employee
from telephony.models import Ddi, Extension, Queue
from telephony.selectors.colleagues import find, statuses
from telephony.selectors.destinations import destinations
from telephony.services import presence as services
from tests.cast import Cast, Person, signed_in


@pytest.fixture
def browser(cast: Cast) -> Client:
    return _browser(cast.mette)


def _browser(person: Person) -> Client:
    client = signed_in(person)
    client.cookies["language"] = "en"
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return " ".join(answer.content.decode().split())


def names(person: Person, words: str = "") -> list[str]:
    with tenant(person.actor):
        return [one.name for one in find(person.actor, words=words).colleagues]


def test_a_status_is_set_and_taken_back_from_any_page(cast: Cast, browser: Client) -> None:
    answer = browser.post("/presence/", {"state": "dnd", "until": "1h", "next": "/settings/?a=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/settings/?a=1&changed=me-1")
    shown = page(browser, answer["Location"])
    assert "Do not disturb until" in shown
    assert 'value="1"> ' in shown or 'name="revision" value="1"' in shown
    browser.post("/presence/undo/", {"revision": "1", "next": "/settings/?changed=me-1"})
    assert "Do not disturb until" not in page(browser, "/settings/")
    again = browser.post("/presence/undo/", {"revision": "1", "next": "/"})
    assert "nothing was undone" in page(browser, again["Location"])


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x", ""]
)
def test_a_form_leads_back_to_our_pages_alone(browser: Client, where: str) -> None:
    answer = browser.post("/presence/", {"state": "busy", "next": where})
    assert answer["Location"].split("?")[0] == "/"


def test_a_time_that_is_none_is_refused_in_words(browser: Client) -> None:
    answer = browser.post("/presence/", {"state": "busy", "time": "soon", "next": "/"})
    assert "Write the time as 14.30" in page(browser, answer["Location"])
    answer = browser.post("/presence/", {"state": "busy", "time": "23:59", "next": "/"})
    assert "Busy until" in page(browser, answer["Location"])


def test_a_note_for_a_colleague_says_who_wrote_it(cast: Cast, browser: Client) -> None:
    here = f"/colleagues/{cast.line.employee.public_id}/"
    answer = browser.post(f"{here}note/", {"note": "Ring til <Bo>", "next": here})
    shown = page(browser, answer["Location"])
    assert "Ring til &lt;Bo&gt;" in shown
    assert "Written by Mette Hansen" in shown
    assert "It takes the place of the note that is there now" in shown
    # She is told at the bell, until she has read it, or it is taken back.
    line = _browser(cast.line)
    told = page(line, "/")
    assert "Mette Hansen wrote a note beside your name" in told
    assert "1 new message" in told
    line.post("/presence/bell/", {"next": "/"})
    told = page(line, "/")
    assert "Mette Hansen wrote a note beside your name" in told
    assert "No new messages" in told
    browser.post(f"{here}undo/", {"revision": "1", "next": here})
    assert "Ring til" not in page(browser, here)
    assert "wrote a note beside your name" not in page(line, "/")
    # Of one's own note the page says that it is gone, not how one is.
    browser.post("/presence/note/", {"note": "Back soon", "next": "/"})
    cleared = browser.post("/presence/note/", {"clear": "1", "next": "/"})
    assert "The note is cleared." in page(browser, cleared["Location"])
    long = browser.post(f"{here}note/", {"note": "x" * 201, "next": here})
    assert "The note is too long" in page(browser, long["Location"])


def test_colleagues_are_found_by_name_number_department_and_note(cast: Cast) -> None:
    mette, line = cast.mette, cast.line
    with tenant(cast.sara.actor):
        sales = Department(customer=cast.bixen, name="Økonomi")
        sales.save()
        Employee.objects.visible_to(cast.sara.actor).filter(pk=line.employee.pk).update(department=sales)
        Extension(customer=cast.bixen, number="0211", employee=line.employee).save()
        services.write_note(actor=line.actor, employee=line.employee, text="I Aarhus hele dagen", at=_now())
    assert names(mette) == ["Line Mark", "Peter Kold", "Sara Abildgaard"]
    for words in ("line", "MARK lin", "021", "økon", "ØKON", "aarhus", "line 02 11"):
        assert names(mette, words) == ["Line Mark"], words
    assert names(mette, "line peter") == []
    assert names(mette, "211") == []
    assert names(mette, "mette") == ["Mette Hansen"]
    assert names(cast.freja, "line") == []


def test_colleagues_are_found_in_any_spelling_and_by_direct_numbers(cast: Cast) -> None:
    mette, line, peter = cast.mette, cast.line, cast.peter
    with tenant(cast.sara.actor):
        people = Employee.objects.visible_to(cast.sara.actor)
        people.filter(pk=line.employee.pk).update(name="Søren Åge Müller")
        people.filter(pk=peter.employee.pk).update(name="Michael Kjaer Bille")
        extension = Extension(customer=cast.bixen, number="0211", employee=line.employee)
        extension.save()
        Ddi(customer=cast.bixen, number="+4569142411", extension=extension).save()
        Ddi(customer=cast.bixen, number="+4569142499", ended_at=_now(), extension=extension).save()
        queue = Extension(customer=cast.bixen, number="230")
        queue.save()
        Queue(customer=cast.bixen, name="Kørsel", extension=queue).save()
        Ddi(customer=cast.bixen, number="+4569142430", extension=queue).save()
    soren = ("soren", "søren", "SOEREN", "sören", "aage", "age", "ÅGE", "muller", "mueller", "müller")
    for words in (
        *soren,
        "69142411",
        "69 14 24 11",
        "+45 69 14 24 11",
        "0045 69142411",
        "45 69-14-24-11",
        "2411",
    ):
        assert names(mette, words) == ["Søren Åge Müller"], words
    for words in ("kjær", "kjær bille", "michael", "el"):
        assert names(mette, words) == ["Michael Kjaer Bille"], words
    assert names(mette, "69142499") == names(mette, "69142430") == names(cast.freja, "69142411") == []
    # What one was found by stands beside the local number; neither an ended one nor the queue's does.
    with tenant(cast.sara.actor):
        person = Employee.objects.visible_to(cast.sara.actor).get(pk=line.employee.pk)
    for path in ("/colleagues/", "/colleagues/?q=69142411", f"/colleagues/{person.public_id}/"):
        shown = page(_browser(mette), path).replace("\N{NO-BREAK SPACE}", " ")
        assert "69 14 24 11" in shown, path
        assert "69 14 24 99" not in shown
        assert "69 14 24 30" not in shown
    for path in ("/", "/settings/"):
        own = page(_browser(line), path).replace("\N{NO-BREAK SPACE}", " ")
        assert "69 14 24 11" in own
        assert "69 14 24 99" not in own
    assert "69 14 24 11" not in page(_browser(mette), "/settings/").replace("\N{NO-BREAK SPACE}", " ")
    with tenant(mette.actor):
        for words in ("korsel", "KØRSEL", "koersel", "230", "69 14 24 30"):
            assert [one.name for one in destinations(mette.actor, words=words, without="").queues] == [
                "Kørsel"
            ]
        found = destinations(mette.actor, words="+45 69142411", without="")
        assert ([one.name for one in found.people], found.queues) == (["Søren Åge Müller"], ())


def _now():
    from myfone.kernel import clock

    return clock.now()


def test_the_hidden_are_neither_shown_nor_found(cast: Cast, browser: Client) -> None:
    line = cast.line.employee
    admin = _browser(cast.sara)
    answer = admin.post(f"/colleagues/{line.public_id}/place/", {"is_hidden": "on"})
    assert answer.status_code == 302
    assert names(cast.mette, "line") == names(cast.mette)[3:] == []
    for tail, method in (("", browser.get), ("note/", browser.post), ("favourite/", browser.post)):
        assert method(f"/colleagues/{line.public_id}/{tail}").status_code == 404
    assert "hidden" in page(admin, "/colleagues/?q=line")
    assert names(cast.line, "line") == ["Line Mark"]


def test_favourites_come_first(cast: Cast, browser: Client) -> None:
    sara = cast.sara.employee
    where = {"set": "1", "next": "/colleagues/?q=a"}
    for _ in range(2):
        answer = browser.post(f"/colleagues/{sara.public_id}/favourite/", where)
    assert answer["Location"] == "/colleagues/?q=a"
    assert names(cast.mette)[0] == "Sara Abildgaard"
    assert names(cast.line)[0] == "Line Mark" or names(cast.line)[0] == "Mette Hansen"
    browser.post(f"/colleagues/{sara.public_id}/favourite/", {"set": "0"})
    assert names(cast.mette)[0] == "Line Mark"


def test_departments_are_added_renamed_and_removed_by_the_administrator(cast: Cast) -> None:
    admin = _browser(cast.sara)
    assert admin.post("/colleagues/departments/", {"name": "Salg"}).status_code == 302
    assert "called salg already" in page_of(admin.post("/colleagues/departments/", {"name": "salg"}))
    with tenant(cast.sara.actor):
        (row,) = Department.objects.visible_to(cast.sara.actor)
    here = f"/colleagues/departments/{row.public_id}/"
    admin.post(f"/colleagues/{cast.line.employee.public_id}/place/", {"department": row.pk})
    assert "Move them" in page_of(admin.post(here, {"remove": "1"}))
    assert admin.post(here, {"name": "Salget"}).status_code == 302
    assert "Salget" in page(admin, "/colleagues/")
    admin.post(f"/colleagues/{cast.line.employee.public_id}/place/", {})
    assert admin.post(here, {"remove": "1"}).status_code == 302
    stranger = signed_in(cast.stig)
    assert stranger.get(here).status_code == 404


def page_of(answer) -> str:
    return answer.content.decode()


def test_a_status_is_the_same_on_every_page(cast: Cast, browser: Client) -> None:
    browser.post("/presence/", {"state": "brb"})
    with tenant(cast.line.actor):
        assert statuses([cast.mette.employee.pk])[cast.mette.employee.pk].dot == "away"
    assert 'data-presence="away"' in page(_browser(cast.line), "/colleagues/?q=mette")
    assert page(browser, "/").count("Be right back") >= 3
