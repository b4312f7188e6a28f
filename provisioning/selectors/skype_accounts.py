"""Read whether an employee may link a Skype client, and if not, what it waits for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from provisioning.models import Certificate, Ending, Setup
from provisioning.rules.certificate_plan import next_run
from provisioning.selectors.moving import with_my_answer
from telephony.models import SipDomain


class Opening(StrEnum):
    """How far the customer's domain is from taking Skype clients (G15)."""

    OPEN = "open"
    TONIGHT = "tonight"
    DELAYED = "delayed"
    RECORDS = "records"
    NOT_ORDERED = "not_ordered"


@dataclass(frozen=True)
class Linking:
    """Whether linking is open; `sip_domain` is set when it is, `domain` as soon as it was ordered.

    opens_at is when the certificate that it waits for is begun; None where that is not known.
    moving is the company's name while the employee is asked to take contacts along from an older Skype (G11).
    """

    opening: Opening
    domain: str = ""
    sip_domain: SipDomain | None = None
    opens_at: dt.datetime | None = None
    moving: str = ""


def linking(actor: Actor) -> Linking:
    """Return what linking waits for at the actor's own customer; one query. At a contract's end it closes."""
    over = Ending.objects.visible_to(actor).filter(
        setup=OuterRef("pk"), withdrawn_at=None, ends_at__lte=clock.now()
    )
    certificate = Certificate.objects.visible_to(actor).filter(setup=OuterRef("pk"), ended_at=None)
    setups = Setup.objects.visible_to(actor).filter(
        ~Exists(over), customer_id=actor.customer_id, ended_at=None
    )
    setup: Any = (
        with_my_answer(actor, setups)
        .annotate(certificate_fault=Subquery(certificate.order_by("-pk").values("fault")[:1]))
        .select_related("sip_domain", "customer", "order")
        .order_by("live_at", "pk")
        .first()
    )
    if setup is None:
        return Linking(Opening.NOT_ORDERED)
    asked = setup.order.had_skype and not setup.answer and not setup.contacts_confirmed
    moving = setup.customer.name if asked else ""
    if setup.live_at is not None and setup.sip_domain is not None:
        return Linking(Opening.OPEN, setup.domain, setup.sip_domain, moving=moving)
    if setup.dns_verified_at is None:
        return Linking(Opening.RECORDS, setup.domain, moving=moving)
    if setup.certificate_fault:
        return Linking(Opening.DELAYED, setup.domain, moving=moving)
    return Linking(Opening.TONIGHT, setup.domain, opens_at=next_run(clock.now()), moving=moving)
