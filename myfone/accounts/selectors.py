"""Read who somebody is."""

from __future__ import annotations

from dataclasses import dataclass

from myfone.accounts.models import User
from myfone.tenancy.actor import Actor


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
