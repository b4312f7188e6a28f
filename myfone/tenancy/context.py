"""Open an actor's tenant: for a request, a job, a command or a test, always through here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from myfone.kernel import rows
from myfone.kernel.home import wall_clock
from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.scoping import unscoped


@contextmanager
def tenant(actor: Actor) -> Iterator[Actor]:
    """Run the block in a transaction that sees what the actor's tenant owns.

    Requests use `accounts_enter` instead, which does the same in the statement that finds out who the user is.
    """
    from django.db import connection

    customers: list[int] = [actor.customer_id] if actor.customer_id else []
    resellers: list[int] = [actor.reseller_id] if actor.reseller_id and actor.is_staff else []
    if actor.is_staff:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT customers, resellers FROM tenancy_reach(%s)",
                [actor.reseller_id if actor.role == Role.RESELLER_STAFF else None],
            )
            customers, resellers = cursor.fetchone()
    with rows.opened(customers=customers, resellers=resellers):
        yield actor


def admit(customer_id: int) -> None:
    """Open a customer that the running transaction has just created."""
    rows.admit(customer_id)


__all__ = ["admit", "tenant", "unscoped", "wall_clock"]
