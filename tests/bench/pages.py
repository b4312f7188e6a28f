"""Count the SQL statements of every page after sign-in, at 10 and at 10,000 employees.

`queries_max` is the page with the most; session rows and transaction control are counted apart. Every route of the
access table that answers GET is listed, with the role that asked. Run by `script/bench pages`.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import tests.environment  # noqa: F401  starts Postgres and sets the environment, before Django

AIM = 6
SIZES = (10, 10_000)
SESSION = re.compile(r'"(django_session|usersessions_usersession)"')
CONTROL = re.compile(r"^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET )", re.IGNORECASE)
ROLES = ("sara", "jonas", "provider", "nobody")


@dataclass(frozen=True)
class Count:
    statements: int
    sessions: int
    control: int
    status: int
    sql: tuple[str, ...]


def main() -> None:
    """Print one JSON line for the figure; the list of routes goes to standard error."""
    import django

    django.setup()
    logging.disable(logging.CRITICAL)  # refused pages are part of the count
    from django.test.utils import setup_test_environment

    setup_test_environment()
    from tests.bench.database import fresh_database

    with fresh_database():
        counts = {size: dict(measure(size)) for size in SIZES}
    small, large = counts[SIZES[0]], counts[SIZES[1]]
    differing = [key for key in small if small[key].statements != large[key].statements]
    for key in sorted(large, key=lambda key: -large[key].statements):
        route, role = key
        count, before = large[key], small[key]
        print(
            f"{before.statements:3} {count.statements:3} (+{count.sessions} sessions, +{count.control} control)"
            f"  {count.status}  /{route}  as {role}",
            file=sys.stderr,
        )
        if count.statements > AIM or key in differing:
            for statement in count.sql:
                print(f"          {statement[:150]}", file=sys.stderr)
    most = max(count.statements for count in large.values())
    figure = {
        "name": "queries_max",
        "ours": most,
        "reference": AIM,
        "ratio": round(most / AIM, 2),
        "unit": "SQL statements on the page with the most",
        "routes": len(large),
        "grows": [f"/{route}" for route, _ in differing],
    }
    print(json.dumps(figure))
    sys.exit(1 if differing else 0)


def measure(size: int) -> Iterator[tuple[tuple[str, str], Count]]:
    """Yield the count of each route for a customer with so many employees."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.architecture.routes import ROUTES
    from tests.architecture.test_access import address, admin_routes
    from tests.architecture.world import World
    from tests.cast import Cast, signed_in
    from tests.conftest import empty_database

    empty_database()
    world = World(Cast.perform())
    _employ(world, size)
    signed_in(None).get("/ready")  # looks at the migrations once in a process's life
    asked = {pattern: (access.about, access) for pattern, access in ROUTES.items() if "GET" in access.methods}
    for pattern, (about, access) in asked.items():
        for name in ROLES:
            person = world.people[name]
            role = person.actor.role if person else "nobody"
            if role not in access.who or (name == "nobody" and len(access.who) < 6):
                continue
            for _, values, visible in world.objects(about, person):
                if visible or not about:
                    client = signed_in(person)
                    client.get("/settings/")  # what only a first request does is done
                    with CaptureQueriesContext(connection) as captured:
                        answer = client.get(address(pattern, values))
                    yield (pattern, name), counted(captured.captured_queries, answer.status_code)
                    break
    for pattern in admin_routes():
        if pattern.endswith(("/", "add/")) and "<" not in pattern:
            client = signed_in(world.people["jonas"])
            client.get("/settings/")
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(f"/{pattern}")
            yield (pattern, "jonas"), counted(captured.captured_queries, answer.status_code)


def counted(captured: list[dict[str, str]], status: int) -> Count:
    sql = [query["sql"] for query in captured]
    control = [s for s in sql if CONTROL.match(s)]
    sessions = [s for s in sql if s not in control and SESSION.search(s)]
    rest = [s for s in sql if s not in control and s not in sessions]
    return Count(len(rest), len(sessions), len(control), status, tuple(rest))


def _employ(world: object, size: int) -> None:
    """Bring IT-bixen to this many employees, with local numbers."""
    from django.db import connections

    with connections["migrator"].cursor() as cursor:
        customer = world.cast.bixen.pk  # type: ignore[attr-defined]
        cursor.execute("SELECT count(*) FROM tenancy_employee WHERE customer_id = %s", [customer])
        missing = size - cursor.fetchone()[0]
        cursor.execute(
            "WITH made AS (INSERT INTO tenancy_employee (public_id, customer_id, name, email)"
            " SELECT gen_random_uuid(), %s, 'Navn ' || n, 'navn' || n || '@it-bixen.dk'"
            " FROM generate_series(1, %s) n"
            " RETURNING id) INSERT INTO telephony_extension (customer_id, number, employee_id)"
            " SELECT %s, (30000 + row_number() OVER ())::text, id FROM made",
            [customer, missing, customer],
        )
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main()
