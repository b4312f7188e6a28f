"""Keep one migrated database beside the tests' own, so that only the first run after a change migrates."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import psycopg
from psycopg import sql

from stack.postgres import Postgres
from tests.environment import ROOT

# All that a migrated database is made of. What is not named here is migrated on top at each start.
SOURCES = (
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "telephony/switch/**/*",
    "myfone/tenancy/rls.py",
    "myfone/tenancy/management/commands/provision_database.py",
    "requirements.lock",
)
PREFIX = "migrated_"


def _name() -> str:
    parts = hashlib.sha256()
    for path in sorted({path for pattern in SOURCES for path in ROOT.glob(pattern)}):
        if path.is_file() and path.suffix != ".pyc":
            parts.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return PREFIX + parts.hexdigest()[:16]


def make(server: Postgres, database: str, migrate: Callable[[], None]) -> None:
    """Make `database`, from the kept one where nothing has changed; `migrate` brings it up to date and leaves it."""
    kept = _name()
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(server.superuser_url(), autocommit=True) as admin:
        found = admin.execute("SELECT datname FROM pg_database WHERE datname LIKE 'migrated_%'").fetchall()
        known = (kept,) in found
        if known:
            admin.execute(copy.format(sql.Identifier(database), sql.Identifier(kept)))
        migrate()
        if not known:
            for (old,) in found:
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(old)))
            admin.execute(copy.format(sql.Identifier(kept), sql.Identifier(database)))
