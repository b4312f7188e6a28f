"""Presence and notes between real phones, the real switch and the portal, in both directions."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

import pytest

from demo.sipclient import sign_in
from demo.sipclient.connection import Connection, tls
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.authority import Authority
from stack.haproxy import HAProxy
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from telephony.models import RingProfile, Template
from telephony.rules.schedules import END_OF_DAY, Line
from telephony.selectors.colleagues import Status, statuses
from telephony.services import presence as services
from telephony.services import profiles, schedules
from tests.cast import Cast
from tests.contract.switching import Linked, Via, as_superuser, link, link_beside
from tests.contract.watching import Watcher, activities, notes, phone, pidf
from tests.standstill import held_still


@pytest.fixture
def line(live_cast: Cast, mette: Linked) -> Linked:
    return link_beside(live_cast.line, mette, "line")


@pytest.fixture
def watcher(line: Linked, udp: Via) -> Iterator[Watcher]:
    """Line's phone, which watches Mette and has heard how she is."""
    watcher = phone(line, udp)
    assert watcher.watch("mette@it-bixen.dk").status in (200, 202)
    watcher.wait_for("<basic>")
    yield watcher
    watcher.close()


@pytest.fixture
def publisher(mette: Linked, udp: Via) -> Iterator[Watcher]:
    publisher = phone(mette, udp)
    yield publisher
    publisher.close()


def status(linked: Linked) -> Status:
    employee = linked.person.employee
    assert employee
    with tenant(linked.person.actor):
        return statuses([employee.pk])[employee.pk]


def note(linked: Linked, text: str) -> None:
    person = linked.person
    with tenant(person.actor):
        services.write_note(actor=person.actor, employee=person.employee, text=text, at=clock.now())


def test_what_changes_in_myfone_reaches_watchers_within_a_second(mette: Linked, watcher: Watcher) -> None:
    assert "<basic>closed</basic>" in watcher.documents()[-1]
    took = []
    # Once in three times, for a machine that has other things to do.
    for course in ("forret", "hovedret", "dessert"):
        began = time.monotonic()
        note(mette, f"Til møde & {course}")
        heard = watcher.wait_for(f"Til møde &amp; {course}")
        took.append(time.monotonic() - began)
        assert notes(heard) == [f"Til møde &amp; {course}"] * 2
        if took[-1] < 1.5:
            break
    assert min(took) < 1.5
    with tenant(mette.person.actor):
        services.set_state(actor=mette.person.actor, state="busy", until=None, at=clock.now())
    assert activities(watcher.wait_for("rpid:busy")) == ["busy"]


def test_what_is_set_by_hand_goes_before_the_client_until_its_end(
    mette: Linked, watcher: Watcher, publisher: Watcher
) -> None:
    assert publisher.publish(pidf(None, "meeting")).status == 200
    watcher.wait_for("rpid:meeting")
    with tenant(mette.person.actor):
        soon = clock.now() + dt.timedelta(seconds=5)
        services.set_state(actor=mette.person.actor, state="brb", until=soon, at=clock.now())
    assert status(mette).state == "brb"
    assert activities(watcher.wait_for("rpid:away")) != ["meeting"]
    assert "meeting" in watcher.wait_for("rpid:meeting", without="rpid:away")
    assert status(mette).state == "offline"


def test_a_phone_that_registers_makes_available(mette: Linked, watcher: Watcher, udp: Via) -> None:
    with sign_in(mette.account, via=udp):
        watcher.wait_for("<basic>open</basic>")
        assert status(mette).state == "available"
    watcher.wait_for("<basic>closed</basic>")
    assert status(mette).state == "offline"


