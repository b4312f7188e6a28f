"""Watch a domain's DNS records for an hour and a half, and report how it ended (G13).

What was not in place is looked at once an hour for three days more, and mailed when it is.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from myfone.kernel import audit, jobs, outbox
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import DnsWatch, Setup, WatchState
from provisioning.rules.certificate_plan import next_run
from provisioning.rules.claims import Standing
from provisioning.rules.dns_findings import State
from provisioning.rules.dns_schedule import (
    BY_HAND,
    LASTS,
    LEASE,
    LONGEST_PAUSE,
    QUIET_LASTS,
    next_look,
    next_quiet_look,
)
from provisioning.rules.dns_verdict import Decision, Verdict
from provisioning.services import claims, domain_moves

JOB = "provisioning.dns_watch"
STARTS_AN_HOUR = 6
STARTS_A_DAY = 24
MAILS = {WatchState.APPROVED: "dns_approved", WatchState.GAVE_UP: "dns_failed"}


class NoReportAddress(Exception):
    """Nobody would learn how the watch ends."""

    message = _("Enter who gets the report first.")


class StartedTooOften(Exception):
    """Each watch ends with a mail to an address that anybody may have typed: not too many of them."""

    message = _("The check was started often. Wait an hour, then start it again.")


class CheckedJustNow(Exception):
    """The last look is so fresh that another would say the same."""

    message = _("We checked a moment ago. Try again in a few seconds.")


class NotRunning(Exception):
    """There is no watch to hurry."""

    message = _("The check is not running. Start it again.")


@dataclass(frozen=True, slots=True)
class Look:
    """A right to look, held by one worker until `lease`: whoever comes later finds the watch not due.

    challenge is the token of the TXT record that must be there too, or nothing.
    """

    watch_id: int
    customer_id: int
    domain: str
    lease: dt.datetime
    challenge: str = ""


def start(*, actor: Actor, setup: Setup, at: dt.datetime) -> DnsWatch:
    """Begin to watch a domain, or return the watch that runs already.

    Raises NoReportAddress and StartedTooOften. Two that start at once get the same watch.
    """
    if not setup.report_email:
        raise NoReportAddress
    with transaction.atomic():
        # The row's lock makes the second of two callers wait for the first one's watch.
        Setup.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=setup.pk)
        running: DnsWatch | None = (
            DnsWatch.objects.visible_to(actor).filter(setup=setup, state=WatchState.RUNNING).first()
        )
        if running is not None:
            return running
        claims.renew(actor=actor, setup=setup, at=at)
        starts = DnsWatch.objects.visible_to(actor).filter(setup=setup)
        for amount, span in (
            (STARTS_AN_HOUR, dt.timedelta(hours=1)),
            (STARTS_A_DAY, dt.timedelta(days=1)),
        ):
            if starts.filter(started_at__gt=at - span).count() >= amount:
                raise StartedTooOften
        # The quiet check of an earlier watch would mail beside the new one's.
        starts.filter(ended_at=None).update(ended_at=at)
        watch = DnsWatch(
            customer_id=setup.customer_id, setup=setup, started_at=at, next_at=at, give_up_at=at + LASTS
        )
        watch.save()
        audit.record(actor=actor, action="dns_watch.started", object=setup, watch=watch.pk)
        _enqueue(watch, key=f"dns-watch:{watch.pk}")
    return watch


def check_now(*, actor: Actor, setup: Setup, at: dt.datetime) -> DnsWatch:
    """Have a running watch look at once. Raises NotRunning, and CheckedJustNow after a look this fresh.

    The condition is part of the UPDATE, so it holds across processes.
    """
    with transaction.atomic():
        watch: DnsWatch | None = (
            DnsWatch.objects.visible_to(actor).filter(setup=setup, state=WatchState.RUNNING).first()
        )
        if watch is None:
            raise NotRunning
        held = DnsWatch.objects.visible_to(actor).filter(pk=watch.pk, state=WatchState.RUNNING)
        # A look under way has its lease as next_at. It must not lose its claim to one more press.
        quiet = held.filter(looked_at__lte=at - BY_HAND, next_at__lte=F("looked_at") + LONGEST_PAUSE)
        if not quiet.update(next_at=at):
            raise CheckedJustNow
        _enqueue(watch, key=f"dns-watch:{watch.pk}:{watch.looks}", once=1)
    return watch


def stop(*, actor: Actor, setup: Setup, at: dt.datetime) -> bool:
    """Stop watching a domain, without a report: nobody waits for it any more. Return whether a watch ran."""
    running = DnsWatch.objects.visible_to(actor).filter(setup=setup, ended_at=None)
    return bool(running.update(state=WatchState.STOPPED, ended_at=at))


def _enqueue(watch: DnsWatch, *, key: str, once: int = 0) -> None:
    ids = {"once": once} if once else {}
    jobs.enqueue(JOB, key=key, customer_id=watch.customer_id, run_at=None, watch=watch.pk, **ids)


def _actor(customer_id: int) -> Actor:
    return Actor.system(customer_id, doing="dns-watch")


def take(*, watch_id: int, customer_id: int, at: dt.datetime) -> Look | dt.datetime | None:
    """Claim the next look of a watch.

    Returns the claim; or, when it is not due or another worker has it, the time to ask again; or None
    when the watch has ended.
    """
    actor = _actor(customer_id)
    lease = at + LEASE
    with tenant(actor):
        running = DnsWatch.objects.visible_to(actor).filter(pk=watch_id, ended_at=None)
        taken = running.filter(next_at__lte=at).update(next_at=lease)
        watch = running.select_related("setup").first()
        if watch is None:
            return None
        if watch.setup.live_at is not None:
            # In use by now: `upkeep` looks after it, and what this watch would mail is told of a first setup.
            running.update(state=WatchState.STOPPED, ended_at=at)
            return None
        if not taken:
            due: dt.datetime = watch.next_at
            return max(due, at + dt.timedelta(seconds=1))
        challenge = claims.challenge_for(actor=actor, setup=watch.setup, at=at)
        return Look(watch.pk, customer_id, watch.setup.domain, lease, challenge)


def report(*, look: Look, verdict: Verdict, at: dt.datetime) -> dt.datetime | None:
    """Write down what a look saw, end the watch if it is decided, and promise a mail where its state changes.

    Returns when to look next, or None when the watch has ended. A worker whose claim has run out
    changes nothing: somebody else has looked since. A watch that gave up goes on quietly until its ended_at is set.
    """
    actor = _actor(look.customer_id)
    with tenant(actor):
        held = (
            DnsWatch.objects.visible_to(actor)
            .filter(pk=look.watch_id, ended_at=None, next_at=look.lease)
            .select_for_update(of=("self",))
        )
        watch = held.select_related("setup").first()
        if watch is None:
            return at
        standing = _standing(actor, watch.setup, verdict, at)
        state = _state(watch, standing, at)
        next_at = _next_at(watch, state, at)
        held.update(
            state=state,
            verdict=verdict.as_data(),
            looked_at=at,
            looks=F("looks") + 1,
            next_at=next_at or at,
            ended_at=None if next_at else at,
        )
        if state == watch.state:
            return next_at
        audit.record(actor=actor, action=f"dns_watch.{state}", object=watch.setup, watch=watch.pk)
        if standing is Standing.WAITS:
            moves_at = domain_moves.begin(actor=actor, setup=watch.setup, at=at)
            _mail(watch, "domain_moves", verdict, until=moves_at.isoformat())
        else:
            until = (watch.give_up_at + QUIET_LASTS).isoformat()
            _mail(watch, MAILS[state], verdict, until=until, certificate=next_run(at).isoformat())
    return next_at


def _next_at(watch: DnsWatch, state: WatchState, at: dt.datetime) -> dt.datetime | None:
    chance = random.random()  # noqa: S311 - spreads the load, guards nothing
    match state:
        case WatchState.RUNNING:
            return next_look(looks=watch.looks + 1, at=at, give_up_at=watch.give_up_at, chance=chance)
        case WatchState.GAVE_UP:
            return next_quiet_look(at=at, give_up_at=watch.give_up_at, chance=chance)
        case _:
            return None


def _standing(actor: Actor, setup: Setup, verdict: Verdict, at: dt.datetime) -> Standing | None:
    """Weigh the proof of a look at which everything was right; of any other there is none."""
    if verdict.decision is not Decision.APPROVED:
        return None
    txt = next((judged for judged in verdict.records if judged.record.key == "ownership"), None)
    has_txt = txt is not None and txt.state is State.RIGHT
    return claims.prove(actor=actor, setup=setup, has_txt=has_txt, at=at)


def _state(watch: DnsWatch, standing: Standing | None, at: dt.datetime) -> WatchState:
    if standing in (Standing.PROVEN, Standing.WAITS):
        return WatchState.APPROVED
    return WatchState.GAVE_UP if at >= watch.give_up_at else WatchState.RUNNING


def _mail(watch: DnsWatch, template: str, verdict: Verdict, **more: str) -> None:
    setup = watch.setup
    outbox.send(
        key=f"dns-watch:{watch.pk}:{template}",
        to=setup.report_email,
        template=template,
        language=setup.report_language,
        params={
            "name": setup.report_name,
            "domain": setup.domain,
            "setup": str(setup.public_id),
            "verdict": verdict.as_data(),
            **more,
        },
        customer_id=watch.customer_id,
    )
