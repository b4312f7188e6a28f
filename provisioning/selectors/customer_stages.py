"""Read how far customers are, for lists and for the page one lands on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, JSONField, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import JSONObject

from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Customer
from provisioning.models import Certificate, DnsWatch, Ending, Order, StageConfirmation
from provisioning.rules.stages import Progress, StageName, current
from provisioning.selectors.setups import accounts, confirmed_stages, counted, instant, number, with_counts


@dataclass(frozen=True, slots=True)
class CustomerStage:
    """A customer in a list: where it stands, and whether its next step waits for the reseller.

    Of several domains it is the one that presses most; domains holds all of them, the oldest first. employees and
    linked count the whole customer, awaited and linked_here this domain alone. broken_at is since when a domain in
    use no longer points at us, verdict what is wrong then; order and setup are public ids.
    """

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
    awaited: int = 0
    linked_here: int = 0
    broken_at: dt.datetime | None = None
    verdict: Mapping[str, Any] | None = None
    order: str = ""
    setup: str = ""
    several: bool = False
    domains: tuple[CustomerStage, ...] = ()

    @property
    def public_id(self) -> str:
        return str(self.customer.public_id)

    @property
    def name(self) -> str:
        return self.customer.name

    @property
    def is_ordered(self) -> bool:
        """Tell whether the order is confirmed: a draft is the reseller's own."""
        return self.stage is not None and self.stage is not StageName.ORDER

    @property
    def in_use(self) -> int:
        """Count the domains in use."""
        return sum(1 for one in self.domains if one.live)


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
    confirmed = StageConfirmation.objects.visible_to(actor).filter(
        setup__order=OuterRef("pk"), reopened_at=None
    )
    return with_counts(actor, rows).annotate(
        standings=ArraySubquery(
            order.order_by("pk")
            .annotate(
                watch_state=Subquery(watch.values("state")[:1]),
                fault=Subquery(certificate.values("fault")[:1]),
                ends_on=Subquery(ending.values("last_day")[:1]),
                confirmed_stages=ArraySubquery(confirmed.values("stage")),
                linked_here=number(accounts(actor).filter(sip_domain=OuterRef("setup__sip_domain"))),
            )
            .values(
                json=JSONObject(
                    domain="domain",
                    order="public_id",
                    had_skype="had_skype",
                    confirmed_at="confirmed_at",
                    dns_verified_at="setup__dns_verified_at",
                    live_at="setup__live_at",
                    setup="setup__public_id",
                    broken_at="setup__upkeep__broken_at",
                    verdict=Case(
                        When(setup__upkeep__broken_at__isnull=False, then="setup__upkeep__verdict"),
                        output_field=JSONField(),
                    ),
                    watch_state="watch_state",
                    fault="fault",
                    ends_on="ends_on",
                    confirmed_stages="confirmed_stages",
                    linked_here="linked_here",
                )
            )
        ),
    )


def stage_of(row: Any) -> CustomerStage:
    """Return where a customer stands that `with_standing` annotated, with the domain that presses most."""
    if not row.standings:
        return CustomerStage(row, "", None, False, row.employee_count, row.linked_count)
    every = stages_of(row)
    return replace(min(every, key=_press), domains=tuple(every))


def stages_of(row: Any) -> list[CustomerStage]:
    """Return where a customer that `with_standing` annotated stands with each of its domains, the oldest first."""
    return [_stage_with(row, found) for found in row.standings]


def _press(one: CustomerStage) -> tuple[bool, bool, bool, int]:
    return (
        one.broken_at is None,
        not one.waits_for_me,
        one.live,
        list(StageName).index(one.stage) if one.stage else 0,
    )


def _stage_with(row: Any, found: Mapping[str, Any]) -> CustomerStage:
    progress = Progress(
        ordered=found["confirmed_at"] is not None,
        confirmed=confirmed_stages(found["confirmed_stages"], had_skype=found["had_skype"]),
        dns_verified=found["dns_verified_at"] is not None,
        live=found["live_at"] is not None,
        broken=found["live_at"] is not None and found["broken_at"] is not None,
        **counted(row, found["linked_here"], several=len(row.standings) > 1),
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
        employees=row.employee_count,
        linked=row.linked_count,
        watch_state=watch_state,
        live=progress.live,
        certificate_stopped=stopped,
        ends_on=dt.date.fromisoformat(found["ends_on"]) if found["ends_on"] else None,
        several=len(row.standings) > 1,
        awaited=progress.awaited,
        linked_here=progress.linked,
        broken_at=instant(found["broken_at"]) if progress.broken else None,
        verdict=found["verdict"],
        order=str(found["order"]),
        setup=str(found["setup"] or ""),
    )


def _waits_for_reseller(stage: StageName, progress: Progress, watch_state: str) -> bool:
    if stage is StageName.DNS:
        return progress.broken or watch_state != "running"
    return stage not in (StageName.USERS, StageName.DONE)
