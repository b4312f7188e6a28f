"""One status an employee, whoever looks and wherever it was set; notes with author, time and undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.db.utils import IntegrityError

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import Presence
from telephony.selectors.colleagues import Status, statuses
from telephony.services import presence as services
from tests.cast import Cast, Person
from tests.contract.switching import Linked, link, link_beside
from tests.contract.watching import pidf
from tests.environment import PASSWORDS

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def mette(live_cast: Cast) -> Linked:
    return link(live_cast.mette, "it-bixen.dk", "mette")


@pytest.fixture
def kamailio(live_db: None, postgres: Postgres) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the switch has it."""
    url = postgres.url(settings.DATABASES["default"]["NAME"], "kamailio", PASSWORDS["kamailio"])
    with psycopg.connect(url, autocommit=True) as switch:
        yield switch


def status(person: Person) -> Status:
    assert person.employee
    with tenant(person.actor):
        return statuses([person.employee.pk])[person.employee.pk]


def publish(
    switch: psycopg.Connection[Any], phone: int, body: str = "", etag: str = "", seconds: int = 600
) -> Any:
    row = switch.execute(
        "SELECT status, etag, seconds FROM switch.publish(%s, %s, %s, %s)",
        (phone, etag.encode().hex(), seconds, body.encode().hex()),
    ).fetchone()
    assert row
    return row


def register(switch: psycopg.Connection[Any], user: str = "mette") -> None:
    switch.execute(
        "INSERT INTO location (ruid, username, domain, contact, expires) VALUES (%s, %s, 'it-bixen.dk', 'sip:x@y',"
        " now() at time zone 'UTC' + interval '5 minutes')",
        (user, user),
    )


def call(switch: psycopg.Connection[Any], phone: int, state: str, direction: str = "recipient") -> None:
    switch.execute("SELECT switch.call_is('6331', %s, %s, %s, '', '')", (phone, direction, state))


def test_each_source_gives_way_to_what_is_above_it(mette: Linked, kamailio: psycopg.Connection[Any]) -> None:
    me, phone = mette.person, mette.phone.pk

    def seen() -> tuple[str, str]:
        now = status(me)
        return now.state, now.why

    def by_hand(state: str, until: dt.datetime | None = None) -> None:
        with tenant(me.actor):
            services.set_state(actor=me.actor, state=state, until=until, at=clock.now())

    assert seen() == ("offline", "nothing")
    register(kamailio)
    assert seen() == ("available", "registered")
    idle = pidf(more="<r:user-input>idle</r:user-input>", activity="away")
    publish(kamailio, phone, idle)
    assert seen() == ("away", "idle")
    by_hand("available")
    assert seen() == ("available", "hand")
    call(kamailio, phone, "early")
    assert seen() == ("available", "hand"), "a phone that rings makes nobody busy"
    call(kamailio, phone, "confirmed")
    assert seen() == ("busy", "call")
    by_hand("dnd")
    assert (*seen(), status(me).in_call_since is not None) == ("dnd", "hand", True)
    by_hand("off")
    assert seen() == ("busy", "call")
    kamailio.execute("SELECT switch.call_is_over('6331', 0, '')")
    assert seen() == ("off", "hand")
    by_hand("")
    assert seen() == ("away", "idle")


def test_what_is_set_by_hand_in_a_client_holds_only_there(
    mette: Linked, kamailio: psycopg.Connection[Any]
) -> None:
    register(kamailio)
    publish(kamailio, mette.phone.pk, pidf(activity="meeting"))
    assert status(mette.person).state == "available"
    document = "SELECT convert_from(body, 'UTF8') FROM presentity WHERE username = %s"
    kamailio.execute("SELECT switch.watch(%s, %s, %s, 'presence')", (mette.phone.pk, *_address("mette")))
    assert "<rpid:meeting/>" in kamailio.execute(document, ("mette",)).fetchone()[0]
    call(kamailio, mette.phone.pk, "confirmed")
    kamailio.execute("SELECT switch.watch(%s, %s, %s, 'presence')", (mette.phone.pk, *_address("mette")))
    assert (
        "<rpid:activities><rpid:on-the-phone/></rpid:activities>"
        in kamailio.execute(document, ("mette",)).fetchone()[0]
    )


def _address(user: str, domain: str = "it-bixen.dk") -> tuple[str, str]:
    return user.encode().hex(), domain.encode().hex()


def test_a_status_ends_by_itself(mette: Linked, kamailio: psycopg.Connection[Any]) -> None:
    me = mette.person
    with tenant(me.actor):
        row = services.set_state(actor=me.actor, state="busy", until=clock.now() + HOUR, at=clock.now())
    assert (status(me).state, status(me).until) == ("busy", row.state_until)
    with tenant(me.actor):
        Presence.objects.visible_to(me.actor).update(state_until=clock.now() - HOUR)
    assert status(me).state == "offline"
    kamailio.execute("SELECT * FROM switch.watched_changes(false)")
    with tenant(me.actor):
        assert Presence.objects.visible_to(me.actor).get().state == ""
        with pytest.raises(services.TimeRefused):
            services.set_state(actor=me.actor, state="busy", until=clock.now() - HOUR, at=clock.now())


