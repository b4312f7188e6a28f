"""What one does with calls in the browser: whose calls these are, what is asked of the controller, what is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from myfone.kernel import clock
from myfone.kernel.gateways import gateway
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.gateways.controller import ControlRefused, OwnPhone, Place
from telephony.gateways.controller.fake import FakeCallControl
from telephony.models import Ddi, Extension, PhoneKind, Queue, QueueCall, QueueMember, SipDomain
from telephony.services import phones, presence
from tests.bench.pages import AIM, counted
from tests.cast import Cast, Person, signed_in
from tests.environment import PASSWORDS


@pytest.fixture
def control() -> Iterator[FakeCallControl]:
    gateway.cache_clear()
    fake = gateway("controller")
    assert isinstance(fake, FakeCallControl)
    yield fake
    gateway.cache_clear()


class Calls:
    """Mette's desk phone and softphone, and Line's desk phone, with the calls that they are in."""

    def __init__(self, cast: Cast, switch: psycopg.Connection[Any], server: psycopg.Connection[Any]) -> None:
        self.cast, self.switch, self.server = cast, switch, server
        self.phones: dict[str, OwnPhone] = {}
        with tenant(cast.sara.actor):
            domain = SipDomain(customer=cast.bixen, name="it-bixen.dk")
            domain.save()
            for person, kind, number in (
                (cast.mette, PhoneKind.DESK, "203"),
                (cast.mette, PhoneKind.SOFTPHONE, "213"),
                (cast.line, PhoneKind.DESK, "204"),
            ):
                assert person.employee is not None
                Extension(customer=cast.bixen, number=number, employee=person.employee).save()
                made, _ = phones.add_sip_phone(
                    actor=cast.sara.actor,
                    employee=person.employee,
                    sip_domain=domain,
                    kind=kind,
                    at=clock.now(),
                )
                self.phones[number] = OwnPhone(cast.bixen.pk, str(made), made.pk)
        switch.execute("SELECT switch.controller_is_up(%s)", [b"one".hex()])

    def sign_in(self, number: str) -> None:
        name, _, domain = self.phones[number].address.partition("@")
        self.server.execute(
            "INSERT INTO kam.location (ruid, username, domain, contact, expires)"
            " VALUES (%s, %s, %s, 'sip:x', now() AT TIME ZONE 'UTC' + interval '1 hour')",
            [number, name, domain],
        )

    def call(self, call: str, number: str, state: str = "confirmed", remote: str = "+4522334455") -> Place:
        self.switch.execute(
            "SELECT switch.call_is(%s, %s, 'recipient', %s, %s, '')",
            [call.encode().hex(), self.phones[number].phone, state, remote.encode().hex()],
        )
        return Place(self.cast.bixen.pk, call, "recipient")


@pytest.fixture
def calls(live_cast: Cast, postgres: Postgres) -> Iterator[Calls]:
    name = settings.DATABASES["default"]["NAME"]
    with (
        psycopg.connect(postgres.url(name, "kamailio", PASSWORDS["kamailio"]), autocommit=True) as switch,
        psycopg.connect(postgres.superuser_url(name), autocommit=True) as server,
    ):
        yield Calls(live_cast, switch, server)


def browser_of(person: Person) -> Client:
    browser = signed_in(person)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return browser


def do(browser: Client, at: Place | None, what: str, **more: object) -> str:
    """Press a button, and return what the page then says of it."""
    known = {"call": at.call, "side": at.side} if at else {}
    answer = browser.post("/control/", {"do": what, **known, **more})
    assert answer.status_code == 302, answer.content
    where = urlsplit(answer["Location"])
    if "operation" not in parse_qs(where.query):
        return words(browser.get(answer["Location"]))
    assert "control/outcome" in browser.get(answer["Location"]).content.decode()
    return words(browser.get("/control/outcome/", {"operation": parse_qs(where.query)["operation"][0]}))


def words(answer: Any) -> str:
    said = " ".join(answer.content.decode().split())
    return said[said.index("<main") :]


def shown(browser: Client, at: Place) -> str:
    answer = browser.get(
        "/control/calls/", {"call": at.call, "side": at.side}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_what_can_be_done_has_a_button_and_what_cannot_says_why(
    live_cast: Cast, calls: Calls, control: FakeCallControl
) -> None:
    mette = browser_of(live_cast.mette)
    at, ringing = calls.call("up", "203"), calls.call("rings", "203", "early", "204")
    calls.sign_in("203")
    calls.sign_in("213")
    page = words(mette.get("/"))
    assert "/control/calls/?call=up&amp;side=recipient" in page
    # Set up while the controller was away.
    assert "set up without call control" in shown(mette, at)
    assert "<button" not in shown(mette, at)
    # One that rings may yet come to it.
    assert "More can be done when the call has been answered." in shown(mette, ringing)
    bixen = live_cast.bixen.pk
    control.knows("up", recipient=bixen)
    control.knows("rings", recipient=bixen, is_up=False)
    said = shown(mette, at)
    for label in ("Hold", "Send to…", "Take it at Softphone", "Hang up"):
        assert label in said
    assert "Take it at Desk phone" not in said  # it is there already
    assert "Join with" not in said
    assert "without you" not in said
    said = shown(mette, ringing)
    assert "Turn away" in said
    assert "More can be done when the call has been answered." in said
    assert "Send to…" not in said
    calls.call("second", "203", remote="204")
    control.knows("second", recipient=bixen)
    assert "Join with 204" in shown(mette, at)
    assert "If you join them, they go on talking without you." in shown(mette, at)
    control.media_is_away = True
    assert "Hold is away right now" in shown(mette, at)
    control.is_away = True
    assert "cannot be controlled from here right now" in shown(mette, at)


def test_each_operation_is_asked_for_and_told(
    live_cast: Cast, calls: Calls, control: FakeCallControl
) -> None:
    mette, bixen = browser_of(live_cast.mette), live_cast.bixen.pk
    at, second = calls.call("up", "203"), calls.call("second", "203", remote="204")
    for one in (at, second):
        control.knows(one.call, recipient=bixen)
    for number in ("203", "213"):
        calls.sign_in(number)
    assert "The call is on hold." in do(mette, at, "hold")
    assert "On hold" in shown(mette, at)
    assert "You can hear each other again." in do(mette, at, "resume")
    soft = calls.phones["213"]
    assert "None of your phones" in do(mette, at, "pull", phone="9" * 5000)
    assert "The call goes on at Softphone." in do(mette, at, "pull", phone=soft.phone, about="Softphone")
    assert "They talk with each other now." in do(
        mette, at, "join", other=second.call, other_side=second.side
    )
    assert "Line Mark has the call now." in do(mette, at, "send_to", number="204", about="Line Mark")
    assert "The call is over." in do(mette, second, "hang_up")
    assert "You are connected with 22" in do(mette, None, "call", number="+45 22 33 44 55").replace(
        "\xa0", " "
    )
    assert control.asked == [
        ("hold", {"at": at}),
        ("resume", {"at": at}),
        ("pull", {"at": at, "phone": soft}),
        ("join", {"at": at, "other": second}),
        ("send_to", {"at": at, "number": "204", "keep": "other"}),
        ("hang_up", {"at": second}),
        ("call", {"phone": calls.phones["203"], "number": "+4522334455", "auto": True}),
    ]


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ("busy", "Line Mark is in a call, or not to be disturbed. The call came back to you."),
        ("no_answer", "Line Mark did not answer. The call came back to you."),
        ("refused", "Line Mark did not take the call. The call came back to you."),
        ("unknown", "Line Mark cannot be reached"),
        ("no_codec", "have no sound format in common. The call came back to you."),
        ("gone", "Somebody hung up meanwhile."),
        ("failed", "It did not succeed. The call came back to you."),
        ("going", "It rings at Line Mark."),
    ],
)
def test_what_became_of_it_is_told(
    live_cast: Cast, calls: Calls, control: FakeCallControl, result: str, told: str
) -> None:
    mette = browser_of(live_cast.mette)
    at = calls.call("up", "203")
    calls.sign_in("204")
    control.knows("up", recipient=live_cast.bixen.pk)
    control.comes_to("send_to", result)
    assert told in do(mette, at, "send_to", number="204", about="Line Mark")
    if result == "going":
        assert "Something else is being done" in do(mette, at, "send_to", number="205")


def test_who_has_no_phone_signed_in_is_said_before_and_after(
    live_cast: Cast, calls: Calls, control: FakeCallControl
) -> None:
    mette = browser_of(live_cast.mette)
    at = calls.call("up", "203")
    control.knows("up", recipient=live_cast.bixen.pk)
    with tenant(live_cast.line.actor):
        presence.set_state(actor=live_cast.line.actor, state="available", until=None, at=clock.now())
    with tenant(live_cast.sara.actor) as sara:
        extension = Extension.objects.visible_to(sara).get(number="204")
        Ddi(customer=live_cast.bixen, number="+4569142424", extension=extension).save()
    there = {"call": at.call, "side": at.side}
    assert "69\xa014\xa024\xa024" in mette.get("/calls/send/", there).content.decode()
    assert "<span>no phone signed in</span><span>Available</span>" in words(mette.get("/calls/send/", there))
    # So it is said wherever colleagues are listed, and on the live stream.
    line = live_cast.line.employee.public_id  # type: ignore[union-attr]
    listed = ("/", "/colleagues/", f"/colleagues/{line}/", f"/live/?language=en&people={line}")
    assert all("no phone signed in" in mette.get(path).content.decode() for path in listed)
    control.comes_to("send_to", "no_answer")
    told = do(mette, at, "send_to", number="204", about="Line Mark")
    assert "Nothing rang at Line Mark: no phone is signed in there. The call came back to you." in told
    calls.sign_in("204")
    assert not any("no phone signed in" in mette.get(path).content.decode() for path in listed)
    control.comes_to("send_to", "done")
    assert "seen=1" in do(mette, at, "send_to", number="204", about="Line Mark")


def test_nobody_is_sent_to_themselves(live_cast: Cast, calls: Calls, control: FakeCallControl) -> None:
    mette = browser_of(live_cast.mette)
    at = calls.call("up", "203", remote="204")
    control.knows("up", recipient=live_cast.bixen.pk)
    assert "That is who you are talking with." in do(mette, at, "send_to", number="204", about="Line Mark")
    assert control.asked == []
    other = calls.call("other", "203", remote="+4522334455")
    for one, there in ((at, False), (other, True)):
        offered = mette.get("/calls/send/", {"call": one.call, "side": one.side}).content.decode()
        assert ('value="204"' in offered) is there


def test_nobody_touches_a_call_of_somebody_else(
    live_cast: Cast, calls: Calls, control: FakeCallControl
) -> None:
    at = calls.call("up", "203")
    control.knows("up", recipient=live_cast.bixen.pk)
    for person in (live_cast.line, live_cast.sara, live_cast.stig):
        browser = browser_of(person)
        for what in ("hang_up", "hold", "pull", "join"):
            assert "That call is over already." in do(browser, at, what)
        assert "That call is over already." in do(browser, at, "send_to", number="204")
        assert browser.get("/control/calls/", {"call": at.call, "side": at.side}).status_code == 404
        assert browser.get("/calls/send/", {"call": at.call, "side": at.side})["Location"] == "/"
    assert control.asked == []
    # What one is told of an operation is one's own, and a made-up link leads nowhere.
    mette = browser_of(live_cast.mette)
    link = mette.post("/control/", {"do": "hold", "call": at.call, "side": at.side})["Location"]
    token = parse_qs(urlsplit(link).query)["operation"][0]
    assert browser_of(live_cast.line).get("/control/outcome/", {"operation": token}).status_code == 404
    assert mette.get("/control/outcome/", {"operation": "made-up"}).status_code == 404
    assert mette.post("/control/", {"do": "rubbish"}).status_code == 404
    assert Client().post("/control/", {"do": "hold"})["Location"].startswith("/account/login/")


def test_what_cannot_begin_says_why_and_what_to_do(
    live_cast: Cast, calls: Calls, control: FakeCallControl
) -> None:
    mette = browser_of(live_cast.mette)
    assert "None of your phones is signed in" in do(mette, None, "call", number="204")
    assert "Write a local number" in do(mette, None, "call", number="Line")
    at = calls.call("up", "203")
    assert "That call is over already." in do(mette, at, "hold")  # the controller knows nothing of it
    control.is_away = True
    assert "Calls cannot be controlled from here right now." in do(mette, at, "hang_up")
    calls.sign_in("203")
    assert "Calls cannot be controlled from here right now." in do(mette, None, "call", number="204")


def test_a_controller_that_is_silent_is_said_with_since_when(live_cast: Cast, calls: Calls) -> None:
    mette = browser_of(live_cast.mette)
    assert "Call" in words(mette.get("/colleagues/"))
    assert 'value="call"' in words(mette.get("/colleagues/"))
    calls.call("up", "203")
    calls.server.execute("UPDATE switch.controller SET seen_at = now() - interval '1 minute'")
    page = words(mette.get("/"))
    assert "Calls cannot be controlled from here" in page
    assert "Call control was last heard of" in page
    assert "/control/calls/" not in page
    assert 'value="call"' not in words(mette.get("/colleagues/"))
    calls.server.execute("DELETE FROM switch.controller")
    page = words(mette.get("/"))
    assert "Calls cannot be controlled from here" not in page
    assert "/control/calls/" not in page


def test_whom_to_send_a_call_to_is_found_by_name_and_number(live_cast: Cast, calls: Calls) -> None:
    mette = browser_of(live_cast.mette)
    at = calls.call("up", "203")
    page = words(mette.get("/calls/send/", {"call": at.call, "side": at.side, "q": "Line"}))
    assert 'name="number" value="204"' in page
    assert "Mette Hansen</b>" not in page
    # Who can ring stands first, then queues, then who has no phone; what nobody has is said before it is tried.
    with tenant(live_cast.sara.actor):
        support = Extension(customer=live_cast.bixen, number="240")
        support.save()
        Queue(customer=live_cast.bixen, name="Support", extension=support).save()
        Extension(customer=live_cast.bixen, number="202", employee=live_cast.peter.employee).save()
    with tenant(live_cast.peter.actor):
        presence.set_state(actor=live_cast.peter.actor, state="available", until=None, at=clock.now())
    page = words(mette.get("/calls/send/", {"call": at.call, "side": at.side}))
    assert 'placeholder="Colleague, queue or number"' in page
    assert re.findall(r'name="number" value="(\d+)"', page) == ["240", "202", "204"]
    calls.sign_in("204")
    page = words(mette.get("/calls/send/", {"call": at.call, "side": at.side}))
    assert re.findall(r'name="number" value="(\d+)"', page) == ["204", "240", "202"]
    with CaptureQueriesContext(connection) as captured:
        mette.get("/calls/send/", {"call": at.call, "side": at.side, "q": "2290"})
    assert counted(captured.captured_queries, 200).statements <= AIM, captured.captured_queries
    odd = mette.get("/calls/send/", {"call": at.call, "side": at.side, "q": "\0 x"})
    assert odd.status_code == 200
    assert "Nobody in the company has this local number" in words(
        mette.get("/calls/send/", {"call": at.call, "side": at.side, "q": "2290"})
    )
    page = words(mette.get("/calls/send/", {"call": at.call, "side": at.side, "q": "+45 70 12 12 12"}))
    assert 'name="number" value="+4570121212"' in page
    page = mette.get("/calls/send/", {"call": at.call, "side": at.side, "q": "40506070"}).content.decode()
    assert 'name="number" value="40506070"' in page
    assert 'name="about" value="40\xa050\xa060\xa070"' in page


def test_who_calls_a_missed_caller_back_takes_them_and_is_rung(
    live_cast: Cast, calls: Calls, control: FakeCallControl
) -> None:
    cast = live_cast
    with tenant(cast.sara.actor):
        extension = Extension(customer=cast.bixen, number="230")
        extension.save()
        queue = Queue(customer=cast.bixen, name="Salg", extension=extension)
        queue.save()
        for person in (cast.mette, cast.line):
            QueueMember(customer=cast.bixen, queue=queue, employee=person.employee).save()
        over = clock.now()
        missed = QueueCall(
            customer=cast.bixen, queue=queue, call_id="a", t_index=1, t_label=1, state="ended", caller="+4522334455",
            outcome="abandoned", entered_at=over, ended_at=over,
        )  # fmt: skip
        missed.save()
    mette, line = browser_of(cast.mette), browser_of(cast.line)
    page = f"/queues/{queue.public_id}/"
    assert 'value="call_back"' in words(mette.get(page))
    # No phone is signed in: it is taken all the same, and the page says what to do.
    said = do(mette, None, "call_back", queue_call=missed.public_id)
    assert "None of your phones is signed in" in said
    assert "You call back 22 33 44 55: dial it on your phone." in said
    calls.sign_in("203")
    # A second click, while the first one rings her phone.
    with patch.object(control, "call", side_effect=ControlRefused("busy_now")):
        said = do(mette, None, "call_back", queue_call=missed.public_id)
    assert "Something else is being done" in said
    assert "dial it on your phone" not in said
    assert "You are connected with 22 33 44 55." in do(mette, None, "call_back", queue_call=missed.public_id)
    assert control.asked[-1] == (
        "call",
        {"phone": calls.phones["203"], "number": "+4522334455", "auto": True},
    )
    asked = len(control.asked)
    assert "Somebody else was faster" in do(line, None, "call_back", queue_call=missed.public_id)
    for person in (cast.freja, cast.stig):
        answer = browser_of(person).post("/control/", {"do": "call_back", "queue_call": missed.public_id})
        assert answer.status_code in (403, 404)
    assert mette.post("/control/", {"do": "call_back", "queue_call": "x"}).status_code == 404
    assert len(control.asked) == asked
    with tenant(cast.sara.actor):
        row = QueueCall.objects.visible_to(cast.sara.actor).get()
        # A click settles nothing.
        assert (row.taken_by_id, row.done_at) == (cast.mette.actor.employee_id, None)
