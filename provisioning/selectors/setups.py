"""Read how far a customer's setup is, for the wizard's frame and for lists."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject
from django.utils.dateparse import parse_datetime

from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Customer, Employee
from provisioning.models import Certificate, DnsWatch, Ending, Order, Setup, StageConfirmation
from provisioning.rules.stages import Progress, StageName, current
from telephony.models import Phone, PhoneKind


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Who said when that a stage is done."""

    name: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Watched:
    """The latest watch over the domain; verdict as provisioning.rules wrote it down, or None before a look."""

    id: int
    state: str
    started_at: dt.datetime
    give_up_at: dt.datetime
    looked_at: dt.datetime | None
    ended_at: dt.datetime | None
    verdict: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class CertificateState:
    """The latest certificate: the step it has reached and since when, its expiry, and the last fault."""

    step: str
    step_at: dt.datetime
    not_after: dt.datetime | None
    fault: Mapping[str, Any] | None


@dataclass(frozen=True)
class Standing:
    """Where a customer stands with Skype for Business; without an order there is a customer alone."""

    customer: Customer
    progress: Progress
    order: Order | None = None
    setup: Setup | None = None
    confirmations: Mapping[str, Confirmed] = field(default_factory=dict)
    watch: Watched | None = None
    certificate: CertificateState | None = None
    ends_on: dt.date | None = None

    @property
    def stage(self) -> StageName:
        return current(self.progress)


def find(*, actor: Actor, customer_public_id: uuid.UUID | str) -> Standing:
    """Return where the customer stands; raise Customer.DoesNotExist where the actor has no such customer.

    Two queries, however many employees there are.
    """
    customer: Any = (
        _with_counts(actor, Customer.objects.visible_to(actor))
        .select_related("reseller")
        .get(public_id=customer_public_id)
    )
    confirmations = StageConfirmation.objects.visible_to(actor).filter(
        setup=OuterRef("setup"), reopened_at=None
    )
    watch = DnsWatch.objects.visible_to(actor).filter(setup=OuterRef("setup")).order_by("-started_at", "-pk")
    certificate = (
        Certificate.objects.visible_to(actor)
        .filter(setup=OuterRef("setup"), ended_at=None)
        .order_by("-created_at", "-pk")
    )
    ending = Ending.objects.visible_to(actor).filter(setup=OuterRef("setup"), withdrawn_at=None)
    order = (
        Order.objects.visible_to(actor)
        .filter(customer=customer.pk, cancelled_at=None, ended_at=None)
        .select_related("licence_type", "setup__sip_domain")
        .annotate(
            confirmations=ArraySubquery(
                confirmations.values(
                    json=JSONObject(stage="stage", name="confirmed_by_name", at="confirmed_at")
                )
            ),
            watch=Subquery(
                watch.values(
                    json=JSONObject(
                        id="pk",
                        state="state",
                        started_at="started_at",
                        give_up_at="give_up_at",
                        looked_at="looked_at",
                        ended_at="ended_at",
                        verdict="verdict",
                    )
                )[:1]
            ),
            certificate=Subquery(
                certificate.values(
                    json=JSONObject(step="step", step_at="step_at", not_after="not_after", fault="fault")
                )[:1]
            ),
            ends_on=Subquery(ending.values("last_day")[:1]),
        )
        .first()
    )
    if order is None:
        return Standing(customer, Progress(employees=customer.employee_count, linked=customer.linked_count))
    order.customer = customer
    setup = getattr(order, "setup", None)
    confirmed = {c["stage"]: Confirmed(c["name"], _instant(c["at"])) for c in order.confirmations}
    return Standing(
        customer=customer,
        progress=Progress(
            ordered=order.confirmed_at is not None,
            confirmed=_confirmed_stages(confirmed, had_skype=order.had_skype),
            dns_verified=bool(setup and setup.dns_verified_at),
            live=bool(setup and setup.live_at),
            employees=customer.employee_count,
            linked=customer.linked_count,
        ),
        order=order,
        setup=setup,
        confirmations=confirmed,
        watch=_watched(order.watch),
        certificate=_certificate(order.certificate),
        ends_on=order.ends_on,
    )


@dataclass(frozen=True, slots=True)
class CustomerStage:
    """A customer in a list: where it stands, and whether its next step waits for the reseller."""

    customer: Customer
    domain: str
    stage: StageName | None
    waits_for_me: bool
    employees: int
    linked: int
    watch_state: str = ""
    live: bool = False
    certificate_stopped: bool = False
    ends_on: dt.date | None = None

    @property
    def public_id(self) -> str:
        return str(self.customer.public_id)

    @property
    def name(self) -> str:
        return self.customer.name


def customers_with_stage(
    *, actor: Actor, most: int | None = 200, customers: QuerySet[Customer] | None = None
) -> list[CustomerStage]:
    """List the actor's customers with their stage in one query: who waits for the reseller first, then by name.

    stage is None before anything was ordered or begun. customers narrows the list.
    """
    rows = customers if customers is not None else Customer.objects.visible_to(actor).filter(ended_at=None)
    rows = with_standing(actor, rows).order_by("name", "pk")
    listed = [stage_of(row) for row in (rows[:most] if most else rows)]
    return sorted(listed, key=lambda one: not one.waits_for_me)


