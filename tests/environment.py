"""Set the tests' environment before Django reads its settings; loaded early by `-p tests.environment`."""

from __future__ import annotations

import atexit
import base64
import os
import tempfile
from pathlib import Path

from stack.postgres import Postgres

ROOT = Path(__file__).resolve().parent.parent
PASSWORDS = {"app": "app-test", "migrator": "migrator-test", "kamailio": "kamailio-test"}


def prepare() -> Postgres:
    """Start Postgres and point the environment at a database of this run."""
    directory = Path(os.environ.get("MYFONE_TEST_POSTGRES", ROOT / "var" / "test-postgres"))
    server = Postgres(directory, durable=False)
    server.start()
    atexit.register(server.stop)
    name = f"test_{os.getpid()}"
    os.environ.update(
        DJANGO_SETTINGS_MODULE="myfone.config.settings",
        MYFONE_ENVIRONMENT=os.devnull,
        SECRET_KEY="for tests alone",
        DATABASE_URL=server.url(name, "app", PASSWORDS["app"]),
        MIGRATOR_DATABASE_URL=server.url(name, "migrator", PASSWORDS["migrator"]),
        SECRETS_KEYS="test:" + base64.urlsafe_b64encode(bytes(range(32))).decode(),
        DEMO="yes",
        LOG_FORMAT="text",
        VAR_DIRECTORY=tempfile.mkdtemp(prefix="myfone-test-"),
        PORTAL_URL="http://localhost:8000",
    )
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    return server


POSTGRES = prepare()
