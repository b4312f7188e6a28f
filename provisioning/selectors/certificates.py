"""Read certificates: of one domain for its page, of all domains for the list of what runs out when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import (
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from myfone.tenancy.actor import Actor
from provisioning.models import Certificate, CertificateStep, Setup
from provisioning.rules.certificate_plan import (
    EQUAL_A_WEEK,
    KEPT_FOR_RENEWAL,
    RENEWED_BY_LEFT,
    WEEK,
    Candidate,
    mark,
    renewal_begins,
)


class Health(StrEnum):
    """How a domain's certificate is, the worst that holds."""

    STOPPED = "stopped"
    LATE = "late"
    WAITING = "waiting"
    FINE = "fine"


@dataclass(frozen=True)
class Held:
    """The certificate in use, the one in the making, and how many a person may still have made this week."""

    in_use: Certificate | None
    making: Certificate | None
    left_this_week: int

    @property
    def renewal_at(self) -> dt.datetime | None:
        """Return when renewal begins by itself."""
        one = self.in_use
        if one is None or one.not_before is None or one.not_after is None:
            return None
        return renewal_begins(one.not_before, one.not_after, one.renew_at)


def held(*, actor: Actor, setup: Setup, at: dt.datetime) -> Held:
    """Return what a setup has; one query."""
    rows = list(
        Certificate.objects.visible_to(actor)
        .filter(Q(ended_at=None) | Q(not_before__gt=at - WEEK), setup=setup)
        .order_by("-pk")
    )
    current = [one for one in rows if one.ended_at is None]
    in_use = next((one for one in current if one.step == CertificateStep.CONFIRMED), None)
    making = next((one for one in current if one.step != CertificateStep.CONFIRMED), None)
    issued = sum(1 for one in rows if one.not_before is not None and one.not_before > at - WEEK)
    return Held(in_use, making, max(0, EQUAL_A_WEEK - KEPT_FOR_RENEWAL - issued))


@dataclass(frozen=True, slots=True)
class Line:
    """One domain in the list: days left (None without a certificate), what stops it, and who was told."""

    setup: Setup
    health: Health
    not_after: dt.datetime | None
    days: int | None
    fault: Mapping[str, Any] | None
    told_at: int | None


def lines(*, actor: Actor, at: dt.datetime, health: Health | None = None) -> QuerySet[Any]:
    """List domains whose records are right, those first that run out first; filtered by health where wanted."""
    mine = Certificate.objects.visible_to(actor).filter(setup=OuterRef("pk"), ended_at=None)
    used = mine.filter(step=CertificateStep.CONFIRMED).order_by("-pk")
    making = mine.exclude(step=CertificateStep.CONFIRMED).order_by("-pk")
    third_left = ExpressionWrapper(
        F("until")
        - ExpressionWrapper((F("until") - F("since")) * RENEWED_BY_LEFT, output_field=DurationField()),
        output_field=DateTimeField(),
    )
    rows: QuerySet[Any] = (
        Setup.objects.visible_to(actor)
        .filter(ended_at=None, dns_verified_at__isnull=False)
        .select_related("customer__reseller")
        .annotate(
            since=Subquery(used.values("not_before")[:1]),
            until=Subquery(used.values("not_after")[:1]),
            fault=Subquery(making.values("fault")[:1], output_field=JSONField()),
        )
        .annotate(third_left=third_left)
        .order_by(F("until").asc(nulls_first=True), "domain", "pk")
    )
    stopped, late = Q(fault__permanent=True), Q(third_left__lte=at)
    # Said positively: where there is no fault, “not stopped” would be unknown to the database.
    going = Q(fault__isnull=True) | Q(fault__permanent=False)
    match health:
        case Health.STOPPED:
            return rows.filter(stopped)
        case Health.LATE:
            return rows.filter(going, late)
        case Health.WAITING:
            return rows.filter(going, until=None)
        case Health.FINE:
            return rows.filter(going, until__isnull=False).exclude(late)
    return rows


def line(row: Any, at: dt.datetime) -> Line:
    """Return a row of `lines` as a page shows it."""
    candidate = Candidate(row.pk, row.customer_id, row.since, row.until)
    part = mark(candidate, at)
    health = Health.FINE
    if row.fault and row.fault.get("permanent"):
        health = Health.STOPPED
    elif row.until is None:
        health = Health.WAITING
    elif part is not None:
        health = Health.LATE
    days = (row.until - at).days if row.until else None
    return Line(row, health, row.until, days, row.fault, part)
