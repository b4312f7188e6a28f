"""Write down who did what to what; rows are added and never changed."""

from __future__ import annotations

import json
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models


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
    public = getattr(object, "public_id", None) or object.pk
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_auditentry"
            " (customer_id, reseller_id, actor, action, object_kind, object_id, details)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                customer_id if customer_id is not None else getattr(object, "customer_id", None),
                reseller_id,
                actor.id,
                action,
                object._meta.label_lower,
                str(public),
                json.dumps(details, cls=DjangoJSONEncoder),
            ],
        )
