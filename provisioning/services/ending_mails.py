"""Tell people of the end of a contract: employees with an account, administrators, the reseller's staff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.utils import translation
from django.utils.formats import date_format

from myfone.accounts.models import Membership
from myfone.kernel import outbox
from myfone.kernel.models import OutboxMail
from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.context import tenant
from provisioning.models import Ending
from provisioning.rules.domains import shown
from telephony.models import Phone, PhoneKind

AT_ONCE = 200
# What employees are told; that it is done they see when they cannot sign in.
TO_EMPLOYEES = {"announced": "ending_employee", "withdrawn": "ending_employee_withdrawn"}
TO_ADMINISTRATORS = {
    "announced": "ending_customer",
    "withdrawn": "ending_customer_withdrawn",
    "done": "ending_customer_done",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is told: key is unique among the readers of one mail."""

    key: str
    name: str
    email: str
    language: str
    template: str


def promise(*, actor: Actor, ending_id: int, kind: str) -> int:
    """Promise the next mails of a kind (announced, withdrawn, done); return how many readers are left."""
    with tenant(actor):
        rows = Ending.objects.visible_to(actor).select_related("setup__order", "customer__reseller")
        ending = rows.filter(pk=ending_id).first()
        if ending is None or (kind == "announced" and ending.withdrawn_at is not None):
            return 0
        prefix = f"ending:{ending.public_id}:{kind}:"
        sent = set(
            OutboxMail.objects.filter(customer_id=ending.customer_id, key__startswith=prefix).values_list(
                "key", flat=True
            )
        )
        left = [one for one in _readers(actor, ending, kind) if prefix + one.key not in sent]
        for reader in left[:AT_ONCE]:
            outbox.send(
                key=prefix + reader.key,
                to=reader.email,
                template=reader.template,
                language=reader.language,
                params={
                    "name": reader.name,
                    "company": ending.customer.name,
                    "domain": shown(ending.setup.domain),
                    "day": day_in(reader.language, ending.last_day),
                    "by": ending.announced_by_name,
                    "accounts": ending.accounts,
                    "customer": str(ending.customer.public_id),
                    "order": str(ending.setup.order.public_id),
                    "is_staff": reader.key.startswith("staff"),
                },
                customer_id=ending.customer_id,
            )
    return max(0, len(left) - AT_ONCE)


def day_in(language: str, day: dt.date) -> str:
    """Return a date as readers of the language write it."""
    with translation.override(language):
        return date_format(day, "DATE_FORMAT")


def _readers(actor: Actor, ending: Ending, kind: str) -> Iterator[Reader]:
    staff = Membership.objects.filter(
        role=Role.RESELLER_STAFF, reseller_id=ending.customer.reseller_id, user__is_active=True
    )
    for row in staff.select_related("user").order_by("pk"):
        user = row.user
        yield Reader(f"staff:{user.pk}", user.name, user.email, user.language, TO_ADMINISTRATORS[kind])
    people = Membership.objects.filter(
        role=Role.CUSTOMER_ADMINISTRATOR,
        employee__customer_id=ending.customer_id,
        employee__ended_at=None,
        user__is_active=True,
    )
    for row in people.select_related("user").order_by("pk"):
        user = row.user
        yield Reader(f"admin:{user.pk}", user.name, user.email, user.language, TO_ADMINISTRATORS[kind])
    if kind not in TO_EMPLOYEES:
        return
    # Ended at once, the accounts may be closed before this mail is promised.
    held = Q(ended_at=None) | Q(ended_at__gte=ending.announced_at)
    phones = (
        Phone.objects.visible_to(actor)
        .filter(held, sip_domain_id=ending.setup.sip_domain_id, kind=PhoneKind.SKYPE, employee__ended_at=None)
        .select_related("employee")
        .order_by("employee_id", "pk")
    )
    languages = dict(
        Membership.objects.filter(employee_id__in=phones.order_by().values("employee_id")).values_list(
            "employee_id", "user__language"
        )
    )
    for employee in {phone.employee_id: phone.employee for phone in phones}.values():
        language = languages.get(employee.pk, "da")
        yield Reader(f"employee:{employee.pk}", employee.name, employee.email, language, TO_EMPLOYEES[kind])
