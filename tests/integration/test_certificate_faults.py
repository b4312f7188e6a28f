"""Whatever dies or is away while a certificate is made: nothing lost, nothing ordered twice, a clear word.

All servers are real: Knot and Unbound for names, Pebble, HAProxy; workers are processes that die by SIGKILL.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dns.query
import dns.update
import pytest

from myfone.kernel import clock, jobs
from myfone.kernel.models import Job
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import Certificate, CertificateStep
from provisioning.rules.names import Name
from provisioning.services import certificates
from stack.machine import DEMO_ZONE, Machine
from tests.cast import Cast
from tests.certificates import Outside, planned

ROOT = Path(__file__).resolve().parents[2]
LEADING = [step for step in CertificateStep if step is not CertificateStep.CONFIRMED]
TURNS = 500


@pytest.fixture
def certificate(live_cast: Cast, outside: Outside) -> Certificate:
    return planned(live_cast, DEMO_ZONE)


def job_of(certificate: Certificate) -> Job:
    return Job.objects.get(key=certificates.job_key(certificate))


def read(certificate: Certificate) -> Certificate:
    actor = Actor.system(certificate.customer_id)
    with tenant(actor):
        found: Certificate = (
            Certificate.objects.visible_to(actor).select_related("setup").get(pk=certificate.pk)
        )
    return found


def spawn(machine: Machine, certificate: Certificate, *place: str) -> subprocess.Popen[str]:
    env = {**os.environ, **machine.settings(), "DJANGO_SETTINGS_MODULE": "myfone.config.settings"}
    env |= {name: os.environ[name] for name in ("DATABASE_URL", "SECRETS_KEYS", "SECRET_KEY")}
    env["MYFONE_ENVIRONMENT"] = os.devnull
    return subprocess.Popen(
        [sys.executable, "-m", "tests.integration.certificate_worker", str(job_of(certificate).pk), *place],
        cwd=ROOT,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def die_at(machine: Machine, certificate: Certificate, step: CertificateStep, moment: str) -> None:
    worker = spawn(machine, certificate, step, moment)
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == -signal.SIGKILL, said
    left = job_of(certificate)
    assert left.done_at is None
    assert left.lease_until is not None
    # What the supervisor waits for: the dead worker's lease runs out.
    Job.objects.filter(pk=left.pk).update(lease_until=clock.now() - dt.timedelta(seconds=1))


def finish(certificate: Certificate) -> Certificate:
    """Deliver the job until it is done, as the supervisor would."""
    for _ in range(TURNS):
        Job.objects.filter(pk=job_of(certificate).pk).update(run_at=clock.now())
        jobs.run(job_of(certificate).pk)
        row = job_of(certificate)
        assert row.failed_at is None, row.fault
        if row.done_at:
            return read(certificate)
    raise AssertionError(f"still {read(certificate).step}")


def ordered(machine: Machine) -> int:
    assert machine.pebble
    return machine.pebble.orders()


@pytest.mark.parametrize("step", LEADING)
def test_a_worker_killed_at_a_step_costs_no_second_order(
    machine: Machine, outside: Outside, certificate: Certificate, step: CertificateStep
) -> None:
    before = ordered(machine)

    die_at(machine, certificate, step, "before")
    assert read(certificate).step == step
    die_at(machine, certificate, step, "after")
    assert read(certificate).step == list(CertificateStep)[LEADING.index(step) + 1]
    done = finish(certificate)

    assert done.step == CertificateStep.CONFIRMED
    assert ordered(machine) - before == 1
    for name in done.names:
        assert outside.front.served(server_name=name).serial == done.serial
    assert done.setup.live_at is not None


def test_a_job_delivered_twice_at_once_orders_once(
    machine: Machine, outside: Outside, certificate: Certificate
) -> None:
    before = ordered(machine)
    workers = [spawn(machine, certificate) for _ in range(2)]
    for worker in workers:
        assert worker.stdout
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.flush()
    ends = [worker.communicate(timeout=60) for worker in workers]

    assert [worker.returncode for worker in workers] == [0, 0], ends
    assert read(certificate).step == CertificateStep.CONFIRMED
    assert ordered(machine) - before == 1


def test_an_authority_that_is_down_is_tried_again(
    machine: Machine, outside: Outside, certificate: Certificate
) -> None:
    assert machine.pebble
    machine.pebble.kill()
    try:
        jobs.run(job_of(certificate).pk)
    finally:
        machine.pebble.start()
    waiting, row = read(certificate), job_of(certificate)
    assert waiting.step == CertificateStep.KEY
    assert waiting.fault["code"] == "acme_unreachable"
    assert row.failed_at is None
    assert clock.now() < row.run_at < clock.now() + dt.timedelta(minutes=1)

    done = finish(certificate)

    assert (done.step, done.fault) == (CertificateStep.CONFIRMED, None)


def test_a_front_that_is_down_gets_the_certificate_when_it_is_back(
    machine: Machine, outside: Outside, certificate: Certificate
) -> None:
    assert machine.haproxy
    before = ordered(machine)
    die_at(machine, certificate, CertificateStep.FINALIZED, "after")
    machine.haproxy.kill()
    try:
        jobs.run(job_of(certificate).pk)
        waiting = read(certificate)
    finally:
        machine.haproxy.start()

    assert waiting.step == CertificateStep.DOWNLOADED
    assert waiting.fault["code"] == "front_unreachable"
    assert waiting.chain_pem
    done = finish(certificate)
    assert done.serial == waiting.serial
    assert outside.front.served(server_name=f"sip.{DEMO_ZONE}").serial == waiting.serial
    assert ordered(machine) - before == 1


def point(machine: Machine, outside: Outside, record: str, data: str, address: str) -> None:
    """Change where sip.<domain> leads, and wait until the resolver has seen it."""
    assert machine.knot
    change = dns.update.Update(DEMO_ZONE)
    change.delete("sip")
    change.add("sip", 600, record, data)
    dns.query.udp(change, machine.knot.addresses[0], port=machine.knot.port, timeout=5)
    end = time.monotonic() + 15  # the resolver keeps an answer for a second
    while time.monotonic() < end:
        if outside.dns.resolve(Name.parse(f"sip.{DEMO_ZONE}")).addresses == (address,):
            return
    raise AssertionError("the resolver does not see the change")


def test_a_domain_that_moved_away_meanwhile_is_not_ordered_for(
    machine: Machine, outside: Outside, certificate: Certificate
) -> None:
    before = ordered(machine)
    point(machine, outside, "A", "192.0.2.80", "192.0.2.80")
    try:
        jobs.run(job_of(certificate).pk)
    finally:
        point(machine, outside, "CNAME", "sip.flexskype.dk.", machine.address)

    stopped, row = read(certificate), job_of(certificate)
    assert stopped.fault["code"] == "dns_moved"
    assert stopped.fault["params"] == {"name": f"sip.{DEMO_ZONE}", "addresses": "192.0.2.80"}
    assert row.failed_at is not None
    assert ordered(machine) == before
    certificates.tonight(at=clock.now())
    assert finish(certificate).step == CertificateStep.CONFIRMED
