"""Read who did what to an order, and when (G7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Case, CharField, OuterRef, Subquery, Value, When
from django.db.models.functions import Cast, Substr

from myfone.accounts.models import User
from myfone.kernel.models import AuditEntry
from myfone.tenancy.actor import Actor
from provisioning.selectors.setups import Standing

SHOWN = 30
BEFORE = dt.timedelta(minutes=1)  # an entry has the time at which its transaction began
# The name behind an entry whose doer is a user; CASE keeps other doers from the cast.
_BY = Case(
    When(
        actor__regex=r"^user:\d+$",
        then=Subquery(
            User.objects.filter(pk=Cast(Substr(OuterRef("actor"), 6), BigIntegerField())).values("name")
        ),
    ),
    default=Value(""),
    output_field=CharField(),
)


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did; by is empty where the platform did it by itself."""

    at: dt.datetime
    by: str
    action: str
    details: Mapping[str, Any]


def deeds(*, actor: Actor, standing: Standing, actions: frozenset[str]) -> tuple[Deed, ...]:
    """List what was done of these kinds to the order and its setup, the latest first; one query."""
    if standing.order is None:
        return ()
    about = [str(standing.order.public_id), str(standing.customer.public_id)]
    if standing.setup is not None:
        about.append(str(standing.setup.public_id))
    rows = AuditEntry.objects.filter(
        customer_id=standing.customer.pk,
        object_id__in=about,
        action__in=actions,
        at__gte=standing.order.created_at - BEFORE,
    )
    found = rows.annotate(by=_BY).order_by("-at", "-id")[:SHOWN]
    return tuple(Deed(entry.at, entry.by or "", entry.action, entry.details) for entry in found)
