"""Give somebody another local number, so that what leads there by the old one goes along."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from myfone.tenancy.actor import Actor, NotAllowed
from myfone.tenancy.models import Customer, Employee
from telephony.models import Extension
from telephony.rules.numbers import EMERGENCY, is_local
from telephony.selectors import numbers as selectors
from telephony.selectors.numbers import looks_after
from telephony.services import staff
from telephony.services.phones import PhoneError


class NotLocal(PhoneError):
    """What was typed is no local number."""

    def __init__(self) -> None:
        super().__init__(_("A local number has 2 to 8 digits."))


class HasAnother(PhoneError):
    """Somebody has given the employee another number since it was looked at."""

    def __init__(self, number: str) -> None:
        said = (
            _("Meanwhile the local number became %(number)s. Look at what would change now, and save again.")
            if number
            else _(
                "Meanwhile the local number was taken away. Look at what would change now, and save again."
            )
        )
        super().__init__(said % {"number": number})


class BelongsTo(PhoneError):
    """Somebody or something else has the number."""

    def __init__(self, place: selectors.Place) -> None:
        said = (
            _("%(number)s is the queue %(name)s. Choose another number.")
            if place.kind == "queue"
            else _("%(number)s belongs to %(name)s. Choose another number.")
        )
        super().__init__(said % {"number": place.number, "name": place.name})


def check(*, actor: Actor, employee: Employee, number: str) -> None:
    """Raise what keeps an employee from having a local number: NotLocal, ExtensionForHelp, BelongsTo."""
    if not is_local(number):
        raise NotLocal
    if number in EMERGENCY:
        raise staff.ExtensionForHelp
    place = selectors.place(actor, employee.customer_id, number)
    if place is not None and place.employee_id != employee.pk:
        raise BelongsTo(place)


@transaction.atomic
def change_number(*, actor: Actor, employee: Employee, number: str, seen: str) -> bool:
    """Give an employee another local number; `seen` is the one they had when it was looked at. Twice is once.

    Raises NotLocal, HasAnother, BelongsTo, staff.ExtensionTaken, staff.ExtensionForHelp, NotAllowed.
    """
    if not looks_after(actor, employee.customer_id):
        raise NotAllowed(_("Only an administrator of the company or its reseller can do this."))
    # Two who give the same number away wait for each other.
    rows = Customer.objects.visible_to(actor).select_for_update(of=("self",), no_key=True)
    rows.get(pk=employee.customer_id)
    own = Extension.objects.visible_to(actor).filter(employee=employee).order_by("number").first()
    before = own.number if own else ""
    if before == number:
        return False
    if before != seen:
        raise HasAnother(before)
    check(actor=actor, employee=employee, number=number)
    return staff.renumber(actor=actor, employee=employee, number=number)
