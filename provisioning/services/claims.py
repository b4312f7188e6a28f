"""Say whose a domain is: claims that block nobody, and proofs of which there is one (docs/adr/0006)."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import IntegrityError, connection, transaction

from myfone.accounts.selectors import Addressee, people_behind
from myfone.kernel import audit, outbox
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import ClaimEnd, DomainClaim, Order, Proof, Setup
from provisioning.rules.claims import LASTS, WARNING, Need, Standing, standing
from provisioning.selectors.claims import live_claim, need_of
from telephony.models import SipDomain

NIGHT = "provisioning.claims_tonight"
NIGHT_AT = (7, 0)  # local time: its mails are read in the morning


def hold_domain(domain: str) -> None:
    """Make whoever else decides about this domain wait for the running transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('domain:' || lower(%s), 0))", [domain])


@transaction.atomic
def claim(*, actor: Actor, customer_id: int, domain: str, at: dt.datetime) -> DomainClaim:
    """Return the customer's claim on a domain, made now unless it stands; a claim keeps nobody else out."""
    found = live_claim(actor=actor, customer_id=customer_id, domain=domain)
    if found is not None:
        return found
    made = DomainClaim(
        customer_id=customer_id,
        domain=domain.lower(),
        token=secrets.token_urlsafe(20),
        claimed_at=at,
        lapses_at=at + LASTS,
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        stands = live_claim(actor=actor, customer_id=customer_id, domain=domain)
        assert stands is not None
        return stands
    audit.record(actor=actor, action="domain.claimed", object=made, domain=made.domain)
    return made


@transaction.atomic
def renew(*, actor: Actor, setup: Setup, at: dt.datetime) -> DomainClaim:
    """Give an unproven claim its full time again; one that has lapsed is made anew, with another token."""
    held = claim(actor=actor, customer_id=setup.customer_id, domain=setup.domain, at=at)
    rows = DomainClaim.objects.visible_to(actor).filter(pk=held.pk, proven_at=None, ended_at=None)
    if rows.filter(lapses_at__lt=at + LASTS).update(lapses_at=at + LASTS, warned_at=None):
        audit.record(actor=actor, action="domain.claim_renewed", object=held, domain=held.domain)
        held.lapses_at, held.warned_at = at + LASTS, None
    return held


def challenge_for(*, actor: Actor, setup: Setup, at: dt.datetime) -> str:
    """Return the token that a TXT record must hold, or nothing where the records alone prove enough."""
    held = claim(actor=actor, customer_id=setup.customer_id, domain=setup.domain, at=at)
    if held.proven_at is not None or need_of(held) is Need.RECORDS:
        return ""
    return held.token


@transaction.atomic
def prove(*, actor: Actor, setup: Setup, has_txt: bool, at: dt.datetime) -> Standing:
    """Weigh a look at which all four records were right; has_txt tells whether it saw the TXT record too.

    Proven, the domain is the customer's alone: the setup is verified and the switch answers for it. Two customers
    whose looks end at once are weighed one after the other.
    """
    hold_domain(setup.domain)
    held = claim(actor=actor, customer_id=setup.customer_id, domain=setup.domain, at=at)
    if held.proven_at is None:
        need = need_of(held)
        verdict = standing(need, has_txt=has_txt, txt_since=held.txt_since, at=at)
        if verdict is not Standing.PROVEN or need is Need.MOVE:
            # A move is made by its own second look, which also ends what the other customer has.
            return Standing.WAITS if verdict is Standing.PROVEN else verdict
        try:
            mark_proven(actor=actor, held=held, proof=Proof.TXT if has_txt else Proof.RECORDS, at=at)
        except IntegrityError:
            # Somebody who did not wait for the lock; the constraints have the last word.
            return Standing.LACKS_TXT
    open_setup(actor=actor, setup=setup, at=at)
    return Standing.PROVEN


def mark_proven(*, actor: Actor, held: DomainClaim, proof: Proof, at: dt.datetime) -> None:
    """Make the claim the one that counts. Raises IntegrityError where another customer's counts."""
    with transaction.atomic():
        rows = DomainClaim.objects.visible_to(actor).filter(pk=held.pk, ended_at=None)
        rows.update(proven_at=at, proof=proof, txt_since=None)
        if not SipDomain.objects.visible_to(actor).filter(
            customer_id=held.customer_id, name__iexact=held.domain, ended_at=None
        ):
            SipDomain(customer_id=held.customer_id, name=held.domain).save()
    audit.record(actor=actor, action="domain.proven", object=held, domain=held.domain, proof=proof.value)


def open_setup(*, actor: Actor, setup: Setup, at: dt.datetime) -> None:
    """Let a setup of a proven domain go on to its certificate."""
    realm = (
        SipDomain.objects.visible_to(actor)
        .filter(customer_id=setup.customer_id, name__iexact=setup.domain, ended_at=None)
        .first()
    )
    rows = Setup.objects.visible_to(actor).filter(pk=setup.pk)
    rows.filter(dns_verified_at=None).update(dns_verified_at=at)
    rows.filter(sip_domain=None).update(sip_domain=realm)


@transaction.atomic
def release(
    *, actor: Actor, customer_id: int, domain: str, at: dt.datetime, reason: ClaimEnd = ClaimEnd.RELEASED
) -> bool:
    """Give a domain back, and its place at the switch; return whether the customer had claimed it.

    Clients, certificates and the setup are their own services' to end, before this. Whoever claims the domain next
    needs a TXT record, for the records may still lead here. Said twice, the first stands.
    """
    hold_domain(domain)
    held = live_claim(actor=actor, customer_id=customer_id, domain=domain)
    realm = SipDomain.objects.visible_to(actor).filter(
        customer_id=customer_id, name__iexact=domain, ended_at=None
    )
    realm.update(ended_at=at)
    if held is None:
        return False
    end(actor=actor, held=held, reason=reason, at=at)
    return True


def end(*, actor: Actor, held: DomainClaim, reason: ClaimEnd, at: dt.datetime) -> None:
    """End a claim; the row stays, so that records alone prove nothing to the next customer."""
    rows = DomainClaim.objects.visible_to(actor).filter(pk=held.pk, ended_at=None)
    if rows.update(ended_at=at, end_reason=reason, txt_since=None):
        audit.record(
            actor=actor, action="domain.claim_ended", object=held, domain=held.domain, reason=reason.value
        )


def tonight(*, at: dt.datetime) -> int:
    """Warn of claims that are about to lapse, and end those that have; return how many rows changed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT claim_id, customer_id FROM provisioning_due_claims(%s, %s)", [at, at + WARNING]
        )
        due = cursor.fetchall()
    return sum(_tend(claim_id, customer_id, at) for claim_id, customer_id in due)


def _tend(claim_id: int, customer_id: int, at: dt.datetime) -> int:
    actor = Actor.system(customer_id, doing="claims")
    with tenant(actor):
        rows = DomainClaim.objects.visible_to(actor).filter(proven_at=None, ended_at=None)
        held = rows.select_for_update(of=("self",)).filter(pk=claim_id).first()
        if held is None:
            return 0
        setup = (
            Setup.objects.visible_to(actor)
            .filter(customer_id=customer_id, domain__iexact=held.domain, ended_at=None)
            .select_related("order")
            .first()
        )
        if held.lapses_at <= at:
            end(actor=actor, held=held, reason=ClaimEnd.LAPSED, at=at)
            template = "claim_lapsed"
        elif held.warned_at is None:
            rows.filter(pk=claim_id).update(warned_at=at)
            template = "claim_lapses"
        else:
            return 0
        if setup is not None:
            params = {"domain": held.domain, "setup": str(setup.public_id), "day": held.lapses_at.isoformat()}
            key = f"{template}:{held.public_id}:{held.lapses_at:%Y%m%d}"
            tell(who_ordered(actor, setup.order), template=template, key=key, params=params, held=held)
    return 1


def who_ordered(actor: Actor, order: Order) -> list[Addressee]:
    """Return the person who ordered, or everybody at the reseller where that person is gone."""
    people = people_behind(actor=actor, customer_id=order.customer_id, administrators=False)
    mine = [one for one in people if f"user:{one.user_id}" in (order.confirmed_by, order.created_by)]
    return mine or people


def tell(
    people: list[Addressee], *, template: str, key: str, params: dict[str, str], held: DomainClaim
) -> None:
    """Promise one mail to each, in the reader's language."""
    for one in people:
        outbox.send(
            key=f"{key}:{one.user_id}",
            to=one.email,
            template=template,
            language=one.language,
            params={"name": one.name, **params},
            customer_id=held.customer_id,
        )
