"""The history of calls as people use it, and who may see which call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import BlockedNumber, CallRecord, Contact, Extension
from telephony.services import phones as services
from tests.cast import Cast, Person, signed_in
from tests.contract.switching import as_superuser
from tests.recording import Switch, hexed, open_switch


@pytest.fixture
def switch(live_cast: Cast, postgres: Postgres) -> Iterator[Switch]:
    with open_switch(live_cast, postgres) as told:
        yield told


def page(person: Person, path: str, language: str = "en") -> str:
    client: Client = signed_in(person)
    client.cookies["language"] = language
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return " ".join(answer.content.decode().split())


def outside(switch: Switch, call: str, number: str = "+4522334455", *, answered: bool = False) -> None:
    """Have somebody from outside call Mette."""
    switch.begins(
        switch.leg(1, "mette-desk", "profile"), caller=number, domain="", dialled="+4569142403", call=call
    )
    switch.replies(0.1, 180, "mette-desk", call=call)
    if answered:
        switch.replies(4, 200, "mette-desk", call=call)
    switch.ends(79, "caller" if answered else "switch", 0 if answered else 480, call=call)


def test_missed_calls_come_first_and_the_rest_is_a_click_away(switch: Switch) -> None:
    mette = switch.cast.mette
    assert "No missed calls" in page(mette, "/calls/")
    outside(switch, "a")
    outside(switch, "b", "+4533445566", answered=True)
    missed = page(mette, "/calls/")
    assert "22 33 44 55" in missed
    assert "33 44 55 66" not in missed
    everything = page(mette, "/calls/?show=all")
    assert "You answered" in everything
    assert "1:15" in everything
    assert "No calls yet" in page(mette, "/calls/?show=out")
    assert "22 33 44 55" not in page(switch.cast.sara, "/calls/?show=all")


def test_the_list_says_why_a_call_was_missed_that_rang_nowhere(switch: Switch) -> None:
    mette = switch.cast.mette
    assert mette.employee
    for call, why in (("a", "dnd"), ("b", "offline"), ("c", "ended_by_profile")):
        switch.begins(f"1,end,0,{mette.employee.pk},{why},480", dialled="203", call=call)
        switch.ends(0.2, "switch", 480, call=call)
    outside(switch, "d")
    missed = page(mette, "/calls/")
    for said in ("do not disturb was on", "no phone was signed in", "your ring profile turned it away"):
        assert missed.count(f"Missed · {said}") == 1, said
    assert missed.count("Missed · ") == 3


def test_a_number_has_the_name_that_the_contacts_know_and_is_found_by_it(switch: Switch) -> None:
    mette = switch.cast.mette
    with tenant(mette.actor):
        contact = Contact(
            customer=switch.cast.bixen,
            employee=mette.employee,
            name="Bent Blik",
            sort_name="bent blik",
            search="bent blik 4522334455",
            updated_at=clock.now(),
        )
        contact.phones = [{"kind": "mobile", "number": "+4522334455", "extension": ""}]
        contact.save()
    outside(switch, "a")
    outside(switch, "b", "+4533445566")
    assert "Bent Blik" in page(mette, "/calls/")
    for words in ("bent", "22334455", "+45 22 33"):
        found = page(mette, f"/calls/?q={words.replace('+', '%2B')}")
        assert "Bent Blik" in found, words
        assert "33 44 55 66" not in found, words
    assert "No call fits" in page(mette, "/calls/?q=%25")
    assert "No call fits" in page(mette, "/calls/?to=2020-01-01")
    assert "Bent Blik" in page(mette, "/calls/?from=2020-01-01&to=9999-12-01")


def test_older_calls_follow_by_key(switch: Switch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.web.calls.PAGE_SIZE", 1)
    for number, call in enumerate("abc"):
        switch.begins(switch.leg(1, "mette-desk"), dialled="203", call=call)
        switch.ends(5 + number, "switch", 480, call=call)
    client = signed_in(switch.cast.mette)
    address, seen = "/calls/", set()
    for _ in range(3):
        context = client.get(address).context_data
        seen |= {line["public_id"] for line in context["lines"]}
        address = f"/calls/?{context['more']}"
    assert len(seen) == 3
    assert address == "/calls/?"
    assert client.get("/calls/?before=nonsense~1&from=x&show=y&to=9999-12-31").status_code in (200, 404)


def test_a_call_says_why_it_went_where_it_went(switch: Switch) -> None:
    switch.begins(switch.leg(1, "mette-desk"), switch.leg(2, "line-desk"))
    switch.replies(0.1, 180, "mette-desk")
    switch.steps(10, 2)
    switch.replies(12, 200, "line-desk")
    switch.ends(30, "callee")
    with tenant(switch.cast.sara.actor):
        call = CallRecord.objects.visible_to(switch.cast.sara.actor).get()
    for person in (switch.cast.sara, switch.cast.mette, switch.cast.line):
        told = page(person, f"/calls/{call.public_id}/")
        assert "dialled 203." in told
        assert "Rang, and nobody took it · after 10 seconds" in told
        assert "Took the call" in told
        assert "The one who was called hung up." in told
    # Whom one talked with is called back from there, while a call controller is at work.
    assert 'value="203"' not in page(switch.cast.sara, f"/calls/{call.public_id}/")
    switch.ask("SELECT switch.controller_is_up(%s)", hexed("one"))
    assert 'name="number" value="203"' in page(switch.cast.sara, f"/calls/{call.public_id}/")
    assert signed_in(switch.cast.freja).get(f"/calls/{call.public_id}/").status_code == 404
    assert "ringede" in page(switch.cast.sara, f"/calls/{call.public_id}/", "da")


def test_a_colleague_who_took_no_part_does_not_find_the_call(switch: Switch) -> None:
    outside(switch, "a")
    with tenant(switch.cast.mette.actor):
        call = CallRecord.objects.visible_to(switch.cast.mette.actor).get()
    assert signed_in(switch.cast.mette).get(f"/calls/{call.public_id}/").status_code == 200
    assert signed_in(switch.cast.sara).get(f"/calls/{call.public_id}/").status_code == 404


def test_a_file_has_what_the_list_shows_and_no_formulas(switch: Switch) -> None:
    outside(switch, "a")
    outside(switch, "b", "=cmd|x", answered=True)
    answer = signed_in(switch.cast.mette).get("/calls/export.csv?show=all")
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    assert "'+4522334455" in text
    assert "'=cmd|x" in text
    assert "=cmd" not in signed_in(switch.cast.mette).get("/calls/export.csv?show=missed").content.decode()


def test_a_blocked_number_does_not_ring_until_it_is_let_through(switch: Switch) -> None:
    mette, bent = switch.cast.mette, "+4522334455"
    with tenant(switch.cast.sara.actor):
        extension = Extension.objects.visible_to(switch.cast.sara.actor).get(number="203")
        services.add_ddi(actor=switch.cast.sara.actor, extension=extension, number="69142403")

    def rings(number: str = bent) -> str:
        asked = "SELECT kind || why FROM switch.route_call('', %s, '+4569142403')"
        return str(switch.ask(asked, number))

    outside(switch, "a", bent)
    client = signed_in(mette)
    client.cookies["language"] = "en"
    with tenant(mette.actor):
        call = CallRecord.objects.visible_to(mette.actor).get()
    assert f'name="number" value="{bent}"' in page(mette, f"/calls/{call.public_id}/")
    assert rings() == "phoneevery_phone"
    for number in (bent, "22 33 44 55"):
        client.post("/calls/blocked/", {"number": number})
    client.post("/calls/blocked/", {"number": "nonsense"})
    assert (rings(), rings("22334455"), rings("+4533445566")) == (
        "endblocked",
        "endblocked",
        "phoneevery_phone",
    )
    with tenant(mette.actor):
        row = BlockedNumber.objects.visible_to(mette.actor).get()
    shown = client.get("/calls/blocked/").content.decode()
    assert "nonsense is not a telephone number" in shown
    assert signed_in(switch.cast.sara).post(f"/calls/blocked/{row.public_id}/remove/").status_code == 404
    # Who has called for help is called back from anywhere.
    begun = f"1,trunk,0,{mette.actor.employee_id},emergency,112"
    switch.begins(begun, caller="mette-desk", dialled="112", call="help")
    assert rings() == "phonecall_back"
    as_superuser(switch.postgres, "UPDATE telephony_callrecord SET dialled = '1' WHERE dialled = '112'")
    as_superuser(switch.postgres, "DELETE FROM switch.help_call")
    assert rings() == "endblocked"
    client.post(f"/calls/blocked/{row.public_id}/remove/")
    assert rings() == "phoneevery_phone"
