"""End a contract: announced for a day, withdrawn until then, carried out by a job, one committed step at a time.

Nothing outside is called here: the certificates have jobs of their own, and this one waits for them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from billing import services as billing
from myfone.accounts.selectors import name_of
from myfone.kernel import audit, clock, jobs
from myfone.kernel.events import publish
from myfone.kernel.models import Job
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning import events
from provisioning.models import (
    Certificate,
    ClaimEnd,
    Ending,
    EndingCause,
    EndingStep,
    Order,
    Setup,
)
from provisioning.rules.ending import LastDayFault, ends_at, fault_of_day, is_same_domain
from provisioning.services import certificates, claims, dns_watch
from provisioning.services.customers import staff_alone
from telephony.models import Phone, PhoneKind
from telephony.services import skype as telephony

JOB = "provisioning.ending"
MAILS = "provisioning.ending_mails"
AT_ONCE = 100
SOON = dt.timedelta(seconds=5)


class EndingRefused(Exception):
    """The contract cannot be ended so; the text may be shown, field says what to mend."""

    def __init__(self, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.field = field


class EndRefused(EndingRefused):
    """The day, what was typed to confirm, or both are wrong; `faults` say each."""

    def __init__(self, faults: Sequence[EndingRefused]) -> None:
        super().__init__("\n".join(map(str, faults)), faults[0].field)
        self.faults = tuple(faults)


class NotInUse(EndingRefused):
    """Nobody can use it yet, so there is an order to cancel and no contract to end."""

    def __init__(self) -> None:
        super().__init__(_("Nobody can use Skype for Business here yet. Cancel the order instead."))


class InUse(EndingRefused):
    """It is in use, so it has to be ended with notice."""

    def __init__(self) -> None:
        super().__init__(_("Skype for Business is in use already. End the contract instead."))


class TooLate(EndingRefused):
    """What is being carried out is not taken back."""

    def __init__(self) -> None:
        super().__init__(
            _("The contract has ended already. To go on, order Skype for Business for the customer again.")
        )


def job_key(ending: Ending) -> str:
    """Return the key of the one job that carries out an ending."""
    return f"ending:{ending.public_id}"


def refusals(
    *, setup: Setup, last_day: dt.date | None, typed: str | None, at: dt.datetime
) -> tuple[EndingRefused, ...]:
    """Tell everything that is wrong with the day and with the domain as it was typed; None is not judged."""
    found = []
    match fault_of_day(last_day, clock.local_date(at)) if last_day else None:
        case LastDayFault.PAST:
            text = _("This day has passed. Choose today or a later day.")
            found.append(EndingRefused(text, "last_day"))
        case LastDayFault.FAR:
            found.append(EndingRefused(_("Choose a day within the next two years."), "last_day"))
    if typed is not None and not is_same_domain(typed, setup.domain):
        found.append(EndingRefused(_("This is not the domain. Type it as it stands above."), "domain"))
    return tuple(found)


@transaction.atomic
def announce(*, actor: Actor, setup: Setup, last_day: dt.date, typed: str, at: dt.datetime) -> Ending:
    """End the contract for a domain with the end of the last day, or at once if that is today.

    typed is the domain as the person wrote it to confirm. Announced twice for the same day, the first stands. Raises
    EndingRefused, EndRefused, NotInUse, NotAllowed.
    """
    staff_alone(actor)
    held = _held(actor, setup)
    if held.live_at is None:
        raise NotInUse
    rows = Ending.objects.visible_to(actor).filter(setup=held, withdrawn_at=None)
    standing: Ending | None = rows.first()
    if standing is not None:
        if standing.last_day == last_day:
            return standing
        raise EndingRefused(_("The end is announced for another day. Withdraw that first."), "last_day")
    faults = refusals(setup=held, last_day=last_day, typed=typed, at=at)
    if faults:
        raise EndRefused(faults)
    ending = _write(actor, held, EndingCause.CONTRACT, last_day, at)
    audit.record(
        actor=actor, action="contract.end_announced", object=held, domain=held.domain, last_day=last_day
    )
    jobs.enqueue(
        JOB, key=job_key(ending), customer_id=held.customer_id, run_at=ending.ends_at, ending=ending.pk
    )
    _mail(ending, "announced")
    return ending


@transaction.atomic
def withdraw(*, actor: Actor, setup: Setup, at: dt.datetime) -> bool:
    """Let the contract go on; return whether its end was announced. Raises TooLate, NotAllowed."""
    staff_alone(actor)
    rows = Ending.objects.visible_to(actor).select_for_update(of=("self",))
    ending = rows.filter(setup=setup, withdrawn_at=None).first()
    if ending is None:
        return False
    if at >= ending.ends_at or ending.step != EndingStep.ANNOUNCED:
        raise TooLate
    ending.withdrawn_at, ending.withdrawn_by = at, actor.id
    ending.save(update_fields=["withdrawn_at", "withdrawn_by"])
    audit.record(actor=actor, action="contract.end_withdrawn", object=setup, domain=setup.domain)
    _mail(ending, "withdrawn")
    return True


@transaction.atomic
def cancel(*, actor: Actor, order: Order, reason: str = "", at: dt.datetime) -> Ending | None:
    """Cancel an order that nobody can use yet: nothing is charged, and the domain is free again.

    Jobs take back what there is of a certificate. Cancelled twice, it returns None.
    Raises InUse, NotAllowed.
    """
    staff_alone(actor)
    orders = Order.objects.visible_to(actor).select_for_update(of=("self",))
    held_order = orders.get(pk=order.pk)
    if held_order.cancelled_at is not None or held_order.ended_at is not None:
        return None
    setup = _held(actor, Setup.objects.visible_to(actor).get(order=held_order))
    if setup.live_at is not None:
        raise InUse
    held_order.cancelled_at, held_order.cancelled_by, held_order.cancel_reason = at, actor.id, reason[:200]
    held_order.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
    audit.record(
        actor=actor,
        action="order.cancelled",
        object=held_order,
        domain=held_order.domain,
        reason=reason[:200],
    )
    ending = _write(actor, setup, EndingCause.CANCELLED, clock.local_date(at), at)
    _close(actor, setup, at)
    _step(actor, ending, EndingStep.CLOSED, at)
    jobs.enqueue(JOB, key=job_key(ending), customer_id=setup.customer_id, ending=ending.pk)
    return ending


@transaction.atomic
def retry(*, actor: Actor, ending: Ending, at: dt.datetime) -> bool:
    """Have an ending that waits or has failed go on now; return whether there was something to hurry."""
    staff_alone(actor)
    if at < ending.ends_at or ending.step == EndingStep.DONE or ending.withdrawn_at is not None:
        return False
    for certificate in _still_valid(actor, ending.setup_id, at):
        jobs.hurry(key=f"revoke:{certificate.public_id}", at=at)
    return jobs.hurry(key=job_key(ending), at=at)


@transaction.atomic
def end_moved(*, actor: Actor, setup: Setup, at: dt.datetime) -> Ending:
    """End the contract for a domain that another customer has shown to control, all at once (docs/adr/0006).

    Accounts close within the transaction: a moment later the domain is another's. The job takes back the certificates.
    """
    ending: Ending | None = Ending.objects.visible_to(actor).filter(setup=setup, withdrawn_at=None).first()
    if ending is None:
        ending = _write(actor, setup, EndingCause.MOVED, clock.local_date(at), at)
    else:
        Ending.objects.visible_to(actor).filter(pk=ending.pk).update(cause=EndingCause.MOVED, ends_at=at)
        ending.ends_at = at
    while _close_some(actor, ending, at):
        pass
    _end_stray_fees(actor, ending)
    _close(actor, setup, at, ClaimEnd.MOVED)
    Order.objects.visible_to(actor).filter(pk=setup.order_id).update(ended_at=at)
    _step(actor, ending, EndingStep.CLOSED, at)
    jobs.enqueue(JOB, key=job_key(ending), customer_id=setup.customer_id, ending=ending.pk)
    jobs.hurry(key=job_key(ending), at=at)
    return ending


def pursue(*, actor: Actor, ending_id: int) -> dt.datetime | None:
    """Take as many steps as go without waiting; return when to go on, or None when there is nothing to do."""
    while True:
        at = clock.now()
        with tenant(actor):
            rows = Ending.objects.visible_to(actor).select_related("setup")
            ending = rows.filter(pk=ending_id, withdrawn_at=None).first()
        if ending is None or ending.step == EndingStep.DONE:
            return None
        if at < ending.ends_at:
            due: dt.datetime = ending.ends_at
            return due
        later = _go_on(actor, ending, at)
        if later is not None:
            return later


def release_domain(
    *, actor: Actor, setup: Setup, at: dt.datetime, reason: ClaimEnd = ClaimEnd.RELEASED
) -> None:
    """Give the domain free: from now on anybody may prove it to be theirs, by a TXT record."""
    claims.release(actor=actor, customer_id=setup.customer_id, domain=setup.domain, at=at, reason=reason)
    audit.record(actor=actor, action="domain.released", object=setup, domain=setup.domain)


def _go_on(actor: Actor, ending: Ending, at: dt.datetime) -> dt.datetime | None:
    """Take the step that leads on from where the ending is; return when to look again if it is not done."""
    match EndingStep(ending.step):
        case EndingStep.ANNOUNCED:
            return _close_accounts(actor, ending, at)
        case EndingStep.ACCOUNTS:
            with tenant(actor):
                _close(actor, ending.setup, at)
                Order.objects.visible_to(actor).filter(pk=ending.setup.order_id).update(ended_at=at)
                _step(actor, ending, EndingStep.CLOSED, at)
        case _:
            with tenant(actor):
                left = _still_valid(actor, ending.setup_id, at)
                if left and not all(_has_failed(one) for one in left):
                    return at + SOON
                # Who linked in the very moment of the end was not among those whose accounts were closed.
                _close_some(actor, ending, at)
                _step(actor, ending, EndingStep.DONE, at)
                if ending.cause == EndingCause.CONTRACT:
                    _mail(ending, "done")
    return None


def _close_accounts(actor: Actor, ending: Ending, at: dt.datetime) -> dt.datetime | None:
    with tenant(actor):
        rows = Ending.objects.visible_to(actor).select_for_update(of=("self",))
        if not rows.filter(pk=ending.pk, withdrawn_at=None, step=EndingStep.ANNOUNCED).exists():
            return None
        if _close_some(actor, ending, at):
            return at
        _end_stray_fees(actor, ending)
        _step(actor, ending, EndingStep.ACCOUNTS, at)
    return None


def _close_some(actor: Actor, ending: Ending, at: dt.datetime) -> int:
    phones = list(
        Phone.objects.visible_to(actor)
        .filter(sip_domain_id=ending.setup.sip_domain_id, sip_domain__isnull=False, ended_at=None)
        .select_related("sip_domain")
        .order_by("pk")[:AT_ONCE]
    )
    for phone in phones:
        telephony.disconnect(actor=actor, phone=phone, at=at)
    skype = [phone.employee_id for phone in phones if phone.kind == PhoneKind.SKYPE]
    if skype:
        # Charged up to the last day, however late the work was done.
        billing.end_activations(
            actor=actor, customer_id=ending.customer_id, employee_ids=skype, at=ending.ends_at
        )
        Ending.objects.visible_to(actor).filter(pk=ending.pk).update(accounts=F("accounts") + len(skype))
    return len(phones)


def _end_stray_fees(actor: Actor, ending: Ending) -> None:
    """End lines of the ledger that have no account any more, where the customer keeps no other domain."""
    others = Setup.objects.visible_to(actor).filter(customer_id=ending.customer_id, ended_at=None)
    if not others.exclude(pk=ending.setup_id).exists():
        billing.end_activations(
            actor=actor, customer_id=ending.customer_id, employee_ids=None, at=ending.ends_at
        )


def _close(actor: Actor, setup: Setup, at: dt.datetime, reason: ClaimEnd = ClaimEnd.RELEASED) -> None:
    """End the setup: nothing watches its records, and nothing is issued for it any more."""
    Setup.objects.visible_to(actor).filter(pk=setup.pk, ended_at=None).update(ended_at=at)
    certificates.revoke(actor=actor, setup=setup, at=at)
    dns_watch.stop(actor=actor, setup=setup, at=at)
    release_domain(actor=actor, setup=setup, at=at, reason=reason)
    audit.record(actor=actor, action="setup.closed", object=setup, domain=setup.domain)
    publish(events.SetupClosed(customer_id=setup.customer_id, at=at, setup_id=setup.pk, domain=setup.domain))


def _still_valid(actor: Actor, setup_id: int, at: dt.datetime) -> list[Certificate]:
    """List the setup's certificates that are to be revoked and are not yet; their own jobs see to it."""
    rows = Certificate.objects.visible_to(actor).filter(setup_id=setup_id, revoked_at=None)
    return list(rows.exclude(revoke_reason=None).exclude(not_after__lte=at))


def _has_failed(certificate: Certificate) -> bool:
    return Job.objects.filter(key=f"revoke:{certificate.public_id}").exclude(failed_at=None).exists()


def _write(actor: Actor, setup: Setup, cause: EndingCause, last_day: dt.date, at: dt.datetime) -> Ending:
    ending = Ending(
        customer_id=setup.customer_id,
        setup=setup,
        cause=cause,
        last_day=last_day,
        ends_at=ends_at(last_day, at, clock.local_date(at), clock.local_time),
        announced_at=at,
        announced_by=actor.id,
        announced_by_name=name_of(actor),
        step_at=at,
    )
    ending.save()
    return ending


def _step(actor: Actor, ending: Ending, step: EndingStep, at: dt.datetime) -> None:
    Ending.objects.visible_to(actor).filter(pk=ending.pk).update(step=step, step_at=at)


def _mail(ending: Ending, kind: str) -> None:
    jobs.enqueue(
        MAILS,
        key=f"ending-mails:{ending.public_id}:{kind}",
        customer_id=ending.customer_id,
        ending=ending.pk,
        news=kind,
    )


def _held(actor: Actor, setup: Setup) -> Setup:
    held: Setup = Setup.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=setup.pk)
    return held
