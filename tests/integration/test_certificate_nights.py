"""A night by the clock: what is right by five is usable at seven, limits hold, and nothing is asked in vain."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import time_machine
from django.db.models import Q

from myfone.kernel import clock, jobs, nightly
from myfone.kernel.models import Job
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.gateways.acme import AcmeError
from provisioning.models import AcmeAccount, Certificate, CertificateStep, Setup
from provisioning.rules.certificate_plan import next_run
from provisioning.services import certificates
from tests.cast import Cast
from tests.certificates import Outside, acme_of, planned, read, stand_ins, verified, work

SPRING, AUTUMN, ORDINARY = dt.date(2027, 3, 28), dt.date(2027, 10, 31), dt.date(2027, 6, 1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    made = stand_ins(tmp_path, "it-bixen.dk", "havnens.dk").use(monkeypatch)
    # What is signed must hold at the times that these tests travel to.
    acme_of(made).life = dt.timedelta(days=900)
    return made


def supervise(start: dt.datetime, end: dt.datetime) -> None:
    """Let the night pass as the supervisor and a worker do, one look every ten minutes."""
    at = start
    while at <= end:
        with time_machine.travel(at, tick=False):
            nightly.plan(at)
            for _ in range(30):
                free = Q(lease_until=None) | Q(lease_until__lt=at)
                due = Job.objects.filter(free, done_at=None, failed_at=None, run_at__lte=at)
                found = due.filter(kind__startswith="provisioning.certificate").order_by("run_at").first()
                if found is None:
                    break
                jobs.run(found.pk)
        at += dt.timedelta(minutes=10)


def certificate_of(cast: Cast) -> Certificate:
    with tenant(cast.sara.actor):
        found: Certificate = Certificate.objects.visible_to(cast.sara.actor).get()
    return found


@pytest.mark.parametrize("day", [ORDINARY, SPRING, AUTUMN])
def test_records_right_by_five_are_usable_at_seven(cast: Cast, outside: Outside, day: dt.date) -> None:
    setup = verified(cast.bixen, cast.sara)
    with tenant(cast.sara.actor):
        rows = Setup.objects.visible_to(cast.sara.actor).filter(pk=setup.pk)
        rows.update(dns_verified_at=None)
    supervise(clock.local_time(day, 0) - HOUR, clock.local_time(day, 4, 50))
    with tenant(cast.sara.actor):
        assert not Certificate.objects.visible_to(cast.sara.actor).exists()
        rows.update(dns_verified_at=clock.local_time(day, 4, 59))

    supervise(clock.local_time(day, 5), clock.local_time(day, 7))

    with tenant(cast.sara.actor):
        live_at = rows.get().live_at
    assert live_at is not None
    assert live_at <= clock.local_time(day, 7)
    # One job looked at every hour, and is done with the night.
    night = Job.objects.get(kind=certificates.NIGHT, ids__date=day.isoformat())
    assert night.done_at is not None


def test_records_mended_in_the_night_are_found_at_the_next_full_hour(cast: Cast, outside: Outside) -> None:
    verified(cast.bixen, cast.sara)
    outside.dns.clear("it-bixen.dk", "sip")
    supervise(clock.local_time(ORDINARY, 0), clock.local_time(ORDINARY, 4, 50))
    assert certificate_of(cast).fault["code"] == "dns_moved"
    outside.dns.put("it-bixen.dk", "sip", "CNAME", "sip.flexskype.dk.")

    supervise(clock.local_time(ORDINARY, 5), clock.local_time(ORDINARY, 5, 10))

    assert certificate_of(cast).step == CertificateStep.CONFIRMED
    assert acme_of(outside).count() == 1


def test_a_failed_proof_costs_one_order_a_night(cast: Cast, outside: Outside) -> None:
    verified(cast.bixen, cast.sara)
    acme_of(outside).fetch = lambda name, token: "something else"

    supervise(clock.local_time(ORDINARY, 0), clock.local_time(ORDINARY, 23, 50))
    assert acme_of(outside).count() == 1
    supervise(clock.local_time(ORDINARY, 24 - 1) + HOUR, clock.local_time(ORDINARY, 23) + 9 * HOUR)
    assert acme_of(outside).count() == 2


def test_an_authority_that_is_away_for_hours_gets_the_same_order_in_the_end(
    cast: Cast, outside: Outside
) -> None:
    verified(cast.bixen, cast.sara)
    away = AcmeError("no", permanent=False, code="unreachable")
    acme_of(outside).fail("finalize", away, times=12)

    supervise(clock.local_time(ORDINARY, 0), clock.local_time(ORDINARY, 4))

    assert certificate_of(cast).step == CertificateStep.CONFIRMED
    assert acme_of(outside).count() == 1


def test_a_limit_of_our_account_holds_everybody_back_until_its_time(cast: Cast, outside: Outside) -> None:
    verified(cast.bixen, cast.sara)
    verified(cast.havnen, cast.freja, "havnens.dk")
    limit = AcmeError(
        "too many new orders (300) from this account", permanent=False, code="rateLimited", retry_after=7200
    )
    acme_of(outside).fail("new_order", limit)
    start = clock.local_time(ORDINARY, 0)

    supervise(start, start + dt.timedelta(minutes=110))
    assert acme_of(outside).count() == 0
    busy_until = AcmeAccount.objects.get().busy_until
    assert busy_until is not None
    fault = certificate_of(cast).fault
    assert fault["code"] == "acme_busy"
    assert dt.datetime.fromisoformat(fault["until"]) >= start + 2 * HOUR

    supervise(start + 2 * HOUR, start + 3 * HOUR)
    assert acme_of(outside).count() == 2


def test_a_night_is_planned_in_parts_that_fit_a_task(
    cast: Cast, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified(cast.bixen, cast.sara)
    verified(cast.havnen, cast.freja, "havnens.dk")
    monkeypatch.setattr(certificates, "BATCH", 1)
    at = clock.now()

    assert certificates.plan_batch(at=at)
    assert Job.objects.filter(kind=certificates.JOB).count() == 1
    assert not certificates.plan_batch(at=at)
    assert not certificates.plan_batch(at=at)

    assert Job.objects.filter(kind=certificates.JOB).count() == 2


def test_a_contract_that_ends_meanwhile_is_not_planned_for(cast: Cast, outside: Outside) -> None:
    setup = verified(cast.bixen, cast.sara)
    actor = Actor.system(cast.bixen.pk, doing="test")
    due = certificates._due(clock.now())
    with tenant(actor):
        Setup.objects.visible_to(actor).filter(pk=setup.pk).update(ended_at=clock.now())

    assert certificates._plan_due(due, clock.now()) == []


def test_a_job_that_ended_before_its_certificate_is_taken_up_again(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    Job.objects.filter(key=certificates.job_key(certificate)).update(done_at=clock.now())

    certificates.plan_batch(at=clock.now())

    assert work(certificate).step == CertificateStep.CONFIRMED
    assert read(certificate).fault is None
    assert next_run(clock.now()) > clock.now()
