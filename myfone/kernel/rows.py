"""Open rows for a block: the second net below the guarded query.

Row-level security lets the portal's role see the rows of the customers named in `app.customers`, and of the
resellers named in `app.resellers`. Both are set for one transaction only: set for a session they would leak to
the next borrower of the connection. Outside such a block there are no rows at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

SETTINGS = ("app.customers", "app.resellers")


def as_array(ids: Iterable[int]) -> str:
    """Return ids as a Postgres array literal."""
    return "{" + ",".join(str(int(one)) for one in ids) + "}"


@contextmanager
def opened(*, customers: Iterable[int] = (), resellers: Iterable[int] = ()) -> Iterator[None]:
    """Run the block in a transaction that sees these tenants and no others; nested blocks restore."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('app.customers', true), current_setting('app.resellers', true),"
            " set_config('app.customers', %s, true), set_config('app.resellers', %s, true)",
            [as_array(customers), as_array(resellers)],
        )
        before = cursor.fetchone()[:2]
        yield
        cursor.execute(
            "SELECT set_config('app.customers', %s, true), set_config('app.resellers', %s, true)",
            [before[0] or "", before[1] or ""],
        )


def close() -> None:
    """Take all tenants from the running transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.customers', '', true), set_config('app.resellers', '', true)")


def admit(customer_id: int) -> None:
    """Add a customer that was just created to those that the running transaction sees."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.customers', array_append("
            "coalesce(nullif(current_setting('app.customers', true), ''), '{}')::bigint[], %s)::text, true)",
            [customer_id],
        )
