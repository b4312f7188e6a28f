"""Fill a database with companies whose phones ring: people, phones, numbers and ring profiles, by set-based SQL."""

from __future__ import annotations

from typing import Any

import psycopg

EACH = 100  # employees of one company

PEOPLE = """
WITH reseller AS (
    INSERT INTO tenancy_reseller (public_id, name, support_phone) VALUES (gen_random_uuid(), 'Bench', '') RETURNING id
), customer AS (
    INSERT INTO tenancy_customer (public_id, name, cvr, price_plan, is_own_company, reseller_id)
    SELECT gen_random_uuid(), 'Firma ' || n, '', '', false, reseller.id
    FROM reseller, generate_series(1, %(companies)s) n
    RETURNING id
), domain AS (
    INSERT INTO telephony_sipdomain (name, customer_id) SELECT 'firma' || id || '.dk', id FROM customer
    RETURNING id, customer_id
)
INSERT INTO tenancy_employee (public_id, customer_id, name, email)
SELECT gen_random_uuid(), domain.customer_id, 'Navn ' || n, 'n' || n || '@firma.dk'
FROM domain, generate_series(1, %(each)s) n
"""
PHONES = """
INSERT INTO telephony_phone (
    public_id, kind, username, line_identity, is_enabled, customer_id, employee_id, sip_domain_id, name
)
SELECT gen_random_uuid(), kind, kind || employee.id, '', true, employee.customer_id, employee.id, domain.id, kind
FROM tenancy_employee employee
JOIN telephony_sipdomain domain ON domain.customer_id = employee.customer_id
CROSS JOIN (VALUES ('desk'), ('skype')) kinds (kind)
WHERE domain.name LIKE 'firma%%'
  AND NOT EXISTS (SELECT FROM telephony_phone phone WHERE phone.employee_id = employee.id)
"""
NUMBERS = """
WITH extension AS (
    INSERT INTO telephony_extension (number, customer_id, employee_id)
    SELECT (200 + row_number() OVER (PARTITION BY employee.customer_id ORDER BY employee.id))::text,
           employee.customer_id, employee.id
    FROM tenancy_employee employee
    JOIN telephony_sipdomain domain ON domain.customer_id = employee.customer_id AND domain.name LIKE 'firma%%'
    WHERE NOT EXISTS (SELECT FROM telephony_extension extension WHERE extension.employee_id = employee.id)
    RETURNING id, customer_id
)
INSERT INTO telephony_ddi (public_id, number, is_main, customer_id, extension_id)
SELECT gen_random_uuid(), '+45' || (70000000 + id), false, customer_id, id FROM extension
"""
# Office rings desk phone and client for 20 s and is busy when the employee is; Holiday ends calls. Office holds.
PROFILES = """
WITH made AS (
    INSERT INTO telephony_ringprofile (public_id, template, name, position, version, customer_id, employee_id)
    SELECT gen_random_uuid(), template, '', position, 1, employee.customer_id, employee.id
    FROM tenancy_employee employee
    JOIN telephony_sipdomain domain ON domain.customer_id = employee.customer_id AND domain.name LIKE 'firma%%'
    CROSS JOIN (VALUES ('office', 1), ('holiday', 2)) templates (template, position)
    WHERE NOT EXISTS (SELECT FROM telephony_ringprofile profile WHERE profile.employee_id = employee.id)
    RETURNING id, customer_id, employee_id, template
), step AS (
    INSERT INTO telephony_ringstep (position, seconds, customer_id, employee_id, profile_id)
    SELECT 1, 20, customer_id, employee_id, id FROM made WHERE template = 'office'
    RETURNING id, customer_id, employee_id
), target AS (
    INSERT INTO telephony_ringtarget (situation, callers, number, customer_id, employee_id, profile_id)
    SELECT CASE template WHEN 'holiday' THEN 'always' ELSE 'busy' END, 'everybody', '', customer_id, employee_id, id
    FROM made
)
INSERT INTO telephony_ringmember (number, customer_id, employee_id, phone_id, step_id)
SELECT '', step.customer_id, step.employee_id, phone.id, step.id
FROM step JOIN telephony_phone phone ON phone.employee_id = step.employee_id
"""
REGISTRATIONS = """
INSERT INTO kam.location (ruid, username, domain, contact, expires, methods)
SELECT 'bench-' || phone.id, lower(phone.username), domain.name, 'sip:' || lower(phone.username) || '@' || %(rung)s,
       now() AT TIME ZONE 'UTC' + interval '1 day', 16383
FROM telephony_phone phone
JOIN telephony_sipdomain domain ON domain.id = phone.sip_domain_id
WHERE phone.kind = 'desk' AND domain.name LIKE 'firma%%' AND phone.employee_id %% %(every)s = 0
"""


def fill(server: psycopg.Connection[Any], size: int) -> None:
    """Add companies of EACH with `size` employees in all; `server` is the connection of the database's owner."""
    values = {"companies": size // EACH, "each": EACH}
    for statement in (PEOPLE, PHONES, NUMBERS, PROFILES):
        server.execute(statement, values)
    # What calls have left behind would be touched as well, until autovacuum comes.
    server.execute("VACUUM ANALYZE")


def register(server: psycopg.Connection[Any], rung: str, *, every: int = 1) -> list[str]:
    """Let the desk phone of every so many employees be registered at an address; return their direct numbers."""
    server.execute("DELETE FROM kam.location")
    server.execute(REGISTRATIONS, {"rung": rung, "every": every})
    server.execute("VACUUM ANALYZE kam.location")
    rows = server.execute(
        "SELECT ddi.number FROM telephony_ddi ddi JOIN telephony_extension extension ON extension.id = ddi.extension_id"
        " WHERE extension.employee_id %% %s = 0 ORDER BY ddi.id LIMIT 1000",
        [every],
    ).fetchall()
    return [number for (number,) in rows]


def trunk(server: psycopg.Connection[Any], source: str) -> None:
    """Let calls from an address count as the public network's."""
    server.execute(
        "WITH made AS (INSERT INTO telephony_trunk (name, gateway, rank, is_enabled)"
        " VALUES ('Bench', %(gateway)s, 1, true) RETURNING id)"
        " INSERT INTO telephony_trunksource (trunk_id, address) SELECT id, %(source)s FROM made",
        {"gateway": f"{source}:5060", "source": source},
    )
