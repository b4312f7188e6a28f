"""Begin to move a domain from the customer that holds it to one that shows control by a TXT record (docs/adr/0006).

The record must stand for a day: at the first look the holder is told, and whoever controls the zone can take the record
away. The second look is `domain_takeover`'s.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from myfone.accounts.selectors import people_behind
from myfone.kernel import audit, jobs
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import DomainClaim, Setup
from provisioning.rules.claims import GIVE_UP, STANDS
from provisioning.selectors.claims import live_claim
from provisioning.services import claims

JOB = "provisioning.domain_move"


@dataclass(frozen=True, slots=True)
class Holder:
    """The customer that has proven a domain, or a name above it."""

    claim_id: int
    customer_id: int
    domain: str


def holder_of(held: DomainClaim) -> Holder | None:
    """Find who else has proven the claim's domain; for what is done in its name, and never for a page."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT claim_id, customer_id, domain FROM provisioning_domain_holder(%s, %s)",
            [held.domain, held.customer_id],
        )
        row = cursor.fetchone()
    return Holder(*row) if row else None


def begin(*, actor: Actor, setup: Setup, at: dt.datetime) -> dt.datetime:
    """Write down that the TXT record was seen, tell the holder, and plan the second look; return when that is.

    Inside the transaction of the look. Seen again, the first look counts.
    """
    claims.hold_domain(setup.domain)
    held = live_claim(actor=actor, customer_id=setup.customer_id, domain=setup.domain)
    assert held is not None
    if held.txt_since is not None:
        return held.txt_since + STANDS
    lapses_at = max(held.lapses_at, at + GIVE_UP)
    rows = DomainClaim.objects.visible_to(actor).filter(pk=held.pk)
    rows.update(txt_since=at, lapses_at=lapses_at)
    audit.record(actor=actor, action="domain.move_begun", object=held, domain=held.domain)
    jobs.enqueue(
        JOB,
        key=f"{JOB}:{held.public_id}:{at:%Y%m%dT%H%M%S}",
        customer_id=held.customer_id,
        run_at=at + STANDS,
        claim=held.pk,
        setup=setup.pk,
    )
    holder = holder_of(held)
    if holder is not None:
        # A day's mails are one mail: taking the record away and putting it back must not fill a mailbox.
        tell_holder(holder, held, "domain_move_begun", key=f"{at:%Y%m%d}", until=at + STANDS)
    return at + STANDS


def actor_for(customer_id: int) -> Actor:
    """Return the actor of a move, bound to one of the two customers."""
    return Actor.system(customer_id, doing="domain-move")


def tell_holder(holder: Holder, held: DomainClaim, template: str, *, key: str, until: dt.datetime) -> None:
    """Write to the reseller and the administrators of the holder; the mail does not say who else is there."""
    actor = actor_for(holder.customer_id)
    with tenant(actor):
        theirs = DomainClaim.objects.visible_to(actor).get(pk=holder.claim_id)
        claims.tell(
            people_behind(actor=actor, customer_id=holder.customer_id),
            template=template,
            key=f"{template}:{held.public_id}:{key}",
            params={
                "domain": held.domain,
                "record": f"_myfone-challenge.{held.domain}",
                "until": until.isoformat(),
            },
            held=theirs,
        )
