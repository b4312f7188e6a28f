"""Read who did what to an order, and when (G7)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from myfone.accounts.models import User
from myfone.kernel.models import AuditEntry
from myfone.tenancy.actor import Actor
from provisioning.selectors.setups import Standing

SHOWN = 30
BEFORE = dt.timedelta(minutes=1)  # an entry has the time at which its transaction began
_USER = re.compile(r"user:(\d+)")


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did; by is empty where the platform did it by itself."""

    at: dt.datetime
    by: str
    action: str
    details: Mapping[str, Any]


def deeds(*, actor: Actor, standing: Standing, actions: frozenset[str]) -> tuple[Deed, ...]:
    """List what was done of these kinds to the order and its setup, the latest first; two queries."""
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
    entries = list(rows.order_by("-at", "-id")[:SHOWN])
    users = {int(found[1]) for entry in entries if (found := _USER.fullmatch(entry.actor))}
    names = dict(User.objects.filter(pk__in=users).values_list("pk", "name")) if users else {}
    return tuple(Deed(entry.at, _by(entry.actor, names), entry.action, entry.details) for entry in entries)


def _by(doer: str, names: Mapping[int, str]) -> str:
    found = _USER.fullmatch(doer)
    return names.get(int(found[1]), "") if found else ""
