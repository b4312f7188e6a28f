"""Read what another local number changes for an employee and those who call them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.models import Ddi, Forward, Phone, PhoneKind, Queue


@dataclass(frozen=True)
class Following:
    """What goes along to the new number: direct numbers, names of queues that lead there, forwards, a Skype client."""

    ddis: tuple[str, ...]
    queues: tuple[str, ...]
    forwards: int
    has_skype: bool


def following(actor: Actor, employee: Employee, number: str) -> Following:
    """Return what leads to an employee by the local number, and goes along when they get another."""
    customer = employee.customer_id
    ddis = Ddi.objects.visible_to(actor).filter(extension__employee=employee, ended_at=None)
    leading = Queue.objects.visible_to(actor).filter(customer_id=customer, ended_at=None)
    leading = leading.filter(Q(overflow=number) | Q(closed_to=number)) if number else leading.none()
    forwards = Forward.objects.visible_to(actor).filter(customer_id=customer, number=number)
    skype = Phone.objects.visible_to(actor).filter(employee=employee, kind=PhoneKind.SKYPE, ended_at=None)
    return Following(
        tuple(ddis.order_by("number").values_list("number", flat=True)),
        tuple(leading.order_by("name").values_list("name", flat=True)),
        forwards.count() if number else 0,
        skype.exists(),
    )
