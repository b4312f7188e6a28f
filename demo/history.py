"""Write the records of the demo's calls, which the portal itself may not write: the switch does."""

from __future__ import annotations

import psycopg
from django.conf import settings

# A record for each call of a demo queue, with a leg for its stay there and one for whoever took it.
RECORDS = """
WITH call AS (
    SELECT queued.*, nextval('telephony_callrecord_id_seq') AS record_id, queued.outcome = 'answered' AS is_answered,
           coalesce(direct.number, extension.number) AS dialled, phone.id AS phone_id
    FROM telephony_queuecall queued
    JOIN telephony_queue queue ON queue.id = queued.queue_id
    JOIN telephony_extension extension ON extension.id = queue.extension_id
    LEFT JOIN LATERAL (
        SELECT ddi.number FROM telephony_ddi ddi
        WHERE ddi.extension_id = extension.id AND ddi.ended_at IS NULL
        ORDER BY ddi.number
        LIMIT 1
    ) direct ON true
    LEFT JOIN LATERAL (
        SELECT own.id FROM telephony_phone own
        WHERE own.employee_id = queued.answered_by_id AND own.ended_at IS NULL
        ORDER BY own.id
        LIMIT 1
    ) phone ON true
    WHERE queued.call_id LIKE 'demo-%' AND NOT EXISTS (
        SELECT FROM telephony_callrecord known WHERE known.node = 'demo'
    )
    ORDER BY queued.entered_at
), record AS (
    INSERT INTO telephony_callrecord (
        id, public_id, customer_id, started_at, answered_at, ended_at, direction, outcome, status, ended_by,
        caller_number, dialled, queue_id, answered_by_id, trunk, node
    )
    SELECT record_id, gen_random_uuid(), customer_id, entered_at, answered_at, ended_at, 'inbound',
           CASE outcome WHEN 'answered' THEN 'answered' WHEN 'abandoned' THEN 'cancelled' ELSE 'missed' END,
           CASE WHEN is_answered THEN 200 WHEN outcome = 'abandoned' THEN 487 ELSE 480 END,
           CASE WHEN outcome = 'waited' THEN 'switch' ELSE 'caller' END,
           caller, dialled, queue_id, answered_by_id, 'demo', 'demo'
    FROM call
)
INSERT INTO telephony_callleg (
    record_id, started_at, customer_id, employee_id, phone_id, queue_id, place, step, role, part, why, outcome, status,
    began_at, rang_at, answered_at, ended_at
)
SELECT record_id, entered_at, customer_id, NULL, NULL, queue_id, 0, 1, 'queue', '', 'queue', outcome, 0, entered_at,
       NULL, answered_at, ended_at
FROM call
UNION ALL
SELECT record_id, entered_at, customer_id, answered_by_id, phone_id, queue_id, 1, 1, 'rung', 'answered', 'queue',
       'answered', 200, entered_at, entered_at, answered_at, ended_at
FROM call
WHERE is_answered
"""


def seed_history(admin: str) -> int:
    """Write what is missing, by the address of the server for a superuser; return how many legs."""
    with psycopg.connect(admin, dbname=settings.DATABASES["default"]["NAME"]) as server:
        return server.execute(RECORDS).rowcount
