"""Read who somebody is."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from myfone.accounts.models import User
from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.models import Customer, Employee


def name_of(actor: Actor) -> str:
    """Return the actor's name as people know it; work that no person waits for is the platform's."""
    if actor.user_id is None:
        return "Myfone"
    return User.objects.only("name", "email").get(pk=actor.user_id).name


@dataclass(frozen=True)
class Reader:
    """Where an employee's own mail goes, and in which language they read it."""

    name: str
    email: str
    language: str


def reader(employee_id: int) -> Reader | None:
    """Return who signs in to Myfone as this employee: to them go credentials, and what is said about them (G19).

    The address in the company's list is the company's to change; this one only its owner can change.
    """
    user = User.objects.filter(membership__employee_id=employee_id, is_active=True).first()
    return None if user is None else Reader(user.name, user.email, user.language)


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who gets a mail: where, and in which language."""

    user_id: int
    name: str
    email: str
    language: str


def people_behind(*, actor: Actor, customer_id: int, administrators: bool = True) -> list[Addressee]:
    """List who looks after a customer: its reseller's staff, and its own administrators where wanted."""
    customer = Customer.objects.visible_to(actor).only("reseller_id").get(pk=customer_id)
    found = Q(membership__role=Role.RESELLER_STAFF, membership__reseller=customer.reseller_id)
    if administrators:
        employees = Employee.objects.visible_to(actor).filter(customer_id=customer_id, ended_at=None)
        found |= Q(membership__role=Role.CUSTOMER_ADMINISTRATOR, membership__employee__in=employees)
    users = User.objects.filter(found, is_active=True).order_by("pk")
    return [Addressee(user.pk, user.name, user.email, user.language) for user in users]
