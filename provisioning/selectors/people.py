"""Read who has which licence and how far each is with Skype for Business (G9), over one company or all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce

from billing.models import EmployeeLicence, LicenceType
from billing.selectors import with_licence, without_skype
from myfone.accounts.models import Invitation, Membership
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Customer, Department, Employee, Reseller
from provisioning.models import Reminder, Setup
from provisioning.rules.people import PersonState
from telephony.models import Phone, PhoneKind, SipDomain, SkypePolicy
from telephony.selectors.folding import named

NO_LICENCE = "-"
NEVER = "never"


@dataclass(frozen=True)
class Filters:
    """What a list of people is narrowed to; empty means all. licence may be NO_LICENCE."""

    text: str = ""
    state: str = ""
    licence: str = ""
    domain: str = ""
    department: str = ""
    customer: str = ""


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


def people(actor: Actor, wanted: Filters) -> QuerySet[Any]:
    """Return the employees that the filters leave, each with its `state`."""
    phone = Phone.objects.visible_to(actor).filter(
        employee=OuterRef("pk"), kind=PhoneKind.SKYPE, ended_at=None
    )
    member = Membership.objects.filter(employee=OuterRef("pk"), user__is_active=True)
    # Django marks a password that was never chosen by this sign in front.
    chosen = member.exclude(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
    asked = Invitation.objects.filter(employee=OuterRef("pk"))
    rows: QuerySet[Any] = Employee.objects.visible_to(actor).filter(ended_at=None, customer__ended_at=None)
    rows = rows.annotate(
        state=Case(
            When(Exists(phone), then=Value(PersonState.CONNECTED.value)),
            When(
                Exists(without_skype(actor).filter(employee=OuterRef("pk"))),
                then=Value(PersonState.NO_SKYPE.value),
            ),
            When(Exists(chosen), then=Value(PersonState.WAITING.value)),
            When(Exists(member) | Exists(asked), then=Value(PersonState.INVITED.value)),
            default=Value(PersonState.NO_USER.value),
            output_field=CharField(),
        )
    )
    if wanted.text:
        text = wanted.text.strip()
        skype = phone.filter(username__icontains=text.partition("@")[0])
        rows = rows.filter(named("name", text) | Q(email__icontains=text) | Exists(skype))
    if wanted.licence:
        current = EmployeeLicence.objects.visible_to(actor).filter(employee=OuterRef("pk"), ended_at=None)
        if wanted.licence == NO_LICENCE:
            rows = rows.exclude(Exists(current))
        else:
            rows = rows.filter(Exists(current.filter(licence_type__code=wanted.licence)))
    if wanted.domain:
        rows = rows.filter(Exists(phone.filter(sip_domain__name__iexact=wanted.domain)))
    if wanted.department:
        rows = rows.filter(department__name=wanted.department)
    if wanted.customer:
        rows = rows.filter(customer__public_id=wanted.customer) if _is_uuid(wanted.customer) else rows.none()
    return rows


def counts(rows: QuerySet[Any]) -> Mapping[str, int]:
    """Count people by state; one query."""
    found = rows.order_by().values("state").annotate(number=Count("pk")).values_list("state", "number")
    return {state.value: 0 for state in PersonState} | dict(found)


def described(actor: Actor, rows: QuerySet[Any], date: dt.date) -> QuerySet[Any]:
    """Add to people what lists and exports show, sorted by name.

    licence_name, price_each and so on of billing; skype_username, skype_domain, linked_at, number, reminded_on.
    """
    phone = Phone.objects.visible_to(actor).filter(
        employee=OuterRef("pk"), kind=PhoneKind.SKYPE, ended_at=None
    )
    reminded = Reminder.objects.visible_to(actor).filter(employee=OuterRef("pk")).order_by("-sent_on")
    rows = with_licence(actor=actor, rows=rows, date=date).annotate(
        skype_username=Subquery(phone.values("username")[:1]),
        skype_domain=Subquery(phone.values("sip_domain__name")[:1]),
        linked_at=Subquery(phone.values("created_at")[:1]),
        line_identity=Subquery(phone.values("line_identity")[:1]),
        reminded_on=Subquery(reminded.values("sent_on")[:1]),
    )
    return rows.select_related("customer", "department").order_by("name", "pk")


def choices(actor: Actor) -> Mapping[str, list[Choice]]:
    """Return what can be filtered by: licence, domain, department, and for staff customer; one query.

    For a company there is code_days besides, how long a mailed password works: a number or NEVER, empty by default;
    and reseller, with its support telephone as the value; and open, not empty where employees may connect by now.
    """
    kinds: list[QuerySet[Any]] = [
        LicenceType.objects.values_list(Value("licence"), "code", "name").order_by(),
        SipDomain.objects.visible_to(actor)
        .filter(ended_at=None)
        .values_list(Value("domain"), "name", "name"),
        Department.objects.visible_to(actor).values_list(Value("department"), "name", "name").distinct(),
    ]
    if actor.is_staff:
        own = Customer.objects.visible_to(actor).filter(ended_at=None)
        kinds.append(own.values_list(Value("customer"), Cast("public_id", CharField()), "name"))
    else:
        policy = SkypePolicy.objects.visible_to(actor)
        days = Coalesce(Cast("code_days", CharField()), Value(NEVER))
        kinds.append(policy.values_list(Value("code_days"), days, Value("")))
        seller = Reseller.objects.visible_to(actor)
        kinds.append(seller.values_list(Value("reseller"), "support_phone", "name"))
        live = Setup.objects.visible_to(actor).filter(ended_at=None).exclude(live_at=None)
        kinds.append(live.values_list(Value("open"), Value(""), Value("")))
    names = ("licence", "domain", "department", "customer", "code_days", "reseller", "open")
    found: dict[str, list[Choice]] = {name: [] for name in names}
    for kind, value, label in kinds[0].union(*kinds[1:], all=True):
        found[kind].append(Choice(value, label))
    for listed in found.values():
        listed.sort(key=lambda choice: choice.label.casefold())
    return found


def open_customers(actor: Actor, customer_ids: set[int]) -> set[int]:
    """Return those of the customers whose employees may connect by now (G15)."""
    live = Setup.objects.visible_to(actor).filter(customer_id__in=customer_ids, ended_at=None)
    return set(live.exclude(live_at=None).values_list("customer_id", flat=True))


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
