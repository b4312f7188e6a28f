"""Bring certificates from planned to in use: in the night, one step at a time, each committed before the next.

Every certificate has one job, whose lease keeps two workers from the same certificate. A worker that dies leaves
the row at its last step, and the next delivery of the job goes on from there with the same order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max, OuterRef, Subquery

from myfone.kernel import audit, clock, events, jobs, outbox
from myfone.kernel.models import Job
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.events import DomainLive
from provisioning.models import AcmeChallenge, Certificate, CertificateStep, Setup
from provisioning.rules.certificate_plan import ORDERS_WITHIN, Candidate, in_order, slots
from provisioning.rules.certificate_plan import due as is_due
from provisioning.rules.certificates import Reason, names_for
from provisioning.services import certificate_alerts, upkeep
from provisioning.services import certificate_steps as steps
from provisioning.services.certificate_steps import CertificateFault, Moved, NotYet

JOB = "provisioning.certificate"
REVOKE = "provisioning.revoke_certificate"
NIGHT = "provisioning.certificates_tonight"
BATCH = 300  # certificates that one task plans: some seconds of the sixty that it may take
CHALLENGES_KEPT = timedelta(days=30)  # of orders that failed; those of a certificate go when it is there
BUSY = timedelta(seconds=5)  # until a worker that is at a certificate has seen that it is ended
ORDER = list(CertificateStep)


def job_key(certificate: Certificate) -> str:
    """Return the key of the one job that works on a certificate."""
    return f"certificate:{certificate.public_id}"


def tonight(*, at: datetime, due: datetime | None = None) -> list[Certificate]:
    """Plan every certificate that is due, at once, as somebody wishes who will not wait for the night.

    `due` is the instant at which lives are measured, if it is another. Waits of earlier attempts are cut short.
    """
    return _plan_due(_due(due or at, by_hand=True), at, by_hand=True)


def plan_batch(*, at: datetime) -> bool:
    """Plan what is due, as many as fit well into one task; return whether there is more.

    What waits, for its slot or because the authority asked for it, is left to wait.
    """
    due = _due(at)
    _plan_due(due[:BATCH], at)
    AcmeChallenge.objects.filter(created_at__lt=at - CHALLENGES_KEPT).delete()
    return len(due) > BATCH


def warn(*, at: datetime) -> int:
    """Promise mails about certificates that should long be renewed; return how many those are."""
    return certificate_alerts.late(candidates=_candidates(at), at=at)


def _due(at: datetime, *, by_hand: bool = False) -> list[Candidate]:
    return in_order((one for one in _candidates(at) if is_due(one, at, by_hand=by_hand)), at)


def _candidates(at: datetime) -> list[Candidate]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setup_id, customer_id, not_before, not_after, renew_at, wanted, idle, fault"
            " FROM provisioning_certificate_candidates(%s)",
            [at],
        )
        rows = cursor.fetchall()
    return [
        Candidate(
            setup_id=setup_id,
            customer_id=customer_id,
            not_before=not_before,
            not_after=not_after,
            renew_at=renew_at,
            wanted=wanted,
            idle=idle,
            spent_at=spent_at(json.loads(fault) if fault else None),
        )
        for setup_id, customer_id, not_before, not_after, renew_at, wanted, idle, fault in rows
    ]


def _plan_due(due: list[Candidate], at: datetime, *, by_hand: bool = False) -> list[Certificate]:
    given = slots(at, placed=_placed(at), waiting_until=_last_slot(at), by_hand=by_hand)
    planned = []
    for candidate in due:
        actor = Actor.system(candidate.customer_id, doing="night")
        with tenant(actor):
            # A contract that ends at this moment holds the row; what it ends is not planned for.
            rows = Setup.objects.visible_to(actor).filter(pk=candidate.setup_id, ended_at=None)
            setup = rows.select_for_update(of=("self",), skip_locked=True).first()
            if setup is not None:
                planned.append(plan(actor=actor, setup=setup, at=next(given)))
    return planned


def _placed(at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT provisioning_certificate_orders_since(%s)", [at - ORDERS_WITHIN])
        return int(cursor.fetchone()[0])


def _last_slot(at: datetime) -> datetime | None:
    """Return the latest slot that was given away and has not come; what waits after a fault has none."""
    waiting = Job.objects.filter(kind=JOB, done_at=None, failed_at=None, run_at__gt=at, fault="")
    last: datetime | None = waiting.aggregate(last=Max("run_at"))["last"]
    return last


def spent_at(fault: Mapping[str, Any] | None) -> datetime | None:
    """Return when an order was lost, if that is what stopped a certificate; another costs one more."""
    lost = fault and fault.get("permanent") and str(fault["code"]).startswith("acme_")
    return datetime.fromisoformat(fault["at"]) if fault and lost else None


def plan(*, actor: Actor, setup: Setup, at: datetime) -> Certificate:
    """Promise a certificate for a setup's domain, or bring the one in the making forward; one at a time."""
    making = Certificate.objects.visible_to(actor).filter(setup=setup, ended_at=None)
    making = making.exclude(step=CertificateStep.CONFIRMED)
    certificate: Certificate | None = making.first()
    if certificate is None:
        certificate = Certificate(
            customer_id=setup.customer_id,
            setup=setup,
            names=list(names_for(setup.domain)),
            key_kind=setup.key_kind,
            step_at=at,
        )
        try:
            with transaction.atomic():
                certificate.save()
        except IntegrityError:
            certificate = making.get()
    key = job_key(certificate)
    jobs.enqueue(JOB, key=key, customer_id=setup.customer_id, run_at=at, certificate=certificate.pk)
    # A job that ended before its certificate did begins anew.
    Job.objects.filter(key=key).exclude(done_at=None).update(done_at=None)
    jobs.hurry(key=key, at=at)
    return certificate


