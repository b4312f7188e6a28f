"""A queue with very many agents: an offer looks at the phones of those it rings, not of all who are signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stack.postgres import Postgres
from tests.cast import Cast
from tests.queue_office import Office, opened

AGENTS = 300
HIRE = """
WITH hired AS (
    INSERT INTO tenancy_employee (public_id, customer_id, name, email)
    SELECT gen_random_uuid(), %(customer)s, 'Agent ' || n, 'agent' || n || '@it-bixen.dk'
    FROM generate_series(1, %(agents)s) n
    RETURNING id, customer_id
), phone AS (
    INSERT INTO telephony_phone (
        public_id, kind, username, line_identity, is_enabled, customer_id, employee_id, sip_domain_id
    )
    SELECT gen_random_uuid(), 'desk', 'agent' || id, '', true, customer_id, id, %(domain)s FROM hired
    RETURNING username
), registered AS (
    INSERT INTO kam.location (ruid, username, domain, contact, expires)
    SELECT 'ruid-' || username, username, 'it-bixen.dk', 'sip:x', now() AT TIME ZONE 'UTC' + interval '1 hour'
    FROM phone
)
INSERT INTO telephony_queuemember (customer_id, employee_id, queue_id, is_signed_in)
SELECT customer_id, id, %(queue)s, true FROM hired
"""


@pytest.fixture
def office(live_cast: Cast, postgres: Postgres) -> Iterator[Office]:
    with opened(live_cast, postgres) as office:
        yield office


def test_an_offer_looks_at_no_more_phones_than_it_rings(office: Office) -> None:
    office.server.execute(
        HIRE,
        {
            "customer": office.cast.bixen.pk,
            "agents": AGENTS,
            "domain": office.domain.pk,
            "queue": office.queue.pk,
        },
    )
    office.server.execute("SET track_functions = 'all'")
    with office.server.transaction():
        # What they are on when a call comes is read in one statement.
        office.server.execute("SELECT switch.queue_left_out(%s)", [office.queue.pk])
        assert not office.server.execute(
            "SELECT calls FROM pg_stat_xact_user_functions WHERE funcname = 'queue_phones'"
        ).fetchone()
    office.arrive("first")
    with office.server.transaction():
        office.server.execute("SELECT * FROM switch.queue_dispatch('')")
        row = office.server.execute(
            "SELECT calls FROM pg_stat_xact_user_functions WHERE funcname = 'queue_phones'"
        ).fetchone()
    assert row is not None
    assert row[0] == 1
    assert len(office.rung("first")) == 1
