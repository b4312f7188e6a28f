"""Let what is written down as a local number follow whoever had it."""

from __future__ import annotations

from myfone.tenancy.actor import Actor
from telephony.models import Forward, Queue


def follow(*, actor: Actor, customer_id: int, before: str, after: str) -> None:
    """Lead queues' overflow and forwards that were dialled to the new number of somebody who had another before."""
    if not before or before == after:
        return
    for field in ("overflow", "closed_to"):
        rows = Queue.objects.visible_to(actor).filter(customer_id=customer_id, **{field: before})
        rows.update(**{field: after})
    Forward.objects.visible_to(actor).filter(customer_id=customer_id, number=before).update(number=after)
