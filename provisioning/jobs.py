"""Take jobs and hand them to services."""

from __future__ import annotations

import datetime as dt

from myfone.kernel import clock
from myfone.kernel.jobs import Again, job
from myfone.kernel.models import Job
from myfone.kernel.nightly import every_night
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.rules.certificate_plan import FIRST_HOUR, next_run
from provisioning.services import (
    certificate_windows,
    certificates,
    claims,
    dns_watch,
    domain_moves,
    domain_takeover,
    endings,
    moving,
    reminders,
    upkeep,
)
from provisioning.services import ending_mails as mails
from provisioning.services.dns_look import look_at


@job(certificates.NIGHT)
def certificates_tonight(job: Job) -> Again | None:
    """Plan certificates at every full hour of the night (G15), as many at a time as one task can."""
    at = clock.now()
    if certificates.plan_batch(at=at):
        return Again(at)
    following = next_run(at)
    if clock.local_date(following).isoformat() == job.ids["date"]:
        return Again(following)
    certificates.warn(at=at)
    return None


every_night(certificates.NIGHT, hour=FIRST_HOUR)


@job(claims.NIGHT)
def claims_tonight(job: Job) -> Again | None:
    """Warn of claims that are about to lapse, and end those that have."""
    claims.tonight(at=clock.now())
    return None


every_night(claims.NIGHT, hour=claims.NIGHT_AT[0], minute=claims.NIGHT_AT[1])


@job(domain_moves.JOB, attempts=60)
def move_domain(row: Job) -> Again | None:
    """Look the second time whether a domain is to move, and move it."""
    assert row.customer_id is not None
    ids = {"customer_id": row.customer_id, "claim_id": row.ids["claim"], "setup_id": row.ids["setup"]}
    about = domain_takeover.to_look_at(**ids)
    if about is None:
        return None
    domain, challenge = about
    verdict = look_at(domain, challenge=challenge)
    later = domain_takeover.second_look(**ids, verdict=verdict, at=clock.now())
    return Again(later) if later else None


@job(certificates.JOB, attempts=60)
def certificate(job: Job) -> Again | None:
    """Go on with one certificate from the step that it has reached."""
    assert job.customer_id is not None
    actor = Actor.system(job.customer_id, doing="certificate")
    at = certificates.pursue(actor=actor, certificate_id=job.ids["certificate"])
    return Again(at) if at else None


@job(certificate_windows.JOB)
def renewal_windows(job: Job) -> Again | None:
    """Ask twice a day when the authority wants certificates renewed."""
    at = clock.now()
    if certificate_windows.ask(at=at):
        return Again(at)
    noon = clock.local_time(dt.date.fromisoformat(str(job.ids["date"])), 12)
    return Again(noon) if at < noon else None


every_night(certificate_windows.JOB, hour=FIRST_HOUR)


@job(certificates.REVOKE, attempts=300)
def revoke_certificate(job: Job) -> Again | None:
    """Take one certificate back; an authority that is away is asked for three days."""
    assert job.customer_id is not None
    actor = Actor.system(job.customer_id, doing="revocation")
    at = certificates.take_back(actor=actor, certificate_id=job.ids["certificate"])
    return Again(at) if at else None


@job(reminders.JOB, atomic=True)
def mail_reminders(row: Job) -> Again | None:
    """Put the mails of a customer's reminders into the outbox, some hundreds at a time."""
    assert row.customer_id is not None
    with tenant(Actor.system(row.customer_id, doing="reminders")) as actor:
        more = reminders.mail(actor=actor, customer_id=row.customer_id, at=clock.now())
    return Again(clock.now()) if more else None


@job(dns_watch.JOB, attempts=1000, longest_wait=60)
def watch_dns(row: Job) -> Again | None:
    """Look at a domain once; the watch's own job comes back until the watch has ended."""
    assert row.customer_id is not None
    once = "once" in row.ids
    turn = dns_watch.take(watch_id=row.ids["watch"], customer_id=row.customer_id, at=clock.now())
    if isinstance(turn, dns_watch.Look):
        verdict = look_at(turn.domain, challenge=turn.challenge)
        later = dns_watch.report(look=turn, verdict=verdict, at=clock.now())
    else:
        later = turn
    return None if once or later is None else Again(_soon(later))


@job(upkeep.JOB, attempts=1000, longest_wait=60)
def look_at_domains_in_use(row: Job) -> Again | None:
    """Look at the domains in use whose turn it is, until the day is over and the next day's job goes on."""
    more = upkeep.round_of_looks(look_at=look_at)
    at = clock.now()
    if clock.local_date(at).isoformat() != row.ids["date"]:
        return None
    return Again(at if more else at + upkeep.PAUSE)


every_night(upkeep.JOB, hour=0)


@job(upkeep.OPEN)
def open_upkeep(row: Job) -> Again | None:
    """Begin once a day with domains in use that nobody looks at."""
    upkeep.open_missing(at=clock.now())
    return None


every_night(upkeep.OPEN, hour=FIRST_HOUR)


def _soon(later: dt.datetime) -> dt.datetime:
    return max(later, clock.now() + dt.timedelta(seconds=1))


@job(endings.JOB, attempts=300)
def ending(job: Job) -> Again | None:
    """Carry out the end of a contract, from the step that it has reached."""
    assert job.customer_id is not None
    actor = Actor.system(job.customer_id, doing="ending")
    at = endings.pursue(actor=actor, ending_id=job.ids["ending"])
    return Again(at) if at else None


@job(endings.MAILS, atomic=True)
def ending_mails(job: Job) -> Again | None:
    """Promise the mails that tell of an end, some hundreds at a time."""
    assert job.customer_id is not None
    actor = Actor.system(job.customer_id, doing="ending")
    left = mails.promise(actor=actor, ending_id=job.ids["ending"], kind=job.ids["news"])
    return Again(clock.now()) if left else None


@job(moving.JOB, atomic=True)
def contacts_round(row: Job) -> Again | None:
    """Promise the mails of a round to employees, some hundreds at a time."""
    assert row.customer_id is not None
    left = moving.send_some(round_id=row.ids["round"], customer_id=row.customer_id)
    return Again(clock.now()) if left else None
