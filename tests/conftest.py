"""Give every test the portal's own database role, on a Postgres of our own.

`db` works in a transaction that is undone. `live_db` commits, for tests with servers or several connections; it is
emptied afterwards by the migrator, for the portal's role may not.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import OperationalError
from django.utils import translation

from stack.postgres import Postgres
from tests.cast import Cast
from tests.environment import PASSWORDS, POSTGRES
from tests.migrated import make

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
    """Empty every table but those that migrations filled, as the migrator."""
    from django.db import connections

    with connections["migrator"].cursor() as cursor:
        cursor.execute(
            "SELECT schemaname || '.' || tablename, tablename FROM pg_tables"
            " WHERE schemaname IN ('public', 'switch', 'kam') AND tablename <> ALL(%s)"
            " AND NOT (schemaname = 'kam' AND tablename = 'version')",
            [list(KEPT)],
        )
        tables = [name for name, _ in cursor.fetchall()]
        for attempt in range(5):
            try:
                cursor.execute("TRUNCATE " + ", ".join(tables) + " RESTART IDENTITY CASCADE")
                return
            except OperationalError as error:
                # A switch that is up reads its tables several times a second, in an order of its own.
                if not isinstance(error.__cause__, psycopg.errors.DeadlockDetected) or attempt == 4:
                    raise


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