def test_what_a_client_publishes_reaches_the_portal_and_watchers(
    mette: Linked, watcher: Watcher, publisher: Watcher
) -> None:
    answer = publisher.publish(pidf("I møde", "meeting"))
    assert (answer.status, answer.first("expires")) == (200, "600")
    heard = watcher.wait_for("I møde")
    assert (notes(heard), activities(heard)) == (["I møde"] * 2, ["meeting"])
    seen = status(mette)
    assert (seen.note, seen.note_author_name, seen.state) == ("I møde", "Mette Hansen", "offline")
    # What is written in Myfone replaces it everywhere: the client's own note does not stand beside the new one.
    note(mette, "Kører hjem")
    assert notes(watcher.wait_for("Kører hjem")) == ["Kører hjem"] * 2
    again = publisher.publish(pidf("I møde", "away"), etag=answer.first("sip-etag"))
    assert again.status == 200
    heard = watcher.wait_for("rpid:away")
    assert notes(heard) == ["Kører hjem"] * 2


def test_a_publication_that_is_not_renewed_ends(
    mette: Linked, watcher: Watcher, publisher: Watcher, postgres: Postgres
) -> None:
    answer = publisher.publish(pidf(None, "meeting"))
    watcher.wait_for("rpid:meeting")
    assert publisher.publish(expires=0, etag=answer.first("sip-etag")).status == 200
    assert activities(watcher.wait_for("<basic>closed</basic>")) == []
    assert publisher.publish(etag=answer.first("sip-etag")).status == 412
    answer = publisher.publish(pidf(None, "holiday"))
    watcher.wait_for("rpid:holiday")
    as_superuser(postgres, "UPDATE switch.publication SET expires_at = now() WHERE is_live")
    assert activities(watcher.wait_for("<basic>closed</basic>")) == []


def test_only_colleagues_may_watch_and_nobody_publishes_for_another(
    live_cast: Cast, mette: Linked, line: Linked, udp: Via
) -> None:
    freja = link(live_cast.freja, "havnens.dk", "freja")
    for asker, target in (
        (freja, "mette@it-bixen.dk"),
        (line, "nobody@it-bixen.dk"),
        (line, "freja@havnens.dk"),
    ):
        stranger = phone(asker, udp)
        assert stranger.watch(target).status == 404
        stranger.close()
    forger = phone(line, udp)
    assert forger.publish(pidf("Forfalsket"), about="mette@it-bixen.dk").status == 403
    forger.close()
    assert status(mette).note == ""


def test_one_look_needs_the_same_leave_as_watching(live_cast: Cast, watcher: Watcher, udp: Via) -> None:
    # A SUBSCRIBE that ends at once is a question, and its NOTIFY an answer (RFC 6665, 4.4.3).
    stranger = phone(link(live_cast.freja, "havnens.dk", "freja"), udp)
    assert stranger.watch("mette@it-bixen.dk", expires=0).status == 404
    assert stranger.documents() == []
    stranger.close()


def test_nobody_is_told_who_has_not_asked(mette: Linked, line: Linked, udp: Via) -> None:
    other, asking = udp(), phone(line, udp)
    host, port = other.local
    asking.contact = f"{host}:{port}"
    assert asking.watch("mette@it-bixen.dk").status in (200, 202)
    note(mette, "Kun til den, der spurgte")
    asking.wait_for("Kun til den, der spurgte")
    with pytest.raises(TimeoutError):
        other.receive(0.05)
    asking.close()
    other.close()


def test_subscriptions_outlast_a_restart(mette: Linked, watcher: Watcher, switch: Kamailio) -> None:
    subscribed = watcher.sequence
    switch.stop()
    before = len(watcher.heard)
    note(mette, "Skrevet imens")
    switch.start()
    document = watcher.wait_for("Skrevet imens", seconds=15)
    assert notes(document) == ["Skrevet imens"] * 2
    assert len(watcher.heard) > before
    # The same subscription goes on, which the phone has not asked for again.
    assert watcher.sequence == subscribed
    told = watcher.heard[-1]
    assert told.first("call-id") == watcher.call_id
    assert told.first("from").endswith(f";tag={watcher.their_tag}")
    assert told.first("subscription-state").startswith("active")


def test_what_a_client_sends_wrong_is_answered(publisher: Watcher, watcher: Watcher) -> None:
    assert publisher.publish("no document").status == 400
    assert publisher.publish(pidf("x"), expires=5).status == 423
    assert publisher.publish(pidf("x" * 17000)).status == 413
    answer = publisher.ask(
        "SUBSCRIBE", "sip:line@it-bixen.dk", headers={"Event": "conference", "Expires": "600"}
    )
    assert (answer.status, answer.first("allow-events")) == (489, "presence, dialog")