def pursue(*, actor: Actor, certificate_id: int) -> datetime | None:
    """Take as many steps as go without waiting; return when to look again, or None when there is nothing to do.

    Raises CertificateFault after it has been written to the row; a permanent one is for the next night. The row is
    read once: nobody else moves it while this job's lease holds, and what ends it waits for the lease.
    """
    certificate = _read(actor, certificate_id)
    if certificate is None or certificate.ended_at:
        return None
    while certificate.step != CertificateStep.CONFIRMED:
        at = clock.now()
        try:
            outcome = steps.take(certificate, at, sent=lambda: _order_sent(actor, certificate_id))
        except CertificateFault as fault:
            _write_fault(actor, certificate, fault)
            raise
        if isinstance(outcome, NotYet):
            return at + timedelta(seconds=outcome.seconds)
        if not _move(actor, certificate, outcome):
            return None
    return None


def revoke(
    *, actor: Actor, setup: Setup, at: datetime, reason: Reason = Reason.CESSATION_OF_OPERATION
) -> int:
    """End a setup's certificates, for good, and promise that all that still hold are taken back.

    Nothing is served under the domain's names any more. Return how many were ended or are to be taken back;
    asked again, it promises nothing twice. The setup may be ended before or after, in the same transaction too.
    """
    with transaction.atomic():
        rows = Certificate.objects.visible_to(actor).filter(setup=setup)
        rows.filter(ended_at=None, step=CertificateStep.PLANNED).update(ended_at=at)
        count = 0
        for certificate in rows.filter(revoke_reason=None).select_for_update(of=("self",)):
            gone = certificate.not_after is not None and certificate.not_after <= at
            if certificate.ended_at is not None and (gone or not certificate.chain_pem):
                continue
            changed = {"revoke_reason": reason, "ended_at": certificate.ended_at or at}
            rows.filter(pk=certificate.pk).update(**changed)
            audit.record(
                actor=actor,
                action="certificate.ended",
                object=certificate,
                serial=certificate.serial,
                reason=reason.name.lower(),
            )
            _promise_revocation(certificate)
            count += 1
    return count


def _promise_revocation(certificate: Certificate) -> None:
    key = f"revoke:{certificate.public_id}"
    jobs.enqueue(REVOKE, key=key, customer_id=certificate.customer_id, certificate=certificate.pk)


