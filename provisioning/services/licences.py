"""Report licences for a customer that has ordered, so that the order goes on saying what is true (G7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from django.db import transaction

from billing import selectors
from billing import services as billing
from billing.rules import NO_SKYPE
from myfone.kernel import audit
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Customer, Employee
from provisioning.models import LicenceMode
from provisioning.selectors.orders import open_orders


@transaction.atomic
def report_each(*, actor: Actor, customer: Customer, licences: Mapping[int, str], at: dt.datetime) -> int:
    """Report a licence code per employee id; return for how many it changed.

    An order of one licence for all becomes one of different licences when somebody has another. Raises billing's
    UnknownLicence and UnknownEmployee, NotAllowed.
    """
    changed = billing.report_licences(actor=actor, customer=customer, licences=licences, at=at)
    keep_orders_true(actor=actor, customer=customer, codes=set(licences.values()))
    return changed


class Whom(StrEnum):
    """For whom one licence is reported; ALL are all who are to have Skype."""

    MISSING = "missing"
    ALL = "all"
    WITHOUT_SKYPE = "without"


@transaction.atomic
def report_all(*, actor: Actor, customer: Customer, licence: str, whom: Whom, at: dt.datetime) -> int:
    """Report one licence for many employees; return for how many it changed."""
    if whom is Whom.ALL:
        changed = billing.report_licences(actor=actor, customer=customer, licences=licence, at=at)
        keep_orders_true(actor=actor, customer=customer, codes={licence})
        return changed
    people = Employee.objects.visible_to(actor).filter(customer_id=customer.pk, ended_at=None)
    if whom is Whom.MISSING:
        meant = people.exclude(pk__in=selectors.ids_with_licence(actor=actor, customer_id=customer.pk))
    else:
        without = selectors.without_skype(actor).filter(customer_id=customer.pk)
        meant = people.filter(pk__in=without.values("employee_id"))
    wanted = dict.fromkeys(meant.values_list("pk", flat=True), licence)
    return report_each(actor=actor, customer=customer, licences=wanted, at=at) if wanted else 0


@transaction.atomic
def keep_orders_true(
    *, actor: Actor, customer: Customer, codes: set[str], except_for: int | None = None
) -> None:
    """Let orders of one licence for all say so no more, where others were reported; except_for is an order's id.

    One licence for all stays true where some are to have no Skype.
    """
    codes = codes - {NO_SKYPE}
    for order in open_orders(actor=actor, customer_id=customer.pk):
        if order.pk == except_for or order.licence_type is None or codes <= {order.licence_type.code}:
            continue
        audit.record(actor=actor, action="order.licences_mixed", object=order, before=order.licence_type.code)
        order.licence_mode, order.licence_type = LicenceMode.PER_EMPLOYEE, None
        order.save(update_fields=["licence_mode", "licence_type"])
