"""Search colleagues as one types, in a company of 10,000 beside 90,000 strangers.

`colleague_search`: what the Colleagues page asks (count, page, statuses) against the least that any search does:
one LIKE over one text column of the same people, names in order. Run by `script/bench people`.
"""

from __future__ import annotations

import json
import logging
import statistics
import time
from collections.abc import Callable

import tests.environment  # noqa: F401  starts Postgres and sets the environment, before Django

ROUNDS = 5
SIZE, STRANGERS = 10_000, 90_000
WORDS = ("jens", "and 12", "salg", "møde", "31234", "zzz", "a")


def main() -> None:
    """Print one JSON line for the figure."""
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.db import connections

    from myfone.tenancy.context import tenant
    from telephony.selectors.colleagues import find
    from tests.bench.database import fresh_database
    from tests.cast import Cast

    with fresh_database():
        cast = Cast.perform()
        _employ(cast.bixen.pk, cast.havnen.pk)
        actor = cast.mette.actor
        with tenant(actor), connections["migrator"].cursor() as cursor:

            def ours() -> list[int]:
                return [find(actor, words=words).total for words in WORDS]

            def floor() -> list[int]:
                found = []
                for words in WORDS:
                    fits = " AND ".join(["everything LIKE %s"] * len(words.split()))
                    cursor.execute(
                        f"SELECT name FROM everything WHERE {fits} ORDER BY name",
                        [f"%{word}%" for word in words.split()],
                    )
                    found.append(len(cursor.fetchall()))
                return found

            cursor.execute(
                "CREATE TEMPORARY TABLE everything AS SELECT employee.name, lower(concat_ws('/', employee.name,"
                " department.name, said.note)) || '/' || coalesce((SELECT string_agg('#' || number, '')"
                " FROM telephony_extension WHERE employee_id = employee.id), '') AS everything"
                " FROM tenancy_employee employee LEFT JOIN tenancy_department department"
                " ON department.id = employee.department_id LEFT JOIN telephony_presence said"
                " ON said.employee_id = employee.id WHERE employee.customer_id = %s",
                [cast.bixen.pk],
            )
            # A number is found by its beginning: the floor finds a few more where digits stand elsewhere.
            counted = list(zip(ours(), floor(), strict=True))
            assert all(0 <= theirs - mine <= 30 for mine, theirs in counted), counted
            times: dict[str, list[tuple[float, float]]] = {"ours": [], "floor": []}
            for _ in range(ROUNDS):
                times["ours"].append(_timed(ours))
                times["floor"].append(_timed(floor))
    wall = {name: statistics.median(one[0] for one in rounds) / len(WORDS) for name, rounds in times.items()}
    cpu = {name: statistics.median(one[1] for one in rounds) / len(WORDS) for name, rounds in times.items()}
    print(
        json.dumps(
            {
                "name": "colleague_search",
                "ours": round(wall["ours"] * 1000, 1),
                "reference": round(wall["floor"] * 1000, 1),
                "ratio": round(wall["ours"] / wall["floor"], 2),
                "unit": "ms a search, wall",
                "cpu_ms": {name: round(seconds * 1000, 1) for name, seconds in cpu.items()},
                "employees": SIZE,
            }
        )
    )


def _timed(search: Callable[[], list[int]]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    search()
    return time.perf_counter() - wall, time.process_time() - cpu


def _employ(customer: int, other: int) -> None:
    """Bring two companies to their size, with departments, numbers, statuses and notes."""
    from django.db import connections

    first = "(ARRAY['Jens', 'Anders', 'Sara', 'Åse', 'Øjvind', 'Kirsten', 'Mads', 'Ida'])[1 + n %% 8]"
    last = "(ARRAY['Hansen', 'Andersen', 'Nygaard', 'Abildgaard', 'Ravn'])[1 + n %% 5]"
    with connections["migrator"].cursor() as cursor:
        for company, size in ((customer, SIZE), (other, STRANGERS)):
            cursor.execute(
                "INSERT INTO tenancy_department (customer_id, name)"
                " SELECT %s, (ARRAY['Salg', 'Support', 'Drift', 'Økonomi'])[n] FROM generate_series(1, 4) n",
                [company],
            )
            cursor.execute(
                "WITH made AS (INSERT INTO tenancy_employee (public_id, customer_id, name, email, department_id)"
                f" SELECT gen_random_uuid(), %s, {first} || ' ' || {last} || ' ' || n, 'n' || n || '@x.dk',"
                " (SELECT min(id) FROM tenancy_department WHERE customer_id = %s) + n %% 4"
                " FROM generate_series(1, %s) n RETURNING id, customer_id),"
                " numbered AS (INSERT INTO telephony_extension (customer_id, number, employee_id)"
                " SELECT customer_id, (30000 + row_number() OVER ())::text, id FROM made)"
                " INSERT INTO telephony_presence (employee_id, customer_id, note)"
                " SELECT id, customer_id, CASE WHEN id %% 3 = 0 THEN 'I møde til kl. ' || id %% 24 ELSE '' END"
                " FROM made",
                [company, company, size],
            )
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main()
