"""Look the second time whether a domain is to move to another customer, and move it (docs/adr/0006)."""

from __future__ import annotations

import datetime as dt

from myfone.kernel import audit, outbox
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import ClaimEnd, DomainClaim, Proof, Setup
from provisioning.rules.claims import GIVE_UP, LOOK_AGAIN, STANDS, Need
from provisioning.rules.dns_findings import State
from provisioning.rules.dns_verdict import Decision, Verdict
from provisioning.selectors.claims import need_of
from provisioning.services import claims, endings
from provisioning.services.domain_moves import Holder, actor_for, holder_of, tell_holder


def to_look_at(*, customer_id: int, claim_id: int, setup_id: int) -> tuple[str, str] | None:
    """Return the domain and the token that the second look is about, or None when there is nothing to move."""
    actor = actor_for(customer_id)
    with tenant(actor):
        held = _moving(actor, claim_id)
        going_on = Setup.objects.visible_to(actor).filter(pk=setup_id, ended_at=None).exists()
        return (held.domain, held.token) if held and going_on else None


def second_look(
    *, customer_id: int, claim_id: int, setup_id: int, verdict: Verdict, at: dt.datetime
) -> dt.datetime | None:
    """Move the domain if the TXT record still stands and all else is right; return when to look again, or None.

    A record that is gone ends the move at once. What cannot be seen is looked at again for three more days.
    """
    actor = actor_for(customer_id)
    with tenant(actor):
        claim = _moving(actor, claim_id)
        if claim is None:
            return None
        claims.hold_domain(claim.domain)
        held = _moving(actor, claim_id)
        if held is None or held.txt_since is None:
            return None
        if at < held.txt_since + STANDS:
            return held.txt_since + STANDS
        setup = Setup.objects.visible_to(actor).select_related("order").get(pk=setup_id)
        state = _txt_state(verdict)
        if verdict.decision is Decision.APPROVED and state is State.RIGHT:
            _take_over(actor, held, setup, verdict, at)
            return None
        if state in (State.MISSING, State.WRONG) or at >= held.txt_since + GIVE_UP:
            _give_up(actor, held, setup)
            return None
    return at + LOOK_AGAIN


def _moving(actor: Actor, claim_id: int) -> DomainClaim | None:
    rows = DomainClaim.objects.visible_to(actor).filter(pk=claim_id, ended_at=None, proven_at=None)
    found: DomainClaim | None = rows.exclude(txt_since=None).first()
    return found


def _txt_state(verdict: Verdict) -> State:
    return next((one.state for one in verdict.records if one.record.key == "ownership"), State.UNKNOWN)


def _take_over(actor: Actor, held: DomainClaim, setup: Setup, verdict: Verdict, at: dt.datetime) -> None:
    holder = holder_of(held) if need_of(held) is Need.MOVE else None
    if holder is not None and holder.domain.lower() == held.domain.lower():
        tell_holder(holder, held, "domain_moved", key=f"{at:%Y%m%d}", until=at)
        _end_holder(holder, at)
    claims.mark_proven(actor=actor, held=held, proof=Proof.TXT, at=at)
    claims.open_setup(actor=actor, setup=setup, at=at)
    if setup.report_email:
        outbox.send(
            key=f"domain-move:{held.public_id}:done",
            to=setup.report_email,
            template="dns_approved",
            language=setup.report_language,
            params={
                "name": setup.report_name,
                "domain": setup.domain,
                "setup": str(setup.public_id),
                "verdict": verdict.as_data(),
            },
            customer_id=held.customer_id,
        )


def _give_up(actor: Actor, held: DomainClaim, setup: Setup) -> None:
    assert held.txt_since is not None
    DomainClaim.objects.visible_to(actor).filter(pk=held.pk).update(txt_since=None)
    audit.record(actor=actor, action="domain.move_stopped", object=held, domain=held.domain)
    claims.tell(
        claims.who_ordered(actor, setup.order),
        template="domain_move_stopped",
        key=f"domain-move:{held.public_id}:stopped:{held.txt_since:%Y%m%dT%H%M%S}",
        params={"domain": held.domain, "setup": str(setup.public_id)},
        held=held,
    )


def _end_holder(holder: Holder, at: dt.datetime) -> None:
    """End what the holder had at the domain: clients and their fees, certificates, setup, claim."""
    actor = actor_for(holder.customer_id)
    with tenant(actor):
        setups = Setup.objects.visible_to(actor).filter(
            customer_id=holder.customer_id, domain__iexact=holder.domain, ended_at=None
        )
        for setup in setups:
            endings.end_moved(actor=actor, setup=setup, at=at)
        claims.release(
            actor=actor,
            customer_id=holder.customer_id,
            domain=holder.domain,
            at=at,
            reason=ClaimEnd.MOVED,
        )
