"""What goes on at one's phones, as the live pages show it: calls with who calls, phones, and the switch itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import Extension, PhoneKind, SipDomain
from telephony.selectors.live import SWITCH_SILENT, Now, all_of
from telephony.services import phones
from telephony.templatetags.presence import when
from tests.bench.pages import CONTROL, SESSION
from tests.cast import Cast, Person, signed_in
from tests.environment import PASSWORDS


@pytest.fixture
def kamailio(live_cast: Cast, postgres: Postgres) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the switch has it."""
    url = postgres.url(settings.DATABASES["default"]["NAME"], "kamailio", PASSWORDS["kamailio"])
    with psycopg.connect(url, autocommit=True) as switch:
        yield switch


@pytest.fixture
def ids(live_cast: Cast) -> dict[str, int]:
    """Desk phones of Mette (203) and Line (204), and one of Stig's at another company."""
    made = {}
    for person, giver, domain, number in (
        (live_cast.mette, live_cast.sara.actor, "it-bixen.dk", "203"),
        (live_cast.line, live_cast.sara.actor, "it-bixen.dk", "204"),
        (live_cast.stig, live_cast.stig.actor, "fremmed.dk", "203"),
    ):
        with tenant(giver):
            sip_domain, _ = SipDomain.objects.visible_to(giver).get_or_create(
                name=domain, defaults={"customer_id": giver.customer_id}
            )
            Extension(customer_id=giver.customer_id, number=number, employee=person.employee).save()
            assert person.employee is not None
            phone, _ = phones.add_sip_phone(
                actor=giver,
                employee=person.employee,
                sip_domain=sip_domain,
                kind=PhoneKind.DESK,
                at=clock.now(),
            )
            made[person.employee.email.partition("@")[0]] = phone.pk
    return made


def now(person: Person) -> Now:
    assert person.employee is not None
    with tenant(person.actor):
        return all_of([person.employee.pk])[person.employee.pk][1]


def call_is(switch: psycopg.Connection[Any], call: str, phone: int, *rest: str) -> None:
    direction, state, remote = rest
    switch.execute(
        "SELECT switch.call_is(%s, %s, %s, %s, %s, '')",
        [call.encode().hex(), phone, direction, state, remote.encode().hex()],
    )


def test_a_colleague_who_calls_is_named_and_a_stranger_who_claims_the_number_is_not(
    live_cast: Cast, kamailio: psycopg.Connection[Any], ids: dict[str, int]
) -> None:
    call_is(kamailio, "inside", ids["mette"], "recipient", "early", "204")
    call_is(kamailio, "inside", ids["line"], "initiator", "early", "203")
    (call,) = now(live_cast.mette).calls
    assert (call.name, call.number, call.direction, call.state) == ("Line Mark", "204", "recipient", "early")
    (call,) = now(live_cast.line).calls
    assert (call.name, call.number) == ("Mette Hansen", "203")
    kamailio.execute("SELECT switch.call_is_over(%s, 0, '')", [b"inside".hex()])
    call_is(kamailio, "outside", ids["mette"], "recipient", "early", "204")
    (call,) = now(live_cast.mette).calls
    assert (call.name, call.number) == ("", "204")
    call_is(kamailio, "outside", ids["stig"], "initiator", "early", "+4569142403")
    assert now(live_cast.mette).calls[0].name == ""


def test_nobody_sees_calls_of_another_company(
    live_cast: Cast, kamailio: psycopg.Connection[Any], ids: dict[str, int]
) -> None:
    call_is(kamailio, "theirs", ids["mette"], "recipient", "confirmed", "+4522334455")
    assert live_cast.mette.employee is not None
    with tenant(live_cast.stig.actor):
        assert all_of([live_cast.mette.employee.pk]) == {}
    with connection.cursor() as cursor:  # no tenant at all
        cursor.execute("SELECT count(*) FROM switch.now_of(%s)", [[live_cast.mette.employee.pk]])
        assert cursor.fetchone() == (0,)


