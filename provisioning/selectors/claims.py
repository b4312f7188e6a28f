"""Read whose a domain is, as far as the asking customer may know."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import CharField, F, Func

from myfone.tenancy.actor import Actor
from provisioning.models import DomainClaim, Setup
from provisioning.rules.claims import STANDS, Need


@dataclass(frozen=True, slots=True)
class ClaimStanding:
    """Where a setup's claim stands; need says what it takes, and never because of whom."""

    claim: DomainClaim | None
    need: Need

    @property
    def proven(self) -> bool:
        return self.claim is not None and self.claim.ended_at is None and self.claim.proven_at is not None

    @property
    def lapsed(self) -> bool:
        return self.claim is not None and self.claim.ended_at is not None

    @property
    def lapses_at(self) -> dt.datetime | None:
        """Return when the claim ends unless it is proven or renewed."""
        return None if self.claim is None or self.proven or self.lapsed else self.claim.lapses_at

    @property
    def moves_at(self) -> dt.datetime | None:
        """Return when we look for the TXT record the second time."""
        since = None if self.claim is None or self.lapsed else self.claim.txt_since
        return since + STANDS if since else None

    @property
    def challenge(self) -> str:
        """Return the token for the TXT record, or nothing where none is needed."""
        if self.claim is None or self.proven or self.lapsed or self.need is Need.RECORDS:
            return ""
        return self.claim.token


def live_claim(*, actor: Actor, customer_id: int, domain: str) -> DomainClaim | None:
    """Return the customer's claim that has not ended."""
    rows = DomainClaim.objects.visible_to(actor).filter(customer_id=customer_id, ended_at=None)
    found: DomainClaim | None = rows.filter(domain__iexact=domain).first()
    return found


def need_of(claim: DomainClaim) -> Need:
    """Ask what it takes to prove the claim; nobody learns because of whom."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT provisioning_domain_need(%s, %s)", [claim.domain, claim.customer_id])
        return Need(cursor.fetchone()[0])


def claim_standing(*, actor: Actor, setup: Setup) -> ClaimStanding:
    """Return where the setup's latest claim stands, in one statement."""
    claim = (
        DomainClaim.objects.visible_to(actor)
        .filter(customer_id=setup.customer_id, domain__iexact=setup.domain)
        .annotate(
            need=Func(
                F("domain"),
                F("customer_id"),
                function="provisioning_domain_need",
                output_field=CharField(),
            )
        )
        .order_by(F("ended_at").desc(nulls_first=True), "-pk")
        .first()
    )
    return ClaimStanding(claim, Need(claim.need) if claim else Need.RECORDS)
