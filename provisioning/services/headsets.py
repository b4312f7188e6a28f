"""Pass an inquiry for headsets on to those who sell them: the staff of the customer's own reseller (G34)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from myfone.accounts.models import User
from myfone.kernel import audit, outbox
from myfone.kernel.models import OutboxMail
from myfone.tenancy.actor import Actor, NotAllowed, Role
from myfone.tenancy.models import Customer, Employee
from provisioning.headsets import BY_CODE, HEADSETS

MOST = 500
LONGEST_NOTE = 500


class InquiryRefused(Exception):
    """The inquiry was not sent; the text says why."""


@transaction.atomic
def inquire(
    *, actor: Actor, amounts: Mapping[str, int], note: str, answer_to: str, at: dt.datetime
) -> Customer:
    """Promise a mail to each of the reseller's staff; return the customer, with the reseller that was asked.

    amounts says how many by code. answer_to is the address that the answer goes to. The same inquiry by the same
    person on the same day is sent once. Raises InquiryRefused, and NotAllowed for whoever is no employee.
    """
    if actor.employee_id is None:
        raise NotAllowed(_("Headsets are asked for by the customer's own employees."))
    wanted = {headset: amounts.get(headset.code, 0) for headset in HEADSETS}
    wanted = {headset: amount for headset, amount in wanted.items() if amount}
    if not wanted or set(amounts) - set(BY_CODE):
        raise InquiryRefused(_("Say how many you want of at least one headset."))
    if any(not 0 < amount <= MOST for amount in wanted.values()):
        raise InquiryRefused(_("Ask for 1 to %(most)d of each.") % {"most": MOST})
    employee = Employee.objects.visible_to(actor).get(pk=actor.employee_id)
    customer: Customer = (
        Customer.objects.visible_to(actor).select_related("reseller").get(pk=employee.customer_id)
    )
    sellers = User.objects.filter(
        membership__role=Role.RESELLER_STAFF, membership__reseller_id=customer.reseller_id, is_active=True
    )
    if not sellers:
        raise InquiryRefused(_("Your reseller has nobody in Myfone to ask. Call them instead."))
    note = note.strip()[:LONGEST_NOTE]
    key = _key(employee, {headset.code: amount for headset, amount in wanted.items()}, note, at)
    if OutboxMail.objects.filter(key__startswith=key, customer_id=customer.pk).exists():
        return customer
    for seller in sellers:
        outbox.send(
            key=f"{key}:{seller.pk}",
            to=seller.email,
            template="headset_inquiry",
            language=seller.language,
            params={
                "name": seller.name,
                "company": customer.name,
                "person": employee.name,
                "answer_to": answer_to,
                "lines": [
                    {"name": headset.name, "amount": amount, "price": str(headset.price)}
                    for headset, amount in wanted.items()
                ],
                "pieces": sum(wanted.values()),
                "total": str(sum(headset.price * amount for headset, amount in wanted.items())),
                "note": note,
            },
            customer_id=customer.pk,
        )
    audit.record(
        actor=actor,
        action="headsets.asked_for",
        object=customer,
        customer_id=customer.pk,
        amounts={headset.code: amount for headset, amount in wanted.items()},
    )
    return customer


def _key(employee: Employee, amounts: dict[str, int], note: str, at: dt.datetime) -> str:
    said = json.dumps([amounts, note], sort_keys=True).encode()
    day = timezone.localtime(at).date()
    return f"headsets:{employee.pk}:{day}:{hashlib.sha256(said).hexdigest()[:16]}"