def take_back(*, actor: Actor, certificate_id: int) -> datetime | None:
    """Stop serving a certificate that somebody wants taken back, then tell the authority.

    Return when to look again, while a worker may still be at it, or None. Raises CertificateFault.
    """
    with tenant(actor):
        rows = Certificate.objects.visible_to(actor).select_related("setup")
        certificate = rows.filter(pk=certificate_id, revoked_at=None).exclude(revoke_reason=None).first()
    if certificate is None:
        return None
    at = clock.now()
    if Job.objects.filter(key=job_key(certificate), lease_until__gt=at).exists():
        return at + BUSY
    try:
        held = steps.take_back(certificate)
    except CertificateFault as fault:
        _write_fault(actor, certificate, fault)
        raise
    at = clock.now()
    with tenant(actor):
        rows = Certificate.objects.visible_to(actor).filter(pk=certificate.pk, revoked_at=None)
        if rows.update(revoked_at=at, fault=None) and held:
            audit.record(
                actor=actor, action="certificate.revoked", object=certificate, serial=certificate.serial
            )
    return None


def _read(actor: Actor, certificate_id: int) -> Certificate | None:
    with tenant(actor):
        used = Certificate.objects.visible_to(actor).filter(setup=OuterRef("setup"), ended_at=None)
        used = used.filter(step=CertificateStep.CONFIRMED).order_by("-pk")
        rows = Certificate.objects.visible_to(actor).select_related("setup")
        rows = rows.annotate(replaced_chain=Subquery(used.values("chain_pem")[:1]))
        found: Certificate | None = rows.filter(pk=certificate_id, setup__ended_at=None).first()
    return found


def _order_sent(actor: Actor, certificate_id: int) -> None:
    with tenant(actor):
        rows = Certificate.objects.visible_to(actor).filter(pk=certificate_id)
        at = clock.now()
        rows.update(order_sent_at=at, last_order_at=at)


def _move(actor: Actor, certificate: Certificate, moved: Moved) -> bool:
    """Write the next step down, if nobody else has; its effects commit with it."""
    following = ORDER[ORDER.index(CertificateStep(certificate.step)) + 1]
    at = clock.now()
    with tenant(actor):
        rows = Certificate.objects.visible_to(actor).filter(pk=certificate.pk, step=certificate.step)
        if not rows.filter(ended_at=None).update(step=following, step_at=at, fault=None, **moved.fields):
            return False
        AcmeChallenge.objects.bulk_create(
            [AcmeChallenge(token=c.token, key_authorization=c.key_authorization) for c in moved.lay_out],
            ignore_conflicts=True,
        )
        if moved.take_away:
            AcmeChallenge.objects.filter(token__in=moved.take_away).delete()
        if following is CertificateStep.CONFIRMED:
            _put_in_use(actor, certificate, at)
    for name, value in {**moved.fields, "step": following, "step_at": at, "fault": None}.items():
        setattr(certificate, name, value)
    return True


def _put_in_use(actor: Actor, certificate: Certificate, at: datetime) -> None:
    setup = certificate.setup
    earlier = Certificate.objects.visible_to(actor).filter(setup=setup, ended_at=None)
    earlier.filter(step=CertificateStep.CONFIRMED).exclude(pk=certificate.pk).update(ended_at=at)
    audit.record(actor=actor, action="certificate.confirmed", object=certificate, serial=certificate.serial)
    first = Setup.objects.visible_to(actor).filter(pk=setup.pk, live_at=None).update(live_at=at)
    if not first:
        return
    upkeep.begin(actor=actor, setup=setup, at=at)
    events.publish(DomainLive(customer_id=setup.customer_id, at=at, setup_id=setup.pk, domain=setup.domain))
    if setup.report_email:
        outbox.send(
            key=f"domain-live:{setup.public_id}",
            to=setup.report_email,
            template="domain_live",
            language=setup.report_language,
            params={"name": setup.report_name, "domain": setup.domain, "setup": str(setup.public_id)},
            customer_id=setup.customer_id,
        )


def _write_fault(actor: Actor, certificate: Certificate, fault: CertificateFault) -> None:
    at = clock.now()
    said = {
        "code": fault.code,
        "params": fault.params,
        "at": at.isoformat(),
        "permanent": fault.permanent,
    }
    if fault.retry_after:
        said["until"] = (at + timedelta(seconds=fault.retry_after)).isoformat()
    changes: dict[str, object] = {"fault": said}
    if fault.back:
        changes |= {"step": CertificateStep.KEY, "step_at": at, "order_url": "", "order_sent_at": None}
    with tenant(actor):
        rows = Certificate.objects.visible_to(actor).filter(pk=certificate.pk, step=certificate.step)
        rows.update(**changes)
        if fault.permanent and certificate.ended_at is None:
            certificate_alerts.stopped(actor=actor, certificate=certificate, fault=said)
