"""Tell of limits on calls that were reached, before the bill does: a stolen password calls at night (toll fraud)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from myfone.accounts.selectors import people_behind
from myfone.kernel import outbox
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Customer
from telephony.models import CapAlert

JOB = "telephony.cap_alerts"
PAUSE = dt.timedelta(minutes=1)
MOST_AT_ONCE = 200


def tell(*, at: dt.datetime) -> int:
    """Promise a mail to the administrators and the reseller's staff of each customer that reached a limit.

    One for each limit, level and day; of two levels that were reached at once the higher alone. Return how many limits.
    """
    with tenant(Actor.platform(doing="cap_alerts")) as actor, transaction.atomic():
        reached = list(
            CapAlert.objects.visible_to(actor)
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .filter(told_at=None)
            .order_by("noticed_at", "pk")[:MOST_AT_ONCE]
        )
        highest = {(one.customer_id, one.day, one.cap): one for one in sorted(reached, key=lambda r: r.level)}
        names = dict(
            Customer.objects.visible_to(actor)
            .filter(pk__in={one.customer_id for one in reached})
            .values_list("pk", "name")
        )
        for one in highest.values():
            for person in people_behind(actor=actor, customer_id=one.customer_id):
                outbox.send(
                    key=f"cap:{one.customer_id}:{one.day}:{one.cap}:{one.level}:{person.user_id}",
                    to=person.email,
                    template="cap_reached",
                    language=person.language,
                    params={
                        "name": person.name,
                        "company": names[one.customer_id],
                        "cap": one.cap,
                        "is_used_up": one.level == 100,
                        "used": one.used,
                        "allowed": one.allowed,
                    },
                    customer_id=one.customer_id,
                )
        CapAlert.objects.visible_to(actor).filter(pk__in=[one.pk for one in reached]).update(told_at=at)
    return len(highest)
