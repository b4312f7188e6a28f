"""Mend the list of a customer's employees while ordering: another local number, somebody who is to go."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from billing import services as billing
from myfone.accounts import administrators
from myfone.kernel import audit
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from provisioning.services.customers import staff_alone
from telephony.services import staff as telephony
from telephony.services.phones import PhoneError

__all__ = ["PhoneError", "remove", "renumber"]
# Who has left keeps the row, for what was invoiced; name and address are theirs.
NAMELESS = "–"


@transaction.atomic
def renumber(*, actor: Actor, employee: Employee, number: str) -> bool:
    """Give an employee another local number; return whether it is another. Raises PhoneError, NotAllowed."""
    staff_alone(actor)
    return telephony.renumber(actor=actor, employee=employee, number=number)


@transaction.atomic
def remove(*, actor: Actor, employee: Employee, at: dt.datetime) -> bool:
    """Take an employee off the customer's list for good; return whether they were on it.

    Phones stop, the fee ends with the month, the licence's history stays without name and address. Raises NotAllowed.
    """
    staff_alone(actor)
    rows = Employee.objects.visible_to(actor).select_for_update(of=("self",), no_key=True)
    held = rows.filter(pk=employee.pk, ended_at=None).first()
    if held is None:
        return False
    telephony.take_back(actor=actor, employee=held, at=at)
    billing.end_activations(actor=actor, customer_id=held.customer_id, employee_ids=[held.pk], at=at)
    billing.end_licence(actor=actor, employee=held, at=at)
    administrators.withdraw_entry(employee=held)
    audit.record(actor=actor, action="employee.removed", object=held)
    held.ended_at, held.name, held.email, held.department = at, NAMELESS, "", None
    held.save(update_fields=["ended_at", "name", "email", "department"])
    return True
