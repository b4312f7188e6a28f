"""A switch that starts beside phones that were registered when it stopped."""

from __future__ import annotations

from pathlib import Path

import psycopg
from django.conf import settings

from stack import ports
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from tests.contract.switching import BAN_AFTER, BAN_SECONDS, SOURCE_BAN_AFTER, database_url


def test_it_starts_with_thousands_registered(tmp_path: Path, postgres: Postgres, live_db: None) -> None:
    """All at once they need more memory than a process has."""
    with psycopg.connect(
        postgres.superuser_url(settings.DATABASES["default"]["NAME"]), autocommit=True
    ) as server:
        server.execute(
            "INSERT INTO kam.location (ruid, username, domain, contact, expires)"
            " SELECT 'r' || i, 'u' || i, 'd.dk', 'sip:x@127.0.0.9:5070', now() AT TIME ZONE 'UTC' + interval '1 hour'"
            " FROM generate_series(1, 5000) i"
        )
    with Kamailio(
        tmp_path,
        database=database_url(postgres),
        address=ports.loopback(tmp_path),
        ban_after=BAN_AFTER,
        source_ban_after=SOURCE_BAN_AFTER,
        ban_seconds=BAN_SECONDS,
    ) as service:
        assert service.running
        assert "could not allocate" not in (tmp_path / "kamailio.log").read_text()
