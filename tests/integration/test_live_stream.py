"""The stream behind live pages: who may follow whom, what is sent, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from myfone.kernel import clock
from myfone.live import hub
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee
from stack.postgres import Postgres
from telephony.models import PhoneKind, SipDomain
from telephony.services import phones, presence
from tests.cast import Cast, Person, signed_in
from tests.environment import PASSWORDS
from tests.streams import Follower, streams


@pytest.fixture
def port(live_cast: Cast) -> Iterator[int]:
    with streams() as port:
        yield port


@pytest.fixture
def kamailio(live_cast: Cast, postgres: Postgres) -> Iterator[psycopg.Connection[Any]]:
    url = postgres.url(settings.DATABASES["default"]["NAME"], "kamailio", PASSWORDS["kamailio"])
    with psycopg.connect(url, autocommit=True) as switch:
        yield switch


def uuid_of(person: Person) -> str:
    assert person.employee is not None
    return str(person.employee.public_id)


def say(person: Person, state: str = "", note: str = "") -> None:
    assert person.employee is not None
    with tenant(person.actor):
        if state:
            presence.set_state(actor=person.actor, state=state, until=None, at=clock.now())
        if note:
            presence.write_note(actor=person.actor, employee=person.employee, text=note, at=clock.now())


def test_a_stream_begins_with_how_it_stands_and_goes_on_with_what_changes(live_cast: Cast, port: int) -> None:
    say(live_cast.line, "away", "back at 12")
    mette = Follower(port, live_cast.mette, [uuid_of(live_cast.line)])
    name, data = mette.next()
    assert name == "snapshot"
    assert data["people"] == {
        uuid_of(live_cast.line): {"dot": "away", "text": "Away\N{NO-BREAK SPACE}· “back at 12”"}
    }
    assert data["me"]["text"] == "Offline"
    say(live_cast.line, "dnd")
    name, data = mette.next()
    assert (name, data["people"][uuid_of(live_cast.line)]["dot"]) == ("change", "dnd")
    say(live_cast.mette, "busy")
    assert mette.next()[1]["me"]["text"] == "Busy"
    again = Follower(port, live_cast.mette, [uuid_of(live_cast.line)])
    again.next()
    assert again.state == mette.state
    assert len({*mette.ids, *again.ids}) == 4
    mette.close()
    again.close()


def test_a_call_shows_and_ends(live_cast: Cast, port: int, kamailio: psycopg.Connection[Any]) -> None:
    assert live_cast.mette.employee is not None
    with tenant(live_cast.sara.actor):
        domain = SipDomain(customer=live_cast.bixen, name="it-bixen.dk")
        domain.save()
        desk, _ = phones.add_sip_phone(
            actor=live_cast.sara.actor,
            employee=live_cast.mette.employee,
            sip_domain=domain,
            kind=PhoneKind.DESK,
            at=clock.now(),
        )
    kamailio.execute("SELECT switch.controller_is_up(%s)", [b"one".hex()])
    mette = Follower(port, live_cast.mette)
    line = Follower(port, live_cast.line, [uuid_of(live_cast.mette)])
    assert "live-call" not in mette.next()[1]["places"]["now"]
    line.next()
    said = [b"c".hex(), desk.pk, "recipient", "early", b"+4522334455".hex()]
    kamailio.execute("SELECT switch.call_is(%s, %s, %s, %s, %s, '')", said)
    html = mette.next()[1]["places"]["now"]
    assert "22\N{NO-BREAK SPACE}33" in html
    assert "Rings on Desk phone" in html
    # Until its buttons have come, the link says what can be done with it.
    assert "Turn away</a>" in html
    said[3] = "confirmed"
    kamailio.execute("SELECT switch.call_is(%s, %s, %s, %s, %s, '')", said)
    html = mette.until("In a call")[1]["places"]["now"]
    assert "In a call on Desk phone" in html
    assert "Hang up, hold, send on…</a>" in html
    # A colleague sees that she is busy, and not with whom.
    data = line.next()[1]
    assert data == {"people": {uuid_of(live_cast.mette): {"dot": "busy", "text": "In a call"}}}
    kamailio.execute("SELECT switch.call_is_over(%s, 0, '')", said[:1])
    assert "live-call" not in mette.next()[1]["places"]["now"]
    mette.close()
    line.close()


def test_a_stranger_follows_nobody_of_another_company(live_cast: Cast, port: int) -> None:
    with tenant(live_cast.sara.actor):
        Employee.objects.visible_to(live_cast.sara.actor).filter(pk=live_cast.line.actor.employee_id).update(
            is_hidden=True
        )
    everybody = [uuid_of(live_cast.mette), uuid_of(live_cast.line), uuid_of(live_cast.stig), "rubbish"]
    stig = Follower(port, live_cast.stig, everybody)
    mette = Follower(port, live_cast.mette, everybody)
    sara = Follower(port, live_cast.sara, everybody)
    assert set(stig.next()[1]["people"]) == {uuid_of(live_cast.stig)}
    assert set(mette.next()[1]["people"]) == {uuid_of(live_cast.mette)}
    assert set(sara.next()[1]["people"]) == {uuid_of(live_cast.mette), uuid_of(live_cast.line)}
    say(live_cast.line, "dnd")
    say(live_cast.mette, "dnd")
    say(live_cast.stig, "away")
    data = stig.next()[1]  # the first that is heard is his own
    assert data["people"][uuid_of(live_cast.stig)]["dot"] == "away" if "people" in data else "me" in data
    assert uuid_of(live_cast.line) not in str(mette.until("dnd"))
    assert sara.until("dnd")[0] == "change"
    for follower in (stig, mette, sara):
        follower.close()


def test_who_is_hidden_meanwhile_disappears(live_cast: Cast, port: int) -> None:
    mette = Follower(port, live_cast.mette, [uuid_of(live_cast.line)])
    assert uuid_of(live_cast.line) in mette.next()[1]["people"]
    with tenant(live_cast.sara.actor):
        Employee.objects.visible_to(live_cast.sara.actor).filter(pk=live_cast.line.actor.employee_id).update(
            is_hidden=True
        )
    assert mette.next()[1]["people"] == {uuid_of(live_cast.line): None}
    mette.close()


def test_nobody_follows_without_a_sign_in_that_holds(live_cast: Cast, port: int) -> None:
    assert Follower(port, None).status == 401
    assert Follower(port, None, cookie="made-up").status == 401
    assert Follower(port, live_cast.jonas).status == 401  # no employee: nothing to follow
    assert Follower(port, live_cast.provider).status == 401


@pytest.mark.parametrize("end", ["signed out", "deactivated", "left", "password"])
def test_a_stream_ends_with_the_sign_in(live_cast: Cast, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(hub, "CHECK", 0.1)
    with streams() as port:
        browser = signed_in(live_cast.mette)
        cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
        mette = Follower(port, live_cast.mette, cookie=cookie)
        line = Follower(port, live_cast.line)
        assert (mette.next()[0], line.next()[0]) == ("snapshot", "snapshot")
        if end == "signed out":
            browser.logout()
        elif end == "deactivated":
            live_cast.mette.user.is_active = False
            live_cast.mette.user.save()
        elif end == "left":
            with tenant(live_cast.sara.actor):
                Employee.objects.visible_to(live_cast.sara.actor).filter(
                    pk=live_cast.mette.actor.employee_id
                ).update(ended_at=clock.now())
        else:
            live_cast.mette.user.set_password("another horse")
            live_cast.mette.user.save()
        assert mette.until("end") == ("end", "signed_out")
        assert mette.next()[0] == "closed"
        assert Follower(port, live_cast.mette, cookie=cookie).status == 401
        say(live_cast.line, "away")
        assert line.next()[0] == "change"  # others go on
        line.close()


def test_the_oldest_of_too_many_streams_ends(live_cast: Cast, port: int) -> None:
    cookie = signed_in(live_cast.mette).cookies[settings.SESSION_COOKIE_NAME].value
    open_ones = [Follower(port, live_cast.mette, cookie=cookie) for _ in range(hub.MOST_OF_A_USER + 1)]
    assert open_ones[0].until("end") == ("end", "elsewhere")
    assert open_ones[1].next()[0] == "snapshot"
    for follower in open_ones:
        follower.close()


def test_a_connection_that_is_cut_is_made_again_and_said(
    live_cast: Cast, port: int, postgres: Postgres
) -> None:
    mette = Follower(port, live_cast.mette, [uuid_of(live_cast.line)])
    mette.next()
    name = settings.DATABASES["default"]["NAME"]
    with psycopg.connect(postgres.superuser_url(name), autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'myfone-live' AND datname = %s",
            [name],
        )
    assert mette.next()[0] == "away"
    say(live_cast.line, "dnd", "while nobody listened")
    assert mette.until("back", "nobody listened")
    again = Follower(port, live_cast.mette, [uuid_of(live_cast.line)])
    again.next()
    while mette.state != again.state:
        assert mette.next()[0] != "closed"
    mette.close()
    again.close()


def test_without_the_process_the_portal_says_how_it_stands(cast: Cast) -> None:
    say(cast.line, "away")
    answer = signed_in(cast.mette).get("/live/", {"people": uuid_of(cast.line), "language": "en"})
    assert answer["Content-Type"] == "text/event-stream"
    assert '"dot": "away"' in answer.content.decode()
    assert (
        uuid_of(cast.line)
        not in signed_in(cast.stig).get("/live/", {"people": uuid_of(cast.line)}).content.decode()
    )
    assert Client().get("/live/").status_code == 401
    connection.close()


def test_streams_that_are_open_are_ended_properly_with_the_process(
    live_cast: Cast, capfd: pytest.CaptureFixture[str]
) -> None:
    with streams() as port:
        mette = Follower(port, live_cast.mette)
        assert mette.next()[0] == "snapshot"
    assert mette.until("end") == ("end", "restart")
    assert mette.next()[0] == "closed"
    assert "without completing response" not in capfd.readouterr().err
    mette.close()
