"""Read the catalogue and who has which licence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from billing.models import Activation, EmployeeLicence, LicenceGroup, LicenceType, Price
from billing.rules import NO_SKYPE, DatedPrice, MonthlyPrice, monthly_price
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee

CODE = Coalesce("licence_type__code", Value(NO_SKYPE), output_field=CharField())


@dataclass(frozen=True, slots=True)
class Offer:
    """A licence type that can be chosen, with its price a month for one user, in DKK without VAT."""

    id: int
    code: str
    name: str
    group: str
    each: Decimal

    @property
    def group_name(self) -> str:
        return str(LicenceGroup(self.group).label)


def _price_in_force(date: dt.date) -> QuerySet[Price]:
    return Price.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=date), group=OuterRef("group"), valid_from__lte=date
    ).order_by("-valid_from")


def catalogue(date: dt.date) -> tuple[Offer, ...]:
    """List the licence types that have a price on the date, in the guide's order (G4); one query."""
    rows = LicenceType.objects.annotate(each=Subquery(_price_in_force(date).values("amount")[:1]))
    return tuple(
        Offer(row.pk, row.code, row.name, row.group, row.each)
        for row in rows.exclude(each=None).order_by("position")
    )


def price_of(offers: Iterable[Offer], users: Iterable[tuple[str, int]]) -> MonthlyPrice:
    """Price one month of users by licence code, from a catalogue that was read already."""
    by_code = {offer.code: offer for offer in offers}
    prices = {offer.group: DatedPrice(offer.group, offer.each, dt.date.min) for offer in by_code.values()}
    groups = [by_code[code].group for code, number in users for _ in range(number)]
    return monthly_price(groups, prices.values(), dt.date.max)


def users_by_licence(*, actor: Actor, customer_id: int) -> dict[str | None, int]:
    """Count a customer's employees by the code of their reported licence, NO_SKYPE among them.

    None counts those of whom nothing was reported.
    """
    current = EmployeeLicence.objects.visible_to(actor).filter(employee=OuterRef("pk"), ended_at=None)
    rows = (
        Employee.objects.visible_to(actor)
        .filter(customer_id=customer_id, ended_at=None)
        .annotate(code=Subquery(current.values(code=CODE)[:1]))
        .values("code")
        .annotate(number=Count("pk"))
        .order_by("code")
    )
    return {row["code"]: row["number"] for row in rows}


def employees_with_licence(*, actor: Actor, customer_id: int, date: dt.date) -> QuerySet[Employee]:
    """List a customer's employees by name, with what `with_licence` adds (G9)."""
    rows: QuerySet[Employee] = Employee.objects.visible_to(actor).filter(
        customer_id=customer_id, ended_at=None
    )
    return with_licence(actor=actor, rows=rows, date=date).order_by("name", "pk")


def with_licence(*, actor: Actor, rows: QuerySet[Employee], date: dt.date) -> QuerySet[Employee]:
    """Add licence_code, licence_name, licence_group, licence_since and price_each to employees.

    is_activated says whether the fee runs (G5). Of whom nothing was reported has None; who is to have no Skype has
    the code NO_SKYPE and no licence.
    """
    current = EmployeeLicence.objects.visible_to(actor).filter(employee=OuterRef("pk"), ended_at=None)
    active = Activation.objects.visible_to(actor).filter(employee=OuterRef("pk"), deactivated_at=None)
    price = Price.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=date), group=OuterRef("licence_group"), valid_from__lte=date
    ).order_by("-valid_from")
    return rows.annotate(
        licence_code=Subquery(current.values(code=CODE)[:1]),
        licence_name=Subquery(current.values("licence_type__name")[:1]),
        licence_group=Subquery(current.values("licence_type__group")[:1]),
        licence_since=Subquery(current.values("since")[:1]),
        is_activated=Exists(active),
    ).annotate(price_each=Subquery(price.values("amount")[:1]))


def ids_with_licence(*, actor: Actor, customer_id: int) -> QuerySet[EmployeeLicence, int]:
    """Return the ids of a customer's employees of whom something was reported, to be used in a query."""
    rows = EmployeeLicence.objects.visible_to(actor).filter(customer_id=customer_id, ended_at=None)
    ids: QuerySet[EmployeeLicence, int] = rows.values_list("employee_id", flat=True)
    return ids


def without_skype(actor: Actor) -> QuerySet[EmployeeLicence]:
    """Return what says of employees that they are to have no Skype for Business."""
    rows: QuerySet[EmployeeLicence] = EmployeeLicence.objects.visible_to(actor).filter(
        ended_at=None, licence_type=None
    )
    return rows


def licence_history(*, actor: Actor, employee_id: int) -> Sequence[EmployeeLicence]:
    """List what was reported for an employee, the latest first (G7)."""
    return list(
        EmployeeLicence.objects.visible_to(actor)
        .filter(employee_id=employee_id)
        .select_related("licence_type")
        .order_by(F("ended_at").desc(nulls_first=True), "-since")
    )
