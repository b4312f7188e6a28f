"""A database of a bench's own, made like the tests'."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.environment import PASSWORDS, POSTGRES


@contextmanager
def fresh_database() -> Iterator[None]:
    """Make the roles and tables that the environment names, and drop them afterwards."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    call_command(
        "provision_database",
        admin=POSTGRES.superuser_url(),
        kamailio_password=PASSWORDS["kamailio"],
        verbosity=0,
    )
    call_command("migrate", database="migrator", verbosity=0)
    try:
        yield
    finally:
        connections.close_all()
        name = settings.DATABASES["default"]["NAME"]
        with psycopg.connect(POSTGRES.superuser_url(), autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
