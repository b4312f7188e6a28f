"""A switch that starts beside phones that were registered when it stopped."""

from __future__ import annotations

from pathlib import Path

import psycopg
from django.conf import settings

from stack.postgres import Postgres
from tests.contract.switching import own_switch


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
    with own_switch(tmp_path, postgres) as service:
        assert service.running
        assert "could not allocate" not in (tmp_path / "kamailio.log").read_text()
