"""Set the tests' environment before Django reads its settings; loaded early by `-p tests.environment`."""

from __future__ import annotations

import atexit
import base64
import os
import shutil
import tempfile
from pathlib import Path

from stack.postgres import Postgres

ROOT = Path(__file__).resolve().parent.parent
# Which of the processes that share the tests this is (gw0, gw1 ...); none on its own, and in the one that deals.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
NUMBER = int(WORKER.removeprefix("gw") or 0)
PASSWORDS = {"app": "app-test", "migrator": "migrator-test", "kamailio": "kamailio-test"}


def prepare() -> Postgres:
    """Start Postgres and point the environment at a database of this run."""
    # Roles belong to a whole server, and some tests kill it: each process has one of its own.
    server = Postgres(ROOT / "var" / f"test-postgres{WORKER}", durable=False)
    server.start()
    atexit.register(server.stop)
    name = f"test_{os.getpid()}"
    var = Path(tempfile.mkdtemp(prefix="myfone-test-"))
    (var / "static").mkdir()
    atexit.register(shutil.rmtree, var, ignore_errors=True)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="myfone.config.settings",
        MYFONE_ENVIRONMENT=os.devnull,
        SECRET_KEY="for tests alone",
        DATABASE_URL=server.url(name, "app", PASSWORDS["app"]),
        MIGRATOR_DATABASE_URL=server.url(name, "migrator", PASSWORDS["migrator"]),
        SECRETS_KEYS="test:" + base64.urlsafe_b64encode(bytes(range(32))).decode(),
        DEMO="yes",
        # Each test client is a portal of its own: listing all static files took half the time of its requests.
        STATIC_LOOKED_UP="yes",
        LOG_FORMAT="text",
        VAR_DIRECTORY=str(var),
        PORTAL_URL="http://localhost:8000",
    )
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    return server


POSTGRES = prepare()
