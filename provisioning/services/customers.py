"""Add customers and their employees while ordering for them (G10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing import services as billing
from myfone.kernel import audit
from myfone.tenancy.actor import Actor, NotAllowed, Role
from myfone.tenancy.context import admit
from myfone.tenancy.models import Customer, Employee, PricePlan
from provisioning.models import LicenceMode, Order
from telephony.models import Extension
from telephony.rules.numbers import EMERGENCY


class CustomerRefused(Exception):
    """The customer cannot be added; the text may be shown."""


class EmployeeRefused(Exception):
    """One of the new employees cannot be added; row counts from 0, field names the culprit."""

    def __init__(self, row: int, field: str, text: str) -> None:
        super().__init__(text)
        self.row = row
        self.field = field


class EmployeesRefused(Exception):
    """Some of the new employees cannot be added; `faults` are all the reasons, line by line."""

    def __init__(self, faults: Sequence[EmployeeRefused]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class NewEmployee:
    """A person to be added; number is the local number, empty for somebody without a phone."""

    name: str
    email: str
    number: str = ""


def staff_alone(actor: Actor) -> None:
    """Raise NotAllowed unless the actor works for the provider or a reseller."""
    if not actor.is_staff:
        raise NotAllowed(_("Only the reseller and the provider order products."))


@transaction.atomic
def add_customer(
    *, actor: Actor, name: str, cvr: str = "", is_own_company: bool = False, at: dt.datetime
) -> Customer:
    """Add a customer of the actor's reseller, on the new price plan, and open it in this transaction.

    Raises CustomerRefused where the reseller's own company exists already (G3), NotAllowed.
    """
    if actor.role != Role.RESELLER_STAFF or actor.reseller_id is None:
        raise NotAllowed(_("Customers are added by their reseller."))
    customer = Customer(
        reseller_id=actor.reseller_id,
        name=name,
        cvr=cvr,
        is_own_company=is_own_company,
        price_plan=PricePlan.NEW,
    )
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError as error:
        raise CustomerRefused(_("Your own company is among the customers already.")) from error
    admit(customer.pk)
    audit.record(
        actor=actor,
        action="customer.added",
        object=customer,
        customer_id=customer.pk,
        reseller_id=actor.reseller_id,
        own_company=is_own_company,
    )
    return customer


def refusals(
    *, actor: Actor, customer: Customer, people: Sequence[NewEmployee]
) -> tuple[EmployeeRefused, ...]:
    """Tell every reason for which add_employees would refuse these people; what is empty is not judged."""
    known = Employee.objects.visible_to(actor).filter(customer_id=customer.pk, ended_at=None)
    emails = set(known.filter(email__in=[p.email.lower() for p in people]).values_list("email", flat=True))
    numbers = set(
        Extension.objects.visible_to(actor)
        .filter(customer_id=customer.pk, number__in=[p.number for p in people if p.number])
        .values_list("number", flat=True)
    )
    found: list[EmployeeRefused] = []
    typed: set[str] = set()
    for row, person in enumerate(people):
        email = person.email.lower()
        if email in emails:
            found.append(EmployeeRefused(row, "email", _("An employee with this e-mail exists already.")))
        elif email in typed:
            found.append(EmployeeRefused(row, "email", _("A line above has this e-mail too.")))
        if person.number and person.number in numbers:
            found.append(EmployeeRefused(row, "number", _("This local number is in use at the customer.")))
        elif person.number in EMERGENCY:
            text = _("Whoever dials this wants help. Choose another local number.")
            found.append(EmployeeRefused(row, "number", text))
        elif person.number in typed:
            found.append(EmployeeRefused(row, "number", _("A line above has this local number too.")))
        typed.update(filter(None, (email, person.number)))
    return tuple(found)


@transaction.atomic
def add_employees(
    *, actor: Actor, customer: Customer, people: Sequence[NewEmployee], at: dt.datetime
) -> list[Employee]:
    """Add employees with their local numbers; all of them or none.

    Where one licence for all was ordered, they are reported with it. Raises EmployeesRefused, NotAllowed.
    """
    staff_alone(actor)
    faults = refusals(actor=actor, customer=customer, people=people)
    if faults:
        raise EmployeesRefused(faults)
    employees = Employee.objects.bulk_create(
        Employee(customer_id=customer.pk, name=person.name, email=person.email.lower()) for person in people
    )
    Extension.objects.bulk_create(
        Extension(customer_id=customer.pk, number=person.number, employee=employee)
        for person, employee in zip(people, employees, strict=True)
        if person.number
    )
    for employee in employees:
        audit.record(actor=actor, action="employee.added", object=employee)
    order = (
        Order.objects.visible_to(actor)
        .filter(
            customer_id=customer.pk, cancelled_at=None, ended_at=None, licence_mode=LicenceMode.ONE_FOR_ALL
        )
        .exclude(confirmed_at=None)
        .select_related("licence_type")
        .first()
    )
    if order is not None and order.licence_type is not None and employees:
        billing.report_licences(
            actor=actor,
            customer=customer,
            licences=dict.fromkeys((e.pk for e in employees), order.licence_type.code),
            at=at,
        )
    return list(employees)


@transaction.atomic
def move_to_new_price_plan(*, actor: Actor, customer: Customer, at: dt.datetime) -> bool:
    """Put the customer on the new price plan (G2); return whether it was not on it yet."""
    staff_alone(actor)
    held = Customer.objects.visible_to(actor).select_for_update(of=("self",), no_key=True).get(pk=customer.pk)
    if held.price_plan == PricePlan.NEW:
        return False
    audit.record(
        actor=actor,
        action="customer.price_plan_changed",
        object=held,
        customer_id=held.pk,
        before=held.price_plan,
        after=PricePlan.NEW.value,
    )
    held.price_plan = PricePlan.NEW
    held.save(update_fields=["price_plan"])
    return True
