"""A contract that ends takes its certificate along: nothing is served, and the authority has revoked it."""

from __future__ import annotations

from pathlib import Path

import pytest

from myfone.kernel import clock, jobs
from myfone.kernel.models import AuditEntry, Job
from myfone.tenancy.context import tenant
from provisioning.gateways.acme import AcmeError
from provisioning.gateways.tlsfront import TlsFrontError
from provisioning.models import Certificate, CertificateStep, Setup
from provisioning.rules.certificates import Reason
from provisioning.services import certificates
from provisioning.services.endings import release_domain
from tests.cast import Cast
from tests.certificates import Outside, acme_of, front_of, planned, read, stand_ins, verified, work


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    return stand_ins(tmp_path, "it-bixen.dk", "havnens.dk").use(monkeypatch)


def end(cast: Cast, certificate: Certificate) -> int:
    with tenant(cast.jonas.actor):
        setup = Setup.objects.visible_to(cast.jonas.actor).get(pk=certificate.setup_id)
        count = certificates.revoke(actor=cast.jonas.actor, setup=setup, at=clock.now())
        Setup.objects.visible_to(cast.jonas.actor).filter(pk=setup.pk).update(ended_at=clock.now())
        release_domain(actor=cast.jonas.actor, setup=setup, at=clock.now())
    return count


def deliver(certificate: Certificate) -> Job:
    row = Job.objects.get(key=f"revoke:{certificate.public_id}")
    Job.objects.filter(pk=row.pk).update(run_at=clock.now())
    jobs.run(row.pk)
    row.refresh_from_db()
    return row


def test_the_end_of_a_contract_revokes_and_stops_serving(cast: Cast, outside: Outside) -> None:
    certificate = work(planned(cast))

    assert end(cast, certificate) == 1
    assert end(cast, certificate) == 0
    assert deliver(certificate).done_at

    gone = read(certificate)
    assert gone.ended_at is not None
    assert gone.revoked_at is not None
    assert acme_of(outside).revoked == {certificate.serial: Reason.CESSATION_OF_OPERATION}
    with pytest.raises(TlsFrontError):
        outside.front.served(server_name="sip.it-bixen.dk")
    assert certificates.tonight(at=clock.now()) == []
    with tenant(cast.jonas.actor):
        actions = set(AuditEntry.objects.filter(action__startswith="certificate.").values_list("action"))
    assert {("certificate.ended",), ("certificate.revoked",)} <= actions


def test_an_authority_that_is_away_is_asked_again(cast: Cast, outside: Outside) -> None:
    certificate = work(planned(cast))
    end(cast, certificate)
    acme_of(outside).fail("revoke", AcmeError("no", permanent=False, code="unreachable"))

    waiting = deliver(certificate)
    assert (waiting.done_at, waiting.failed_at) == (None, None)
    assert read(certificate).fault["code"] == "acme_unreachable"
    with pytest.raises(TlsFrontError):
        outside.front.served(server_name="sip.it-bixen.dk")

    assert deliver(certificate).done_at
    assert (read(certificate).fault, len(acme_of(outside).revoked)) == (None, 1)


def test_one_in_the_making_stops_and_is_never_served(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    front_of(outside).fail("install", TlsFrontError("no", code="unreachable"))
    work(certificate, turns=1)
    assert read(certificate).step == CertificateStep.DOWNLOADED

    assert end(cast, certificate) == 1
    work(certificate, turns=1)
    assert deliver(certificate).done_at

    assert read(certificate).step == CertificateStep.DOWNLOADED
    assert acme_of(outside).revoked == {read(certificate).serial: Reason.CESSATION_OF_OPERATION}


def test_a_worker_that_is_at_it_is_waited_for(cast: Cast, outside: Outside) -> None:
    certificate = work(planned(cast))
    end(cast, certificate)
    Job.objects.filter(key=certificates.job_key(certificate)).update(
        lease_until=clock.now() + jobs.LEASE, done_at=None
    )

    waiting = deliver(certificate)

    assert waiting.done_at is None
    assert waiting.run_at > clock.now()
    assert acme_of(outside).revoked == {}


def test_what_another_has_put_in_its_place_stays(cast: Cast, outside: Outside) -> None:
    old = work(planned(cast))
    end(cast, old)
    verified(cast.havnen, cast.freja, "it-bixen.dk")
    (new,) = certificates.tonight(at=clock.now())
    done = work(new)

    assert deliver(old).done_at

    assert outside.front.served(server_name="sip.it-bixen.dk").serial == done.serial
    assert set(acme_of(outside).revoked) == {old.serial}


def test_what_was_only_planned_leaves_no_work(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)

    assert end(cast, certificate) == 0
    assert work(certificate).step == CertificateStep.PLANNED
    assert acme_of(outside).count() == 0
