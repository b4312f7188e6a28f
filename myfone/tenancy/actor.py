"""Say who acts: one frozen value, made once per request, job or command."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    PROVIDER_STAFF = "provider_staff", _("Provider staff")
    RESELLER_STAFF = "reseller_staff", _("Reseller staff")
    CUSTOMER_ADMINISTRATOR = "customer_administrator", _("Customer administrator")
    QUEUE_SUPERVISOR = "queue_supervisor", _("Queue supervisor")
    EMPLOYEE = "employee", _("Employee")


STAFF = frozenset({Role.PROVIDER_STAFF, Role.RESELLER_STAFF})
SEES_COLLEAGUES = frozenset({Role.CUSTOMER_ADMINISTRATOR, Role.QUEUE_SUPERVISOR})


@dataclass(frozen=True)
class Actor:
    """Who acts, in which role, for which tenant.

    Reseller staff may be employees of their own company too (G3): then customer_id and employee_id are set as well.
    time_zone is that of the clock on the actor's wall, by which times are read and shown; numbers are shown in the
    form of country (ISO 3166).
    """

    id: str
    role: Role
    user_id: int | None = None
    reseller_id: int | None = None
    customer_id: int | None = None
    employee_id: int | None = None
    time_zone: str = field(default="Europe/Copenhagen", compare=False)
    country: str = field(default="DK", compare=False)

    @property
    def is_staff(self) -> bool:
        """Say whether the actor works for the provider or a reseller."""
        return self.role in STAFF

    @classmethod
    def system(cls, customer_id: int, *, doing: str = "job") -> Actor:
        """Return the actor of work that no person waits for, bound to one customer."""
        return cls(id=f"system:{doing}", role=Role.CUSTOMER_ADMINISTRATOR, customer_id=customer_id)

    @classmethod
    def platform(cls, *, doing: str) -> Actor:
        """Return the actor of work that spans tenants, such as seeding the demo data."""
        return cls(id=f"system:{doing}", role=Role.PROVIDER_STAFF)


class NotAllowed(Exception):
    """The actor's role does not include this; pages answer 403 with the text."""
