"""Give every test the portal's own database role, on a Postgres of our own.

`db` works in a transaction that is undone. `live_db` commits, for tests with servers or several connections; it is
emptied afterwards by the superuser, for the portal's role may not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.utils import translation

from stack.postgres import Postgres
from tests.cast import Cast
from tests.environment import PASSWORDS, POSTGRES
from tests.migrated import make

# By their object ids, with the partitions of those that have some.
_TABLES = """
SELECT c.oid, n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'switch', 'kam') AND c.relname <> ALL (%s)
    AND NOT (n.nspname = 'kam' AND c.relname = 'version')
"""
_NUMBERS = """
WITH owned AS MATERIALIZED (
    SELECT number.seqrelid, number.seqstart FROM pg_sequence number JOIN pg_depend ON objid = number.seqrelid
    WHERE classid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND refobjid = ANY (%s)
)
SELECT setval(seqrelid::regclass, seqstart, false) FROM owned WHERE pg_sequence_last_value(seqrelid) IS NOT NULL
"""
KEPT = {
    "django_migrations",
    "django_content_type",
    "billing_licencetype",
    "billing_price",
    "country",
    "default_code",
    "number_class",
}


@pytest.fixture(scope="session")
def postgres() -> Postgres:
    """The server that the whole session runs on."""
    return POSTGRES


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureDef[object]) -> Iterator[None]:
    """Make the database as in production: roles by the command, tables by the migrator."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    def migrate() -> None:
        call_command(
            "provision_database",
            admin=POSTGRES.superuser_url(),
            kamailio_password=PASSWORDS["kamailio"],
            verbosity=0,
        )
        call_command("migrate", database="migrator", verbosity=0)
        connections.close_all()

    with django_db_blocker.unblock():
        make(POSTGRES, settings.DATABASES["default"]["NAME"], migrate)
        yield
        connections.close_all()
        with psycopg.connect(POSTGRES.superuser_url(), autocommit=True) as server:
            name = settings.DATABASES["default"]["NAME"]
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(autouse=True)
def language() -> None:
    """Begin each test in the portal's own language; the last page that was served leaves its reader's behind."""
    translation.deactivate()


def empty_database() -> None:
    """Empty every table but those that migrations filled, and begin their numbers anew.

    Only what has rows is emptied: TRUNCATE makes files for every table and index there is, and took a third of a
    second after each test.
    """
    from django.conf import settings

    with psycopg.connect(POSTGRES.superuser_url(settings.DATABASES["default"]["NAME"])) as server:
        tables = server.execute(_TABLES, [list(KEPT)]).fetchall()
        for attempt in range(10):
            try:
                with server.transaction():
                    _empty(dict(tables), server)
                return
            except psycopg.errors.DeadlockDetected:
                # A switch that is up reads and writes several times a second, in an order of its own.
                if attempt == 9:
                    raise


def _empty(tables: dict[int, str], server: psycopg.Connection[Any]) -> None:
    # Neither triggers nor foreign keys have a say: all goes.
    server.execute("SET LOCAL session_replication_role = replica")
    # Whoever writes at this moment has written before the look at what there is, or writes afterwards.
    server.execute(f"LOCK TABLE {', '.join(tables.values())} IN EXCLUSIVE MODE")
    looks = (f"(SELECT {name!r} FROM ONLY {name} LIMIT 1)" for name in tables.values())
    for (name,) in server.execute(" UNION ALL ".join(looks)).fetchall():
        server.execute(f"DELETE FROM ONLY {name}")
    server.execute(_NUMBERS, [list(tables)])


@pytest.fixture
def live_db(django_db_setup: None, django_db_blocker: pytest.FixtureDef[object]) -> Iterator[None]:
    """A database whose transactions commit; emptied after the test."""
    with django_db_blocker.unblock():
        from django.db import connections

        try:
            yield
        finally:
            connections.close_all()
            empty_database()
            connections.close_all()


@pytest.fixture
def cast(db: None) -> Cast:
    """The named people of every test, in a transaction that is undone."""
    return Cast.perform()


@pytest.fixture
def live_cast(live_db: None) -> Cast:
    """The named people of every test, committed."""
    return Cast.perform()
