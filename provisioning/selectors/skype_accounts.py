"""Read whether an employee may link a Skype client, and if not, what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Exists, OuterRef

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from provisioning.models import Ending, Setup
from telephony.models import SipDomain


class Opening(StrEnum):
    """How far the customer's domain is from taking Skype clients (G15)."""

    OPEN = "open"
    TONIGHT = "tonight"
    RECORDS = "records"
    NOT_ORDERED = "not_ordered"


@dataclass(frozen=True)
class Linking:
    """Whether linking is open; `sip_domain` is set when it is, `domain` as soon as it was ordered."""

    opening: Opening
    domain: str = ""
    sip_domain: SipDomain | None = None


def linking(actor: Actor) -> Linking:
    """Return what linking waits for at the actor's own customer; one query. At a contract's end it closes."""
    over = Ending.objects.visible_to(actor).filter(
        setup=OuterRef("pk"), withdrawn_at=None, ends_at__lte=clock.now()
    )
    setup = (
        Setup.objects.visible_to(actor)
        .select_related("sip_domain")
        .filter(~Exists(over), customer_id=actor.customer_id, ended_at=None)
        .order_by("live_at", "pk")
        .first()
    )
    if setup is None:
        return Linking(Opening.NOT_ORDERED)
    if setup.live_at is not None and setup.sip_domain is not None:
        return Linking(Opening.OPEN, setup.domain, setup.sip_domain)
    opening = Opening.TONIGHT if setup.dns_verified_at is not None else Opening.RECORDS
    return Linking(opening, setup.domain)
