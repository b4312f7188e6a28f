"""Write down who did what to what; rows are added and never changed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

INSERT = (
    "INSERT INTO kernel_auditentry"
    " (customer_id, reseller_id, actor, action, object_kind, object_id, details)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
)


class Doer(Protocol):
    """Whoever acts; the kernel knows no more of them than an opaque id."""

    @property
    def id(self) -> str: ...


def record(
    *,
    actor: Doer,
    action: str,
    object: models.Model,
    customer_id: int | None = None,
    reseller_id: int | None = None,
    **details: Any,
) -> None:
    """Add an entry in the caller's transaction; details hold no secret.

    action is a noun and a verb in the past, as in "order.confirmed".
    """
    with connection.cursor() as cursor:
        cursor.execute(INSERT, _values(actor, action, object, customer_id, reseller_id, details))


def record_each(*, actor: Doer, action: str, entries: Iterable[tuple[models.Model, dict[str, Any]]]) -> None:
    """Add an entry for each object with its details, in one go; otherwise as `record`."""
    rows = [_values(actor, action, object, None, None, details) for object, details in entries]
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, rows)


def _values(
    actor: Doer,
    action: str,
    object: models.Model,
    customer_id: int | None,
    reseller_id: int | None,
    details: dict[str, Any],
) -> list[Any]:
    public = getattr(object, "public_id", None) or object.pk
    return [
        customer_id if customer_id is not None else getattr(object, "customer_id", None),
        reseller_id,
        actor.id,
        action,
        object._meta.label_lower,
        str(public),
        json.dumps(details, cls=DjangoJSONEncoder),
    ]