def test_a_lamp_follows_a_call(mette: Linked, line: Linked, udp: Via, postgres: Postgres) -> None:
    desk = phone(line, udp)
    assert desk.watch("mette@it-bixen.dk", event="dialog").status in (200, 202)
    desk.wait_for("<dialog-info")
    call = f"'6331', {mette.phone.pk}, 'recipient'"
    as_superuser(postgres, f"SELECT switch.call_is({call}, 'early', '', '')")
    desk.wait_for("<state>early</state>")
    as_superuser(postgres, f"SELECT switch.call_is({call}, 'confirmed', '', '')")
    assert status(mette).state == "busy"
    desk.wait_for("<state>confirmed</state>")
    as_superuser(postgres, "SELECT switch.call_is_over('6331', 0, '')")
    desk.wait_for("<dialog-info", without="<state>")
    desk.close()


def test_a_watcher_behind_tls_is_told_too(
    mette: Linked, line: Linked, sip_front: HAProxy, authority: Authority, source: str
) -> None:
    def via() -> Connection:
        return tls(sip_front.address, 443, host="sip.it-bixen.dk", ca_file=str(authority.root), source=source)

    watcher = phone(line, via)
    assert watcher.watch("mette@it-bixen.dk").status in (200, 202)
    watcher.wait_for("<basic>closed</basic>")
    note(mette, "Gennem TLS")
    watcher.wait_for("Gennem TLS")
    watcher.close()


def test_a_database_that_hangs_refuses_in_time_and_what_was_written_comes_later(
    mette: Linked, watcher: Watcher, publisher: Watcher, line: Linked, udp: Via, postgres: Postgres
) -> None:
    other = phone(line, udp)
    with held_still(postgres):
        for ask in (lambda: publisher.publish(pidf("x")), lambda: other.watch("mette@it-bixen.dk")):
            began = time.monotonic()
            assert ask().status == 503
            assert time.monotonic() - began < 9
    other.close()
    note(mette, "Efter nedbruddet")
    watcher.wait_for("Efter nedbruddet", seconds=15)


def test_nobody_is_told_of_somebody_who_hides(mette: Linked, watcher: Watcher) -> None:
    note(mette, "Kun for kolleger")
    watcher.wait_for("Kun for kolleger")
    with tenant(mette.person.actor):
        mette.person.employee.is_hidden = True
        mette.person.employee.save()
    watcher.wait_for("<basic>closed</basic>", without="Kun for kolleger")
    assert watcher.watch("mette@it-bixen.dk").status == 404


def test_watchers_are_told_when_a_chosen_time_is_over_and_when_the_schedule_is_changed(
    mette: Linked, watcher: Watcher
) -> None:
    actor, employee = mette.person.actor, mette.person.employee
    assert employee is not None
    with tenant(actor):
        profiles.create_templates(actor=actor, employee=employee)
        mine = {row.template: row for row in RingProfile.objects.visible_to(actor).filter(employee=employee)}
        for template, said in ((Template.MOVE, "På farten"), (Template.HOME, "Hjemmefra")):
            RingProfile.objects.visible_to(actor).filter(pk=mine[template].pk).update(note=said)
        line = Line((1, 2, 3, 4, 5, 6, 7), 0, END_OF_DAY, mine[Template.MOVE].pk)
        week = schedules.Week((line,), mine[Template.OFFICE].pk, "", None)
        schedules.save_week(actor=actor, employee=employee, version=0, week=week, at=clock.now())
    watcher.wait_for("På farten")
    with tenant(actor):
        soon = clock.now() + dt.timedelta(seconds=3)
        profiles.choose(actor=actor, profile=mine[Template.HOME], until=soon, at=clock.now())
    watcher.wait_for("Hjemmefra")
    watcher.wait_for("På farten")
    with tenant(actor):
        schedules.remove(actor=actor, employee=employee, at=clock.now())
    watcher.wait_for("<basic>", without="På farten")