def with_standing(actor: Actor, rows: QuerySet[Customer]) -> QuerySet[Customer]:
    """Annotate customers with what `stage_of` needs; employee_count and linked_count are numbers."""
    order = Order.objects.visible_to(actor).filter(customer=OuterRef("pk"), cancelled_at=None, ended_at=None)
    watch = DnsWatch.objects.visible_to(actor).filter(setup__order=OuterRef("pk")).order_by("-started_at")
    certificate = (
        Certificate.objects.visible_to(actor)
        .filter(setup__order=OuterRef("pk"), ended_at=None)
        .order_by("-created_at", "-pk")
    )
    ending = Ending.objects.visible_to(actor).filter(setup__order=OuterRef("pk"), withdrawn_at=None)
    return _with_counts(actor, rows).annotate(
        standing=Subquery(
            order.annotate(
                watch_state=Subquery(watch.values("state")[:1]),
                fault=Subquery(certificate.values("fault")[:1]),
                ends_on=Subquery(ending.values("last_day")[:1]),
            ).values(
                json=JSONObject(
                    domain="domain",
                    had_skype="had_skype",
                    confirmed_at="confirmed_at",
                    dns_verified_at="setup__dns_verified_at",
                    live_at="setup__live_at",
                    watch_state="watch_state",
                    fault="fault",
                    ends_on="ends_on",
                )
            )[:1]
        ),
        confirmed_stages=ArraySubquery(
            StageConfirmation.objects.visible_to(actor)
            .filter(customer=OuterRef("pk"), reopened_at=None, setup__ended_at=None)
            .values("stage")
        ),
    )


def stage_of(row: Any) -> CustomerStage:
    """Return where a customer stands that `with_standing` annotated."""
    found = row.standing
    if found is None:
        return CustomerStage(row, "", None, False, row.employee_count, row.linked_count)
    progress = Progress(
        ordered=found["confirmed_at"] is not None,
        confirmed=_confirmed_stages(row.confirmed_stages, had_skype=found["had_skype"]),
        dns_verified=found["dns_verified_at"] is not None,
        live=found["live_at"] is not None,
        employees=row.employee_count,
        linked=row.linked_count,
    )
    stage = current(progress)
    watch_state = found["watch_state"] or ""
    # What may pass by itself is tried again and waits for nobody.
    stopped = bool(found["fault"] and found["fault"].get("permanent"))
    return CustomerStage(
        customer=row,
        domain=found["domain"],
        stage=stage,
        waits_for_me=stopped or _waits_for_reseller(stage, progress, watch_state),
        employees=progress.employees,
        linked=progress.linked,
        watch_state=watch_state,
        live=progress.live,
        certificate_stopped=stopped,
        ends_on=dt.date.fromisoformat(found["ends_on"]) if found["ends_on"] else None,
    )


def _waits_for_reseller(stage: StageName, progress: Progress, watch_state: str) -> bool:
    if stage is StageName.DNS:
        return watch_state != "running"
    return stage not in (StageName.USERS, StageName.DONE)


def _with_counts(actor: Actor, rows: QuerySet[Customer]) -> QuerySet[Customer]:
    def number(of: QuerySet[Any]) -> Coalesce:
        counted = of.order_by().values("customer").annotate(number=Count("pk")).values("number")
        return Coalesce(Subquery(counted), Value(0))

    people = Employee.objects.visible_to(actor).filter(customer=OuterRef("pk"), ended_at=None)
    linked = Phone.objects.visible_to(actor).filter(
        customer=OuterRef("pk"), kind=PhoneKind.SKYPE, ended_at=None, employee__ended_at=None
    )
    return rows.annotate(employee_count=number(people), linked_count=number(linked))


def _confirmed_stages(stages: Mapping[str, Any] | Sequence[str], *, had_skype: bool) -> frozenset[str]:
    # Without Skype before there are no contacts to lose (G11).
    return frozenset(stages) | (frozenset() if had_skype else {StageName.CONTACTS.value})


def _instant(text: str) -> dt.datetime:
    instant = parse_datetime(text)
    assert instant is not None
    return instant


def _watched(found: Mapping[str, Any] | None) -> Watched | None:
    if found is None:
        return None
    return Watched(
        id=found["id"],
        state=found["state"],
        started_at=_instant(found["started_at"]),
        give_up_at=_instant(found["give_up_at"]),
        looked_at=_instant(found["looked_at"]) if found["looked_at"] else None,
        ended_at=_instant(found["ended_at"]) if found["ended_at"] else None,
        verdict=found["verdict"],
    )


def _certificate(found: Mapping[str, Any] | None) -> CertificateState | None:
    if found is None:
        return None
    return CertificateState(
        step=found["step"],
        step_at=_instant(found["step_at"]),
        not_after=_instant(found["not_after"]) if found["not_after"] else None,
        fault=found["fault"],
    )


def employees_with_link(*, actor: Actor, customer_id: int) -> QuerySet[Employee]:
    """List a customer's employees with skype_username and linked_at, both None for those who have not linked."""
    phone = Phone.objects.visible_to(actor).filter(
        employee=OuterRef("pk"), kind=PhoneKind.SKYPE, ended_at=None
    )
    rows: QuerySet[Employee] = (
        Employee.objects.visible_to(actor)
        .filter(customer_id=customer_id, ended_at=None)
        .annotate(
            skype_username=Subquery(phone.values("username")[:1]),
            linked_at=Subquery(phone.values("created_at")[:1]),
        )
        .order_by(F("linked_at").desc(nulls_first=True), "name", "pk")
    )
    return rows
