"""The bell: a desk phone that goes offline is told, and so is that it is back."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.test import Client

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import PhoneKind, SipDomain
from telephony.services import phones
from telephony.templatetags.presence import when
from tests.cast import Cast, Person, signed_in
from tests.environment import PASSWORDS
from tests.streams import Follower, streams


class Registrar:
    """Mette's desk phone and softphone, signed in and out as the switch does it."""

    def __init__(self, cast: Cast, postgres: Postgres) -> None:
        name = settings.DATABASES["default"]["NAME"]
        self.switch = psycopg.connect(postgres.url(name, "kamailio", PASSWORDS["kamailio"]), autocommit=True)
        self.server = psycopg.connect(postgres.superuser_url(name), autocommit=True)
        self.names: dict[PhoneKind, str] = {}
        assert cast.mette.employee is not None
        with tenant(cast.sara.actor):
            domain = SipDomain(customer=cast.bixen, name="it-bixen.dk")
            domain.save()
            for kind in (PhoneKind.DESK, PhoneKind.SOFTPHONE):
                made, _ = phones.add_sip_phone(
                    actor=cast.sara.actor,
                    employee=cast.mette.employee,
                    sip_domain=domain,
                    kind=kind,
                    at=clock.now(),
                )
                self.names[kind] = made.username

    def on(self, ruid: str, kind: PhoneKind = PhoneKind.DESK) -> None:
        self.switch.execute(
            "INSERT INTO kam.location (ruid, username, domain, contact, expires)"
            " VALUES (%s, %s, 'it-bixen.dk', 'sip:x', now() AT TIME ZONE 'UTC' + interval '1 hour')",
            [ruid, self.names[kind]],
        )

    def off(self, ruid: str) -> None:
        self.switch.execute("DELETE FROM kam.location WHERE ruid = %s", [ruid])

    def later(self) -> None:
        """Let five minutes pass for what is known of outages."""
        self.server.execute("UPDATE telephony_phoneoutage SET began_at = began_at - interval '5 minutes'")


@pytest.fixture
def registrar(live_cast: Cast, postgres: Postgres) -> Iterator[Registrar]:
    registrar = Registrar(live_cast, postgres)
    yield registrar
    registrar.switch.close()
    registrar.server.close()


def bell(person: Person) -> tuple[Client, str]:
    browser = signed_in(person)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    said = " ".join(browser.get("/colleagues/").content.decode().split())
    return browser, said[said.index('data-live="bell"') :]


def test_a_desk_phone_that_goes_offline_and_comes_back_is_told(live_cast: Cast, registrar: Registrar) -> None:
    assert "No new messages" in bell(live_cast.mette)[1]
    registrar.on("one")
    assert "No new messages" in bell(live_cast.mette)[1]
    registrar.off("one")
    at = clock.now()
    browser, said = bell(live_cast.mette)
    assert "1 new message" in said
    assert f'Desk phone went offline</b> <span class="hint">Since {when(at)}.' in said
    assert "No new messages" in bell(live_cast.line)[1]
    registrar.later()
    registrar.on("two")
    assert "Desk phone is back" in bell(live_cast.mette)[1]
    assert browser.post("/presence/bell/", {"next": "/colleagues/"})["Location"] == "/colleagues/"
    said = bell(live_cast.mette)[1]
    assert "No new messages" in said
    assert "Desk phone is back" in said  # read, and still there to look up


def test_what_is_no_outage_is_not_told(live_cast: Cast, registrar: Registrar) -> None:
    # It starts anew: away for less than half a minute.
    registrar.on("one")
    registrar.off("one")
    registrar.on("two")
    # It signed in from a new address before the old one ran out.
    registrar.on("three")
    registrar.off("two")
    # Programs are closed as people please.
    registrar.on("four", PhoneKind.SOFTPHONE)
    registrar.off("four")
    said = bell(live_cast.mette)[1]
    assert "No new messages" in said
    assert "went offline" not in said


def test_a_switch_that_starts_anew_drops_all_phones_whatever_becomes_of_the_bell(
    live_cast: Cast, registrar: Registrar
) -> None:
    registrar.on("one")
    registrar.on("two", PhoneKind.SOFTPHONE)
    registrar.server.execute("ALTER TABLE telephony_phoneoutage ADD CONSTRAINT shut CHECK (false) NOT VALID")
    try:
        assert registrar.switch.execute("DELETE FROM kam.location").rowcount == 2
    finally:
        registrar.server.execute("ALTER TABLE telephony_phoneoutage DROP CONSTRAINT shut")
    assert "No new messages" in bell(live_cast.mette)[1]
    for ruid in ("one", "two"):
        registrar.on(ruid)
    assert registrar.switch.execute("DELETE FROM kam.location").rowcount == 2
    assert "1 new message" in bell(live_cast.mette)[1]


def test_the_bell_rings_while_one_looks(live_cast: Cast, registrar: Registrar) -> None:
    registrar.on("one")
    with streams() as port:
        mette = Follower(port, live_cast.mette)
        assert "No new messages" in mette.next()[1]["places"]["bell"]
        registrar.off("one")
        assert "1 new message" in mette.until("1 new message")[1]["places"]["bell"]
        mette.close()
