"""A page of a long history is read from its index: what it costs does not grow with what is behind it."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.selectors import calls
from telephony.selectors.calls import Wanted
from tests.cast import Cast

CALLS = 100_000
# Blocks for a page of 51 lines: a leg and its record each by an index, in one of some partitions.
MOST_BLOCKS = 1000
FILL = """
INSERT INTO telephony_callrecord (
    id, public_id, customer_id, started_at, ended_at, direction, outcome, caller_number, dialled, employee_id
)
SELECT number, gen_random_uuid(), %(customer)s, now() - number * interval '2 minutes', now(), 'inbound', 'missed',
       '+45' || 20000000 + number, '203', %(employee)s
FROM generate_series(1, %(calls)s) number;
"""
LEGS = """
INSERT INTO telephony_callleg (record_id, started_at, customer_id, employee_id, role, part, began_at)
SELECT id, started_at, customer_id, employee_id, 'rung', CASE WHEN id %% 3 = 0 THEN 'missed' ELSE 'answered' END,
       started_at
FROM telephony_callrecord WHERE customer_id = %(customer)s
"""


@pytest.fixture
def long(live_cast: Cast, postgres: Postgres) -> Cast:
    """Mette has had a hundred thousand calls, over five months."""
    name = settings.DATABASES["default"]["NAME"]
    assert live_cast.mette.employee
    values = {"customer": live_cast.bixen.pk, "employee": live_cast.mette.employee.pk, "calls": CALLS}
    with psycopg.connect(postgres.superuser_url(name), autocommit=True) as server:
        server.execute(FILL, values)
        server.execute(LEGS, values)
        server.execute("ANALYZE telephony_callrecord, telephony_callleg")
    return live_cast


def explained(cast: Cast, wanted: Wanted) -> dict[str, Any]:
    """Return what the database does for a page of Mette's history."""
    asked: list[tuple[str, Any]] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "telephony_callleg leg" in sql:
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with tenant(cast.mette.actor):
        with connection.execute_wrapper(keep):
            assert len(calls.history(actor=cast.mette.actor, wanted=wanted, limit=51)) == 51
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {asked[0][0]}", asked[0][1])
            (found,) = cursor.fetchone()
    plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


def touched(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def test_pages_at_both_ends_of_a_long_history_touch_little(long: Cast) -> None:
    with tenant(long.mette.actor), connection.cursor() as cursor:
        cursor.execute(
            "SELECT started_at, id FROM telephony_callleg ORDER BY 1 DESC, 2 DESC OFFSET %s LIMIT 1",
            [CALLS // 2],
        )
        far = cursor.fetchone()
    for wanted in (
        Wanted(),
        Wanted(show="missed"),
        Wanted(show="in"),
        Wanted(before=far),
        Wanted(show="missed", before=far),
    ):
        plan = explained(long, wanted)
        assert touched(plan) < MOST_BLOCKS, (wanted, touched(plan), plan)
