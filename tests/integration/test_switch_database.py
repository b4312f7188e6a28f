"""What the switch may and may not do in the database, under the roles that production uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import Phone, PhoneKind, SipDomain
from telephony.switch.loading import definition, definitions
from tests.cast import Cast
from tests.environment import PASSWORDS

HA1 = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def phone(live_cast: Cast) -> Phone:
    """Mette's Skype client, committed."""
    with tenant(live_cast.mette.actor):
        domain = SipDomain(customer=live_cast.bixen, name="it-bixen.dk")
        domain.save()
        phone = Phone(
            customer=live_cast.bixen,
            employee=live_cast.mette.employee,
            kind=PhoneKind.SKYPE,
            sip_domain=domain,
            username="mette",
        )
        phone.save()
    return phone


@pytest.fixture
def kamailio(live_db: None, postgres: Postgres) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the switch has it."""
    name = settings.DATABASES["default"]["NAME"]
    url = postgres.url(name, "kamailio", PASSWORDS["kamailio"])
    with psycopg.connect(url, autocommit=True) as switch:
        yield switch


def ask(statement: str, *params: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(params))
        return cursor.fetchall()


def hexed(text: str) -> str:
    return text.encode().hex()


def test_the_database_holds_what_the_files_say(db: None, postgres: Postgres) -> None:
    shape = (
        "SELECT oid::regprocedure::text, pg_get_functiondef(oid), proowner::regrole::text, proacl::text"
        " FROM pg_proc WHERE pronamespace = 'switch'::regnamespace"
        " UNION ALL SELECT oid::regclass::text, pg_get_viewdef(oid), relowner::regrole::text, relacl::text"
        " FROM pg_class WHERE relnamespace = 'switch'::regnamespace AND relkind = 'v' ORDER BY 1"
    )
    with psycopg.connect(postgres.superuser_url(settings.DATABASES["default"]["NAME"])) as server:
        server.execute("SET ROLE migrator")
        before = server.execute(shape).fetchall()
        server.execute("SET LOCAL check_function_bodies = off")
        for name in definitions():
            server.execute(definition(name))
        assert server.execute(shape).fetchall() == before
        server.rollback()
    assert {row[2] for row in before} == {"switch_owner"}
    assert {row[0].partition("(")[0].removeprefix("switch.") for row in before} == set(definitions())


def test_functions_of_the_switch_fix_their_search_path(db: None) -> None:
    """Those without one run as the function that calls them: nobody else may, and none has rights of its own."""
    loose = ask(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'switch'::regnamespace"
        " AND NOT coalesce(proconfig::text, '') LIKE %s"
        " AND (prosecdef OR prorettype = 'trigger'::regtype OR EXISTS ("
        "   SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee <> proowner))",
        "%search_path=pg_catalog, pg_temp%",
    )
    # It reads nothing.
    assert loose == [("text_of",)]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM switch.credential",
        "DELETE FROM switch.credential",
        "SELECT * FROM switch.subscriber",
        "SELECT * FROM switch.sighting",
        "SELECT switch.client_seen(1, '', '', 'UDP')",
        "SELECT * FROM kam.location",
        "SET ROLE switch_owner",
    ],
)
def test_the_portal_cannot_read_what_the_switch_keeps(db: None, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        ask(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM public.telephony_phone",
        "SELECT * FROM public.tenancy_employee",
        "SELECT * FROM public.accounts_user",
        "INSERT INTO public.django_q_ormq (key, payload, lock) VALUES ('a', 'b', now())",
        "SELECT * FROM switch.credential",
        "SELECT switch.set_credential(1, '0123456789abcdef0123456789abcdef')",
        "SELECT * FROM switch.clients(ARRAY[1]::bigint[])",
        "CREATE TABLE kam.mine ()",
        "CREATE TABLE public.mine ()",
        "DROP TABLE kam.location",
    ],
)
def test_the_switch_reaches_nothing_else(kamailio: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidSchemaName)):
        kamailio.execute(statement)


def test_a_credential_goes_in_and_only_the_switch_sees_it(
    live_cast: Cast, phone: Phone, kamailio: psycopg.Connection[Any]
) -> None:
    with tenant(live_cast.mette.actor):
        assert ask("SELECT switch.set_credential(%s, %s)", phone.pk, HA1) == [(1,)]
    rows = kamailio.execute("SELECT username, domain, ha1, phone_id FROM subscriber").fetchall()
    assert rows == [("mette", "it-bixen.dk", HA1, phone.pk)]


def test_a_stranger_can_neither_set_nor_drop_a_credential(live_cast: Cast, phone: Phone) -> None:
    with tenant(live_cast.mette.actor):
        ask("SELECT switch.set_credential(%s, %s)", phone.pk, HA1)
    with tenant(live_cast.stig.actor):
        assert ask("SELECT switch.set_credential(%s, %s)", phone.pk, "f" * 32) == [(0,)]
        assert ask("SELECT switch.drop_credential(%s)", phone.pk) == [(0,)]
        assert ask("SELECT * FROM switch.clients(ARRAY[%s]::bigint[])", phone.pk) == []
    with transaction.atomic():
        assert ask("SELECT switch.drop_credential(%s)", phone.pk) == [(0,)]
    with tenant(live_cast.mette.actor):
        assert ask("SELECT switch.drop_credential(%s)", phone.pk) == [(1,)]


@pytest.mark.parametrize("ending", ["is_enabled = false", "ended_at = now()"])
def test_a_phone_out_of_use_is_no_subscriber(
    live_cast: Cast, phone: Phone, kamailio: psycopg.Connection[Any], ending: str
) -> None:
    with tenant(live_cast.mette.actor):
        ask("SELECT switch.set_credential(%s, %s)", phone.pk, HA1)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE telephony_phone SET {ending} WHERE id = %s", [phone.pk])
    assert kamailio.execute("SELECT * FROM subscriber").fetchall() == []


def test_a_client_is_seen_since_it_signed_in_and_no_longer_than_its_registration(
    live_cast: Cast, phone: Phone, kamailio: psycopg.Connection[Any]
) -> None:
    seen = "SELECT switch.client_seen(%s, %s, %s, 'TLS')"
    where = (phone.pk, hexed("Phone/1"), hexed("192.0.2.7"))
    shown = (
        "SELECT since, last_seen, registered_until, host(address) FROM switch.clients(ARRAY[%s]::bigint[])"
    )

    def client() -> Any:
        with tenant(live_cast.mette.actor):
            (row,) = ask(shown, phone.pk)
            return row

    kamailio.execute(seen, where)
    kamailio.execute(
        "INSERT INTO location (ruid, username, domain, contact, received, user_agent, expires) VALUES"
        " ('r', 'mette', 'it-bixen.dk', 'sip:mette@10.0.0.1', 'sip:192.0.2.7:5061;transport=tcp', 'Phone/1',"
        " now() at time zone 'UTC' + interval '5 minutes')"
    )
    first = client()
    assert first[2] > first[0]
    assert first[3] == "192.0.2.7"
    kamailio.execute(seen, where)
    again = client()
    assert (again[0], again[1] > first[1]) == (first[0], True)
    kamailio.execute("DELETE FROM location")
    gone = client()
    assert gone[2] is None
    kamailio.execute(seen, where)
    assert client()[0] > first[0]


def test_refused_sign_ins_are_counted_for_accounts_that_exist(
    live_cast: Cast, phone: Phone, kamailio: psycopg.Connection[Any]
) -> None:
    with tenant(live_cast.mette.actor):
        ask("SELECT switch.set_credential(%s, %s)", phone.pk, HA1)
    failed = "SELECT switch.sign_in_failed(%s, %s, %s, %s, %s)"
    where = (hexed("IT-bixen.dk"), hexed("scanner"), hexed("198.51.100.3"))
    assert kamailio.execute(failed, (hexed("nobody"), *where, 0)).fetchone() == (0,)
    for seconds in (0, 0, 600):
        assert kamailio.execute(failed, (hexed("Mette"), *where, seconds)).fetchone() == (1,)
    with tenant(live_cast.mette.actor):
        ((failures, address, banned),) = ask(
            "SELECT failures, host(address), banned_until > now() FROM switch.refusals(ARRAY[%s]::bigint[])",
            phone.pk,
        )
    assert (failures, address, banned) == (3, "198.51.100.3", True)


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("616e6e61", "anna"),
        ("c3a6", "æ"),
        ("27", "'"),
        ("5c", "\\"),
        ("ff", ""),
        ("6", ""),
        ("<null>", ""),
        ("", ""),
    ],
)
def test_what_a_client_sends_arrives_as_text_whatever_it_is(
    kamailio: psycopg.Connection[Any], sent: str, text: str
) -> None:
    assert kamailio.execute("SELECT switch.text_of(%s)", (sent,)).fetchone() == (text,)


def test_no_more_is_kept_than_serves_and_nothing_of_an_ended_account(
    live_cast: Cast, phone: Phone, kamailio: psycopg.Connection[Any]
) -> None:
    with tenant(live_cast.mette.actor):
        ask("SELECT switch.set_credential(%s, %s)", phone.pk, HA1)
    for number in range(60):
        agent, address = hexed(f"Phone/{number}"), hexed(f"192.0.2.{number}")
        kamailio.execute("SELECT switch.client_seen(%s, %s, %s, 'UDP')", (phone.pk, agent, address))
        where = (hexed("mette"), hexed("it-bixen.dk"), agent, address)
        kamailio.execute("SELECT switch.sign_in_failed(%s, %s, %s, %s, 0)", where)
    count = (
        "SELECT (SELECT count(*) FROM switch.clients(ARRAY[%s]::bigint[])),"
        " (SELECT count(*) FROM switch.refusals(ARRAY[%s]::bigint[]))"
    )
    with tenant(live_cast.mette.actor):
        assert ask(count, phone.pk, phone.pk) == [(20, 50)]
        (newest,) = ask("SELECT user_agent FROM switch.clients(ARRAY[%s]::bigint[]) LIMIT 1", phone.pk)
        assert newest == ("Phone/59",)
        ask("SELECT switch.drop_credential(%s)", phone.pk)
        assert ask(count, phone.pk, phone.pk) == [(0, 0)]


def test_the_switch_names_no_table_of_an_app_above_telephony() -> None:
    named = {
        table
        for name in definitions()
        for table in re.findall(r"(?:public\.)?\b(\w+_\w+)\b", definition(name))
    }
    apps = {"billing", "provisioning", "accounts", "kernel", "django", "web", "backoffice", "demo"}
    # Which language somebody reads stands below telephony; it is granted by columns.
    language = {"accounts_user", "accounts_membership"}
    assert {table for table in named if table.partition("_")[0] in apps} == language
    assert "telephony_phone" in named
