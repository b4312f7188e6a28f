"""Give an employee another local number, and take their phones and numbers when they leave."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.models import (
    Ddi,
    Extension,
    Forward,
    Phone,
    PhoneKind,
    ProfileQueue,
    QueueMember,
    QueuePhone,
)
from telephony.rules import numbers, skype_account
from telephony.services import skype
from telephony.services.following import follow
from telephony.services.phones import PhoneError


class ExtensionTaken(PhoneError):
    """Somebody or something else at the customer has the local number."""

    def __init__(self) -> None:
        super().__init__(_("This local number is in use at the customer."))


class ExtensionForHelp(PhoneError):
    """The number calls for help."""

    def __init__(self) -> None:
        super().__init__(_("Whoever dials this wants help. Choose another local number."))


@transaction.atomic
def renumber(*, actor: Actor, employee: Employee, number: str) -> bool:
    """Give an employee another local number, or the first one; return whether it is another than before.

    Direct numbers, queues and forwards go on leading to the employee, and "my number" of the Skype client is made from
    the new one (G22).
    number is 2 to 8 digits. Raises ExtensionTaken, ExtensionForHelp.
    """
    if number in numbers.EMERGENCY:
        raise ExtensionForHelp
    rows = Extension.objects.visible_to(actor).select_for_update(of=("self",), no_key=True)
    own = rows.filter(employee=employee).order_by("number").first()
    before = own.number if own else ""
    if before == number:
        return False
    try:
        with transaction.atomic():
            if own is None:
                Extension(customer_id=employee.customer_id, employee=employee, number=number).save(
                    force_insert=True
                )
            else:
                own.number = number
                own.save(update_fields=["number"])
    except IntegrityError as error:
        raise ExtensionTaken from error
    Phone.objects.visible_to(actor).filter(employee=employee, kind=PhoneKind.SKYPE, ended_at=None).update(
        line_identity=skype_account.line_identity(employee.customer_id, number)
    )
    follow(actor=actor, customer_id=employee.customer_id, before=before, after=number)
    audit.record(actor=actor, action="extension.changed", object=employee, before=before, after=number)
    return True


@transaction.atomic
def take_back(*, actor: Actor, employee: Employee, at: dt.datetime) -> None:
    """End every phone of an employee who leaves, and free their local number; direct numbers stay the customer's."""
    rows = Phone.objects.visible_to(actor).filter(employee=employee, ended_at=None)
    for phone in rows.select_related("sip_domain"):
        if phone.kind == PhoneKind.SKYPE:
            skype.disconnect(actor=actor, phone=phone, at=at)
            continue
        Phone.objects.visible_to(actor).filter(pk=phone.pk).update(ended_at=at, is_enabled=False)
        with connection.cursor() as cursor:
            cursor.execute("SELECT switch.drop_credential(%s)", [phone.pk])
        audit.record(actor=actor, action="phone.ended", object=phone, address=str(phone))
    # The switch would go on counting them among a queue's agents, and send calls where they once did.
    for model in (QueuePhone, ProfileQueue, QueueMember, Forward):
        whose = "member__employee" if model is QueuePhone else "employee"
        left = model.objects.visible_to(actor).filter(**{whose: employee})
        left._raw_delete(left.db)
    own = Extension.objects.visible_to(actor).filter(employee=employee)
    Ddi.objects.visible_to(actor).filter(extension__in=own).update(extension=None)
    own._raw_delete(own.db)
