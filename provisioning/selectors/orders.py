"""Read an order: what is missing for it, and what it costs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, F, Func, Value
from django.db.models.functions import Lower

from billing import selectors as billing
from billing.rules import NO_SKYPE, MonthlyPrice
from billing.selectors import Offer
from myfone.accounts.invitations import not_in_yet
from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Customer, Employee, PricePlan
from provisioning.models import LicenceMode, Order
from provisioning.rules.domains import SHARED
from provisioning.rules.preconditions import Check, Declaration, Precondition, check


@dataclass(frozen=True, slots=True)
class OrderPrice:
    """What an order costs a month if every employee activates, and how many have no licence chosen yet.

    without_skype counts those who are to have no Skype: employees leaves them out.
    """

    monthly: MonthlyPrice
    employees: int
    without_licence: int
    offers: tuple[Offer, ...]
    without_skype: int = 0


def open_orders(*, actor: Actor, customer_id: int) -> list[Order]:
    """List the customer's orders, one a domain, draft or confirmed, that were not cancelled and have not ended."""
    rows = Order.objects.visible_to(actor).filter(customer_id=customer_id, cancelled_at=None, ended_at=None)
    return list(rows.select_related("licence_type").order_by("pk"))


def ordered_elsewhere(*, actor: Actor, customer_id: int, domain: str) -> Customer | None:
    """Return another customer that has ordered for this very domain, among those that the actor may see anyway."""
    rows = Order.objects.visible_to(actor).filter(
        domain__iexact=domain, cancelled_at=None, ended_at=None, confirmed_at__isnull=False
    )
    found = rows.exclude(customer_id=customer_id).select_related("customer").order_by("pk").first()
    return found.customer if found is not None else None


def preconditions(
    *, actor: Actor, customer: Customer, order: Order | None, employees: int | None = None
) -> tuple[Check, ...]:
    """Check the preconditions (G2) for those who are to have Skype; who knows their number saves a query."""
    declared = order.declarations if order is not None else {}
    without = billing.without_skype(actor).filter(customer_id=customer.pk).values("employee_id")
    if employees is None:
        people = Employee.objects.visible_to(actor).filter(customer_id=customer.pk, ended_at=None)
        employees = people.exclude(pk__in=without).count()
    missing, invited = not_in_yet(actor=actor, customer_id=customer.pk, except_for=without)
    return check(
        on_new_price_plan=customer.price_plan == PricePlan.NEW,
        declarations={key: Declaration(**value) for key, value in declared.items()},
        employees=employees,
        without_user=missing,
        invited=invited,
    )


def declared(order: Order) -> tuple[Check, ...]:
    """Return what a person vouched for when the order was confirmed, with who and when."""
    found = {key: Declaration(**value) for key, value in order.declarations.items()}
    return tuple(Check(one, True, found[one]) for one in Precondition if one in found)


def usual_domain(*, actor: Actor, customer_id: int) -> str:
    """Return the domain that most of the employees' addresses end in, or nothing where it is everybody's."""
    rows = (
        Employee.objects.visible_to(actor)
        .filter(customer_id=customer_id, ended_at=None)
        .annotate(
            host=Lower(
                Func(F("email"), Value("@"), Value(2), function="split_part", output_field=CharField())
            )
        )
        .values("host")
        .annotate(number=Count("pk"))
        .order_by("-number", "host")
    )
    return next((row["host"] for row in rows[:5] if row["host"] not in SHARED), "")


def price_now(*, actor: Actor, order: Order, at: dt.datetime) -> OrderPrice:
    """Price an order with today's catalogue."""
    code = order.licence_type.code if order.licence_type else ""
    return price_for(
        actor=actor,
        customer_id=order.customer_id,
        licence_code=code if order.licence_mode == LicenceMode.ONE_FOR_ALL else None,
        at=at,
    )


def price_for(
    *,
    actor: Actor,
    customer_id: int,
    licence_code: str | None,
    at: dt.datetime,
    employees: int | None = None,
) -> OrderPrice:
    """Price one licence for all employees, or without a code the licences that were reported for each.

    For one licence, who knows the number of employees who are to have Skype saves a query.
    """
    offers = billing.catalogue(clock.local_date(at))
    by_licence: dict[str | None, int] = {}
    without_skype = 0
    if licence_code is None or employees is None:
        by_licence = billing.users_by_licence(actor=actor, customer_id=customer_id)
        without_skype = by_licence.pop(NO_SKYPE, 0)
        employees = sum(by_licence.values())
    if licence_code is not None:
        known = {offer.code for offer in offers}
        chosen = {licence_code: employees} if licence_code in known else {}
    else:
        chosen = {code: number for code, number in by_licence.items() if code is not None}
    return OrderPrice(
        monthly=billing.price_of(offers, chosen.items()),
        employees=employees,
        without_licence=employees - sum(chosen.values()),
        offers=offers,
        without_skype=without_skype,
    )


def price_with(
    *, actor: Actor, customer_id: int, choices: Mapping[uuid.UUID, str], at: dt.datetime
) -> OrderPrice:
    """Price the licences that were reported, with other choices for some employees: code by their public id."""
    price = price_for(actor=actor, customer_id=customer_id, licence_code=None, at=at)
    by_licence = Counter(billing.users_by_licence(actor=actor, customer_id=customer_id))
    date = clock.local_date(at)
    people: Any = billing.employees_with_licence(actor=actor, customer_id=customer_id, date=date)
    known = {offer.code for offer in price.offers}
    for public_id, before in people.filter(public_id__in=list(choices)).values_list(
        "public_id", "licence_code"
    ):
        if (code := choices[public_id]) in known or code == NO_SKYPE:
            by_licence[before] -= 1
            by_licence[code] += 1
    without = by_licence.pop(NO_SKYPE, 0)
    employees = sum(by_licence.values())
    chosen = {code: number for code, number in by_licence.items() if code is not None and number > 0}
    monthly = billing.price_of(price.offers, chosen.items())
    return OrderPrice(monthly, employees, employees - sum(chosen.values()), price.offers, without)
