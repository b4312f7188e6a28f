"""Read whether an employee may link a Skype client, and if not, what it waits for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from billing.selectors import without_skype
from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from provisioning.models import Certificate, Ending, Setup
from provisioning.rules.certificate_plan import next_run
from provisioning.rules.ending import is_same_domain
from provisioning.selectors.moving import with_my_answer
from telephony.models import Phone, PhoneKind, SipDomain


class Opening(StrEnum):
    """How far the customer's domain is from taking Skype clients (G15)."""

    OPEN = "open"
    TONIGHT = "tonight"
    DELAYED = "delayed"
    RECORDS = "records"
    NOT_ORDERED = "not_ordered"
    NOT_FOR_ME = "not_for_me"


@dataclass(frozen=True)
class Linking:
    """Whether linking is open; `sip_domain` is set when it is, `domain` as soon as it was ordered.

    choices are the domains that are open, that of the employee's own e-mail address first; sip_domain is the first.
    opens_at is when the certificate that it waits for is begun; None where that is not known.
    moving is the company's name while the employee is asked to take contacts along from an older Skype (G11).
    """

    opening: Opening
    domain: str = ""
    sip_domain: SipDomain | None = None
    opens_at: dt.datetime | None = None
    moving: str = ""
    choices: tuple[SipDomain, ...] = ()

    def choose(self, name: str) -> SipDomain | None:
        """Return the open domain of that name, or the one that is offered first where none is named."""
        if not name:
            return self.sip_domain
        return next((one for one in self.choices if one.name.lower() == name.lower()), None)


def linking(actor: Actor) -> Linking:
    """Return what linking waits for at the actor's own customer; one query. At a contract's end it closes."""
    over = Ending.objects.visible_to(actor).filter(
        setup=OuterRef("pk"), withdrawn_at=None, ends_at__lte=clock.now()
    )
    certificate = Certificate.objects.visible_to(actor).filter(setup=OuterRef("pk"), ended_at=None)
    setups = Setup.objects.visible_to(actor).filter(
        ~Exists(over), customer_id=actor.customer_id, ended_at=None
    )
    me = Employee.objects.visible_to(actor).filter(pk=actor.employee_id)
    rows: list[Any] = list(
        with_my_answer(actor, setups)
        .annotate(
            certificate_fault=Subquery(certificate.order_by("-pk").values("fault")[:1]),
            my_email=Subquery(me.values("email")[:1]),
            not_for_me=Exists(without_skype(actor).filter(employee=actor.employee_id)),
        )
        .select_related("sip_domain", "customer", "order")
        .order_by("live_at", "pk")
    )
    if not rows:
        return Linking(Opening.NOT_ORDERED)
    if rows[0].not_for_me:
        return Linking(Opening.NOT_FOR_ME)
    asked = any(one.order.had_skype and not one.answer and not one.contacts_gone for one in rows)
    moving = rows[0].customer.name if asked else ""
    ready = [one for one in rows if one.live_at is not None and one.sip_domain is not None]
    if ready:
        ready.sort(key=lambda one: not _is_mine(one))
        choices = tuple(one.sip_domain for one in ready)
        return Linking(Opening.OPEN, ready[0].domain, choices[0], moving=moving, choices=choices)
    setup = next((one for one in rows if _is_mine(one)), rows[0])
    if setup.dns_verified_at is None:
        return Linking(Opening.RECORDS, setup.domain, moving=moving)
    if setup.certificate_fault:
        return Linking(Opening.DELAYED, setup.domain, moving=moving)
    return Linking(Opening.TONIGHT, setup.domain, opens_at=next_run(clock.now()), moving=moving)


def _is_mine(setup: Any) -> bool:
    """Tell whether the setup's domain is that of the employee's e-mail address."""
    host = (setup.my_email or "").rpartition("@")[2]
    return bool(host) and is_same_domain(host, setup.domain)


def employees_with_link(*, actor: Actor, customer_id: int) -> QuerySet[Employee]:
    """List who is to have Skype with skype_username, skype_domain and linked_at, None for those without."""
    phone = Phone.objects.visible_to(actor).filter(
        employee=OuterRef("pk"), kind=PhoneKind.SKYPE, ended_at=None
    )
    rows: QuerySet[Employee] = (
        Employee.objects.visible_to(actor)
        .filter(~Exists(without_skype(actor).filter(employee=OuterRef("pk"))))
        .filter(customer_id=customer_id, ended_at=None)
        .annotate(
            skype_username=Subquery(phone.values("username")[:1]),
            skype_domain=Subquery(phone.values("sip_domain__name")[:1]),
            linked_at=Subquery(phone.values("created_at")[:1]),
        )
        .order_by(F("linked_at").desc(nulls_first=True), "name", "pk")
    )
    return rows
