"""What the start page of the admin area shows: customers with their stage, and what waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise

from myfone.tenancy.actor import Actor, Role
from provisioning.rules.domains import clear
from provisioning.rules.stages import StageName
from provisioning.selectors import CustomerStage, customers_with_stage
from provisioning.stage_texts import next_step
from provisioning.web.wizard import address_of

SHOWN = 200


@dataclass(frozen=True)
class Line:
    """One domain of a customer, or a customer without; `tone` and `icon` say how it stands beside the words.

    linked and employees are those of this domain.
    """

    name: str
    domain: str
    url: str
    phones_url: str
    next_step: str | Promise
    waits: bool
    live: bool
    tone: str
    icon: str
    number: int
    linked: int
    employees: int


def overview(actor: Actor) -> dict[str, Any]:
    """Gather the start page for a member of staff, in one query."""
    customers = customers_with_stage(actor=actor, most=SHOWN)
    begun = [found for found in customers if found.domains]
    lines = [_line(one) for found in begun for one in found.domains]
    sells = actor.role == Role.RESELLER_STAFF
    own = next((found for found in customers if found.customer.is_own_company), None)
    return {
        "waiting": [line for line in lines if line.waits],
        "begun": lines,
        "customers": len(begun),
        "others": [_line(found) for found in customers if not found.domains],
        "in_use": sum(1 for found in begun if found.in_use),
        "connected": sum(found.linked for found in begun),
        "truncated": len(customers) == SHOWN,
        "may_add_customers": sells,
        # The reseller's own company comes first (G3): offered until it has the product.
        "own_company_missing": sells and own is None and len(customers) < SHOWN,
        "own_company_url": address_of(own) if sells and own and not own.domain else "",
    }


def _line(found: CustomerStage) -> Line:
    done = found.stage is StageName.DONE
    if found.certificate_stopped or found.broken_at is not None:
        tone, icon = "bad", "circle-x"
    elif found.ends_on is not None:
        tone, icon = "warn", "calendar-x"
    elif found.live and found.stage in (StageName.USERS, StageName.DONE):
        tone, icon = "good", "circle-check" if done else "check"
    else:
        tone, icon = ("warn", "hand") if found.waits_for_me else ("accent", "clock")
    order = list(StageName)
    return Line(
        name=found.name,
        domain=clear(found.domain),
        url=address_of(found),
        phones_url=reverse("customer_numbers", args=[found.customer.public_id]),
        next_step=next_step(found),
        waits=found.waits_for_me,
        live=found.live,
        tone=tone,
        icon=icon,
        number=order.index(found.stage) + 1 if found.stage else 0,
        linked=found.linked_here,
        employees=found.awaited,
    )
