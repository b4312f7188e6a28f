"""Read what became of the calls of a queue, for those who take its calls and who look after it (G27)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from myfone.tenancy.actor import Actor
from telephony.selectors.queues import Head

_CALLS = """
SELECT leg.id, leg.started_at, record.public_id, leg.began_at, leg.answered_at, leg.ended_at, leg.outcome,
       record.answered_at, record.ended_at, coalesce(caller.name, ''), record.caller_number, coalesce(taker.name, ''),
       coalesce((
           SELECT whom.name
           FROM telephony_callleg led
           JOIN tenancy_employee whom ON whom.id = led.employee_id
           WHERE led.record_id = leg.record_id AND led.started_at = leg.started_at AND led.part = 'led'
           ORDER BY led.id
           LIMIT 1
       ), '')
FROM (
    SELECT leg.* FROM telephony_callleg leg
    WHERE leg.role = 'queue' AND leg.queue_id = %(queue)s AND leg.customer_id = %(customer)s
      AND leg.started_at >= %(since)s AND (leg.started_at, leg.id) < (%(before)s, %(key)s)
    ORDER BY leg.started_at DESC, leg.id DESC
    LIMIT %(limit)s
) leg
JOIN telephony_callrecord record ON record.id = leg.record_id AND record.started_at = leg.started_at
LEFT JOIN tenancy_employee caller ON caller.id = record.caller_id
LEFT JOIN tenancy_employee taker ON taker.id = record.answered_by_id
ORDER BY leg.started_at DESC, leg.id DESC
"""
_FIRST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LAST = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Stay:
    """A call's stay in a queue; outcome is that of its leg, empty while it waits.

    taker is who took the call, there or where it went on to; through is whose ring profile sent it to the queue.
    """

    key: int
    started_at: dt.datetime
    public_id: UUID
    came_at: dt.datetime
    answered_at: dt.datetime | None
    left_at: dt.datetime | None
    outcome: str
    call_answered_at: dt.datetime | None
    ended_at: dt.datetime | None
    caller: str
    number: str
    taker: str
    through: str

    @property
    def waited(self) -> int | None:
        """How many seconds the caller waited here; None while that goes on."""
        until = self.answered_at or self.left_at
        return max(0, round((until - self.came_at).total_seconds())) if until else None

    @property
    def talked(self) -> int | None:
        """How many seconds were talked with who took it here; None when nobody did, or the call goes on."""
        if self.answered_at is None or self.ended_at is None:
            return None
        return max(0, round((self.ended_at - self.answered_at).total_seconds()))


def stays(
    actor: Actor,
    head: Head,
    *,
    since: dt.datetime | None,
    before: tuple[dt.datetime, int] | None,
    limit: int,
) -> list[Stay]:
    """Return the calls that came to a queue, the latest first; who may see the queue is asked before."""
    at, key = before or (_LAST, 0)
    values: dict[str, Any] = {
        "queue": head.id,
        "customer": actor.customer_id,
        "since": since or _FIRST,
        "before": at,
        "key": key,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CALLS, values)
        return [Stay(*row) for row in cursor.fetchall()]
