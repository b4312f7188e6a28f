"""Read what a customer has decided."""

from __future__ import annotations

from myfone.tenancy.actor import Actor
from telephony.models import SkypePolicy
from telephony.rules.skype_password import DEFAULT_CODE_DAYS


def code_days(actor: Actor, customer_id: int) -> int | None:
    """Return for how many days a mailed password works at a customer; None: without end."""
    found = SkypePolicy.objects.visible_to(actor).filter(customer_id=customer_id).values_list("code_days")
    row = found.first()
    return DEFAULT_CODE_DAYS if row is None else row[0]
