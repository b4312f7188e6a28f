"""Read how far a customer's setup is, for the wizard's frame."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject
from django.utils.dateparse import parse_datetime

from billing.selectors import without_skype
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
    """Where a customer stands with one domain; without an order there is a customer alone.

    others are the standing orders for the customer's other domains. named says that the address named the order, and
    gone is the order that it named where that stands no more.
    """

    customer: Customer
    progress: Progress
    order: Order | None = None
    others: tuple[Order, ...] = ()
    named: bool = False
    gone: Order | None = None
    setup: Setup | None = None
    confirmations: Mapping[str, Confirmed] = field(default_factory=dict)
    watch: Watched | None = None
    certificate: CertificateState | None = None
    ends_on: dt.date | None = None

    @property
    def stage(self) -> StageName:
        return current(self.progress)


class SeveralDomains(Exception):
    """The customer has several domains, and none was named."""

    def __init__(self, found: tuple[Standing, ...]) -> None:
        super().__init__("name the order or the setup")
        self.standings = found


def find(
    *,
    actor: Actor,
    customer_public_id: uuid.UUID | str,
    order: uuid.UUID | None = None,
    setup: Setup | None = None,
) -> Standing:
    """Return where the customer stands with the domain of that order or setup, or with its only one.

    Never guesses: raises SeveralDomains where none is named and there are several. An order that stands no more is
    `gone`. Raises Customer.DoesNotExist and Order.DoesNotExist where the actor, or the customer, has no such. Two
    queries, however many employees there are.
    """
    found = standings(actor=actor, customer_public_id=customer_public_id)
    if order is None and setup is None:
        if len(found) > 1:
            raise SeveralDomains(found)
        return found[0]
    for one in found:
        if one.order is None:
            continue
        if order is not None and one.order.public_id == order:
            return replace(one, named=True)
        if setup is not None and one.order.pk == setup.order_id:
            return one
    first = found[0]
    rows = Order.objects.visible_to(actor).filter(customer=first.customer.pk)
    gone = rows.get(public_id=order) if order is not None else rows.get(pk=setup.order_id)  # type: ignore[union-attr]
    alone = Progress(employees=first.progress.employees, linked=first.progress.linked)
    others = tuple(one.order for one in found if one.order is not None)
    return Standing(first.customer, alone, others=others, named=order is not None, gone=gone)


def standings(*, actor: Actor, customer_public_id: uuid.UUID | str) -> tuple[Standing, ...]:
    """Return where the customer stands with each of its domains, the oldest first; at least one, without an order.

    Two queries, however many employees and domains there are. Raises Customer.DoesNotExist.
    """
    customer: Any = (
        with_counts(actor, Customer.objects.visible_to(actor))
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
    orders = list(
        Order.objects.visible_to(actor)
        .filter(customer=customer.pk, cancelled_at=None, ended_at=None)
        .select_related("licence_type", "setup__sip_domain", "setup__upkeep")
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
            linked_here=number(accounts(actor).filter(sip_domain=OuterRef("setup__sip_domain"))),
        )
        .order_by("pk")
    )
    if not orders:
        return (
            Standing(customer, Progress(employees=customer.employee_count, linked=customer.linked_count)),
        )
    return tuple(_standing(customer, one, tuple(o for o in orders if o is not one)) for one in orders)


def _standing(customer: Any, order: Any, others: tuple[Order, ...]) -> Standing:
    order.customer = customer
    setup = getattr(order, "setup", None)
    confirmed = {c["stage"]: Confirmed(c["name"], instant(c["at"])) for c in order.confirmations}
    return Standing(
        customer=customer,
        progress=Progress(
            ordered=order.confirmed_at is not None,
            confirmed=confirmed_stages(confirmed, had_skype=order.had_skype),
            dns_verified=bool(setup and setup.dns_verified_at),
            live=bool(setup and setup.live_at),
            broken=bool(setup and broken_at(setup)),
            **counted(customer, order.linked_here, several=bool(others)),
        ),
        order=order,
        others=others,
        setup=setup,
        confirmations=confirmed,
        watch=_watched(order.watch),
        certificate=_certificate(order.certificate),
        ends_on=order.ends_on,
    )


def broken_at(setup: Any) -> dt.datetime | None:
    """Return since when a domain in use no longer points at us; None while it does."""
    found = getattr(setup, "upkeep", None)
    return found.broken_at if found and setup.live_at and setup.ended_at is None else None


def number(of: QuerySet[Any]) -> Coalesce:
    """Count rows of the customer at hand, as a subquery."""
    counted = of.order_by().values("customer").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), Value(0))


def accounts(actor: Actor) -> QuerySet[Phone]:
    """List the Skype accounts that are in use."""
    rows: QuerySet[Phone] = Phone.objects.visible_to(actor).filter(
        kind=PhoneKind.SKYPE, ended_at=None, employee__ended_at=None
    )
    return rows


def with_counts(actor: Actor, rows: QuerySet[Customer]) -> QuerySet[Customer]:
    """Annotate everyone_count, and of them employee_count: all but those who are to have no Skype."""
    people = Employee.objects.visible_to(actor).filter(customer=OuterRef("pk"), ended_at=None)
    linked = accounts(actor).filter(customer=OuterRef("pk"))
    without = without_skype(actor).filter(customer=OuterRef("pk"), employee__ended_at=None)
    return rows.annotate(everyone_count=number(people), linked_count=number(linked)).annotate(
        employee_count=F("everyone_count") - number(without)
    )


def counted(customer: Any, here: int, *, several: bool) -> dict[str, int]:
    """Count employees and accounts of one domain: whoever has an account at another is not awaited at this one."""
    linked = here if several else customer.linked_count
    return {
        "employees": customer.employee_count,
        "linked": linked,
        "elsewhere": customer.linked_count - linked,
    }


def confirmed_stages(stages: Mapping[str, Any] | Sequence[str], *, had_skype: bool) -> frozenset[str]:
    """Return the stages that are confirmed, by a person or because they are not needed."""
    # Without Skype before there are no contacts to lose (G11).
    return frozenset(stages) | (frozenset() if had_skype else {StageName.CONTACTS.value})


def instant(text: str) -> dt.datetime:
    """Read an instant as the database writes it into JSON."""
    found = parse_datetime(text)
    assert found is not None
    return found


def _watched(found: Mapping[str, Any] | None) -> Watched | None:
    if found is None:
        return None
    return Watched(
        id=found["id"],
        state=found["state"],
        started_at=instant(found["started_at"]),
        give_up_at=instant(found["give_up_at"]),
        looked_at=instant(found["looked_at"]) if found["looked_at"] else None,
        ended_at=instant(found["ended_at"]) if found["ended_at"] else None,
        verdict=found["verdict"],
    )


def _certificate(found: Mapping[str, Any] | None) -> CertificateState | None:
    if found is None:
        return None
    return CertificateState(
        step=found["step"],
        step_at=instant(found["step_at"]),
        not_after=instant(found["not_after"]) if found["not_after"] else None,
        fault=found["fault"],
    )