def test_what_is_told_is_ids_alone_and_a_switch_at_work_is_known(
    live_cast: Cast, kamailio: psycopg.Connection[Any], ids: dict[str, int], postgres: Postgres
) -> None:
    assert live_cast.mette.employee is not None
    url = postgres.url(settings.DATABASES["default"]["NAME"], "app", PASSWORDS["app"])
    with psycopg.connect(url, autocommit=True) as listener:
        listener.execute("LISTEN live")
        call_is(kamailio, "c", ids["mette"], "recipient", "early", "+4522334455")
        (told,) = listener.notifies(timeout=5, stop_after=1)
    assert told.payload == f"{live_cast.bixen.pk} {live_cast.mette.employee.pk}"
    assert now(live_cast.mette).switch_seen is None
    kamailio.execute("SELECT * FROM switch.watched_changes(false)")
    assert now(live_cast.mette).switch_seen is not None


def test_a_call_reply_shows_each_the_other(
    live_cast: Cast, kamailio: psycopg.Connection[Any], ids: dict[str, int]
) -> None:
    shown = (ids["line"], b"+4569142404".hex(), b"+4522334455".hex())
    words = ("r", b"c".hex(), "", clock.now().timestamp(), 180, "", "", *shown)
    kamailio.execute("SELECT switch.tell('', %s)", ["|".join(str(word) for word in words)])
    (call,) = now(live_cast.line).calls
    assert (call.number, call.direction, call.state) == ("+4522334455", "initiator", "early")


@pytest.mark.parametrize("who", ["mette", "sara"])
def test_today_asks_no_more_than_six_questions(cast: Cast, who: str) -> None:
    browser = signed_in(getattr(cast, who))
    with CaptureQueriesContext(connection) as asked:
        assert "Line Mark" in browser.get("/").content.decode()
    counted = [one["sql"] for one in asked if not (SESSION.search(one["sql"]) or CONTROL.search(one["sql"]))]
    assert len(counted) <= 6, counted


def test_a_silent_switch_is_said_with_since_when(live_cast: Cast, kamailio: psycopg.Connection[Any]) -> None:
    browser = signed_in(live_cast.mette)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    silent = "The telephone system does not answer"
    assert silent not in browser.get("/").content.decode()  # never heard of: nothing is claimed
    kamailio.execute("SELECT * FROM switch.watched_changes(false)")
    assert silent not in browser.get("/").content.decode()
    seen = now(live_cast.mette).switch_seen
    assert seen is not None
    with time_machine.travel(seen + SWITCH_SILENT + dt.timedelta(seconds=1), tick=False):
        page = browser.get("/").content.decode()
    assert silent in page
    assert f"Last heard of {when(seen)}." in page


def test_a_desk_phone_that_is_off_is_said_with_since_when(
    live_cast: Cast, kamailio: psycopg.Connection[Any], ids: dict[str, int], postgres: Postgres
) -> None:
    browser = signed_in(live_cast.mette)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    off = "Desk phone is not signed in"
    assert off not in browser.get("/").content.decode()  # never in use
    agent, address = b"Yealink".hex(), b"127.0.0.9".hex()
    kamailio.execute(
        "SELECT switch.client_seen(%s, %s, %s, 'TLS', NULL, NULL)", [ids["mette"], agent, address]
    )
    page = browser.get("/").content.decode()
    (phone,) = now(live_cast.mette).offline
    assert off in page
    assert f"Last seen {when(phone.seen)}." in page
    with psycopg.connect(
        postgres.superuser_url(settings.DATABASES["default"]["NAME"]), autocommit=True
    ) as server:
        server.execute(
            "INSERT INTO kam.location (ruid, username, domain, contact, expires)"
            " SELECT 'r', phone.username, 'it-bixen.dk', 'sip:x', now() AT TIME ZONE 'UTC' + interval '1 hour'"
            " FROM telephony_phone phone WHERE phone.id = %s",
            [ids["mette"]],
        )
    assert off not in browser.get("/").content.decode()