def test_a_note_has_an_author_a_time_and_a_way_back(live_cast: Cast) -> None:
    mette, line = live_cast.mette, live_cast.line
    with tenant(mette.actor):
        services.write_note(
            actor=mette.actor, employee=mette.employee, text="  Til møde\n i Aarhus ", at=clock.now()
        )
    assert (status(mette).note, status(mette).note_author_name) == ("Til møde i Aarhus", "Mette Hansen")
    with tenant(line.actor):
        row = services.write_note(
            actor=line.actor, employee=mette.employee, text="Ring til Bo", at=clock.now()
        )
    seen = status(mette)
    assert (seen.note, seen.note_author_name, seen.note_at) == ("Ring til Bo", "Line Mark", row.note_at)
    with tenant(line.actor):
        services.undo(actor=line.actor, employee=mette.employee, revision=row.revision)
    assert (status(mette).note, status(mette).note_author_name) == ("Til møde i Aarhus", "Mette Hansen")
    with tenant(line.actor), pytest.raises(services.TooLateToUndo):
        services.undo(actor=line.actor, employee=mette.employee, revision=row.revision)
    with tenant(mette.actor):
        services.write_note(actor=mette.actor, employee=mette.employee, text="", at=clock.now())
        with pytest.raises(services.NoteRefused):
            services.write_note(actor=mette.actor, employee=mette.employee, text="x" * 201, at=clock.now())
    assert (status(mette).note, status(mette).note_author) == ("", None)


def test_a_strangers_status_is_neither_seen_nor_written(live_cast: Cast) -> None:
    stig, mette = live_cast.stig, live_cast.mette
    with tenant(mette.actor):
        services.write_note(actor=mette.actor, employee=mette.employee, text="Her", at=clock.now())
    with tenant(stig.actor):
        assert statuses([mette.employee.pk]) == {}
        assert list(Presence.objects.visible_to(stig.actor)) == []
    with pytest.raises(Exception, match=r"row-level security|does not exist"), tenant(stig.actor):
        services.write_note(actor=stig.actor, employee=mette.employee, text="Væk", at=clock.now())
    assert status(mette).note == "Her"


def test_a_note_of_a_foreign_author_is_refused_by_the_database(live_cast: Cast) -> None:
    with pytest.raises(IntegrityError), tenant(live_cast.mette.actor):
        Presence(
            customer=live_cast.bixen,
            employee=live_cast.mette.employee,
            note="x",
            note_author_id=live_cast.stig.employee.pk,
        ).save()


def test_a_client_publishes_and_its_note_is_the_note(
    mette: Linked, kamailio: psycopg.Connection[Any]
) -> None:
    phone = mette.phone.pk
    code, etag, seconds = publish(kamailio, phone, pidf("I m&#xf8;de &lt;kl. 14&gt;"))
    assert (code, seconds) == (200, 600)
    seen = status(mette.person)
    assert (seen.note, seen.note_author_name) == ("I møde <kl. 14>", "Mette Hansen")
    # Myfone's note is newer; the client repeats its own with every refresh, and starts anew with it.
    with tenant(mette.person.actor):
        services.write_note(
            actor=mette.person.actor, employee=mette.person.employee, text="Kører", at=clock.now()
        )
    code, etag, _ = publish(kamailio, phone, pidf("I møde &lt;kl. 14&gt;"), etag)
    assert (code, status(mette.person).note) == (200, "Kører")
    code, again, _ = publish(kamailio, phone, "", etag)
    assert (code, again != etag) == (200, True)
    assert publish(kamailio, phone, "", etag)[0] == 412
    assert publish(kamailio, phone, "", again, 0)[::2] == (200, 0)
    publish(kamailio, phone, pidf("I møde &lt;kl. 14&gt;"))
    assert status(mette.person).note == "Kører"
    # It takes back its own note and no other.
    publish(kamailio, phone, pidf("Ny"))
    assert status(mette.person).note == "Ny"
    publish(kamailio, phone, pidf())
    assert status(mette.person).note == ""


@pytest.mark.parametrize(
    "body",
    [
        "no xml",
        '<!DOCTYPE x [<!ENTITY a "b">]><presence><note>&a;</note></presence>',
        "<presence><note>",
    ],
)
def test_what_is_no_presence_document_is_refused(
    mette: Linked, kamailio: psycopg.Connection[Any], body: str
) -> None:
    assert publish(kamailio, mette.phone.pk, body)[0] == 400
    assert status(mette.person).note == ""


def test_watchers_are_of_the_same_customer_and_the_hidden_are_not_watched(
    live_cast: Cast, mette: Linked, kamailio: psycopg.Connection[Any]
) -> None:
    line = link_beside(live_cast.line, mette, "line")
    freja = link(live_cast.freja, "havnens.dk", "freja")

    def may(watcher: Linked, user: str, domain: str = "it-bixen.dk") -> bool:
        asked = (watcher.phone.pk, *_address(user, domain))
        return kamailio.execute("SELECT switch.watch(%s, %s, %s, 'presence')", asked).fetchone() == (1,)

    (number,) = _ask("SELECT number FROM telephony_extension WHERE employee_id = %s", line, mette)
    assert may(line, "mette")
    assert may(line, number)
    assert not may(line, "nobody")
    assert not may(freja, "mette")
    assert not may(line, "freja", "havnens.dk")
    with tenant(live_cast.mette.actor):
        mette.person.employee.is_hidden = True
        mette.person.employee.save()
    assert not may(line, "mette")
    assert may(mette, "mette")


def _ask(statement: str, asker: Linked, about: Linked) -> Any:
    with tenant(asker.person.actor), connection.cursor() as cursor:
        cursor.execute(statement, [about.person.employee.pk])
        return cursor.fetchone()
