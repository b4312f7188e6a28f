"""A certificate goes from planned to in use, one committed step at a time."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
import time_machine

from myfone.kernel import clock, jobs, metrics, nightly, outbox, secrets
from myfone.kernel.models import Job, OutboxMail
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.gateways.acme import AcmeError, Window
from provisioning.gateways.tlsfront import TlsFrontError
from provisioning.models import AcmeAccount, AcmeChallenge, Certificate, CertificateStep, Setup
from provisioning.rules.certificate_plan import renewal_begins
from provisioning.rules.certificates import names_for
from provisioning.rules.names import Name
from provisioning.services import certificate_steps, certificate_windows, certificates
from provisioning.services.certificate_steps import CertificateFault
from tests.cast import Cast
from tests.certificates import Outside, acme_of, front_of, planned, read, stand_ins, verified, work

NAMES = names_for("it-bixen.dk")


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    return stand_ins(tmp_path, "it-bixen.dk", "havnens.dk").use(monkeypatch)


def pursue(certificate: Certificate) -> dt.datetime | None:
    actor = Actor.system(certificate.customer_id, doing="certificate")
    return certificates.pursue(actor=actor, certificate_id=certificate.pk)


def test_every_step_but_the_last_leads_on() -> None:
    leading = {*certificate_steps.STEPS, CertificateStep.KEY}

    assert leading == set(CertificateStep) - {CertificateStep.CONFIRMED}


def test_a_verified_domain_is_in_use_in_the_morning(cast: Cast, outside: Outside) -> None:
    setup = verified(cast.bixen, cast.sara)
    night = clock.local_time(clock.local_date(clock.now()) + dt.timedelta(days=1), 1, 30)
    nightly.plan(night)
    nightly.plan(night)
    jobs.run(Job.objects.get(kind=certificates.NIGHT).pk)
    with tenant(cast.sara.actor):
        certificate = Certificate.objects.visible_to(cast.sara.actor).get()
    assert certificate.step == CertificateStep.PLANNED

    done = work(certificate)

    assert (done.step, done.fault) == (CertificateStep.CONFIRMED, None)
    assert tuple(done.names) == NAMES
    for name in NAMES:
        assert outside.front.served(server_name=name).serial == done.serial
    with tenant(cast.sara.actor):
        after = Setup.objects.visible_to(cast.sara.actor).select_related("sip_domain").get(pk=setup.pk)
    assert after.live_at is not None
    assert after.sip_domain.name == "it-bixen.dk"
    with tenant(cast.sara.actor):
        mail = OutboxMail.objects.get()
    assert (mail.template, mail.recipient) == ("domain_live", "sara@it-bixen.dk")
    # It may be read at the reseller's, where an employee's own pages are not found.
    assert "/settings/" not in outbox.render(mail).body
    assert not AcmeChallenge.objects.exists()
    assert acme_of(outside).count() == 1


def test_the_night_plans_what_is_due_and_nothing_twice(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    again = certificates.tonight(at=clock.now())
    work(certificate)

    assert [each.pk for each in again] == [certificate.pk]
    assert certificates.tonight(at=clock.now()) == []
    assert Job.objects.filter(kind=certificates.JOB).count() == 1


def test_an_unverified_domain_waits(cast: Cast, outside: Outside) -> None:
    setup = verified(cast.bixen, cast.sara)
    with tenant(cast.sara.actor):
        Setup.objects.visible_to(cast.sara.actor).filter(pk=setup.pk).update(dns_verified_at=None)

    assert certificates.tonight(at=clock.now()) == []


def test_the_private_key_is_sealed_for_its_row(cast: Cast, outside: Outside) -> None:
    done = work(planned(cast))
    sealed = bytes(done.key_encrypted or b"")

    assert b"PRIVATE" not in sealed
    assert b"PRIVATE KEY" in certificate_steps.open_key(done)
    with pytest.raises(secrets.CannotOpen):
        secrets.unseal(sealed, bound_to="provisioning.certificate:another:key")


def test_one_account_serves_all_customers(cast: Cast, outside: Outside) -> None:
    first = planned(cast)
    verified(cast.havnen, cast.freja, "havnens.dk")
    certificates.tonight(at=clock.now())
    with tenant(cast.freja.actor):
        second = Certificate.objects.visible_to(cast.freja.actor).get()

    assert {work(first).step, work(second).step} == {CertificateStep.CONFIRMED}
    assert AcmeAccount.objects.count() == 1


def test_a_slow_authority_is_asked_again_when_it_said(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    acme_of(outside).slow(3)

    waits = 0
    while (at := pursue(certificate)) is not None:
        waits += 1
        assert at > clock.now()

    assert waits >= 2
    assert read(certificate).step == CertificateStep.CONFIRMED


def test_a_domain_that_moved_away_is_not_ordered_for(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    outside.dns.clear("it-bixen.dk", "sip")
    outside.dns.put("it-bixen.dk", "sip", "A", "203.0.113.9")

    stopped = work(certificate)

    assert stopped.step == CertificateStep.KEY
    assert stopped.fault["code"] == "dns_moved"
    assert stopped.fault["params"] == {"name": "sip.it-bixen.dk", "addresses": "203.0.113.9"}
    assert acme_of(outside).count() == 0
    assert Job.objects.get(key=certificates.job_key(certificate)).failed_at


def test_a_domain_that_lets_only_others_issue_costs_no_order(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    outside.dns.put("it-bixen.dk", "@", "CAA", '0 issue "digicert.com"')

    stopped = work(certificate)

    assert (stopped.step, stopped.fault["code"]) == (CertificateStep.KEY, "caa_refused")
    assert stopped.fault["permanent"]
    assert stopped.fault["params"]["at"] == "it-bixen.dk"
    assert stopped.fault["params"]["records"] == '0 issue "digicert.com"'
    assert acme_of(outside).count() == 0
    outside.dns.put("it-bixen.dk", "@", "CAA", '0 issue "letsencrypt.org"')
    certificates.tonight(at=clock.now())
    assert work(certificate).step == CertificateStep.CONFIRMED


def test_a_domain_bound_to_another_account_says_which_to_name(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    outside.dns.put("it-bixen.dk", "@", "CAA", '0 issue "letsencrypt.org; accounturi=https://x.dk/1"')

    stopped = work(certificate)

    assert stopped.fault["code"] == "caa_account"
    assert stopped.fault["params"]["account"] == AcmeAccount.objects.get().account_url
    assert acme_of(outside).count() == 0


def test_a_silent_name_system_is_asked_again(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    outside.dns.bogus.add(Name.parse("sip.it-bixen.dk"))
    with pytest.raises(CertificateFault) as silent:
        pursue(certificate)
    outside.dns.bogus.clear()

    assert (silent.value.code, silent.value.permanent) == ("dns_unknown", False)
    assert work(certificate).step == CertificateStep.CONFIRMED


def test_an_authority_that_is_away_is_tried_again_and_the_page_says_so(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    acme_of(outside).fail("new_order", AcmeError("no", permanent=False, code="unreachable"))
    with pytest.raises(CertificateFault):
        pursue(certificate)
    stopped = read(certificate)
    assert stopped.fault["code"] == "acme_unreachable"

    done = work(certificate)

    assert (done.step, done.fault) == (CertificateStep.CONFIRMED, None)
    assert acme_of(outside).count() == 1


def test_a_refused_proof_ends_the_order_and_the_next_night_orders_once(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    fetch, acme_of(outside).fetch = acme_of(outside).fetch, lambda name, token: "something else"

    stopped = work(certificate)

    assert stopped.step == CertificateStep.KEY
    assert stopped.fault["code"] == "acme_refused"
    assert stopped.fault["params"]["problem"] == "unauthorized"
    assert acme_of(outside).count() == 1
    assert work(certificate).step == CertificateStep.KEY
    assert acme_of(outside).count() == 1
    acme_of(outside).fetch = fetch
    certificates.tonight(at=clock.now())
    assert work(certificate).step == CertificateStep.CONFIRMED
    assert acme_of(outside).count() == 2


def test_a_proof_that_does_not_show_costs_no_order(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    front_of(outside).hidden = {NAMES[1]}
    with pytest.raises(CertificateFault) as hidden:
        pursue(certificate)
    front_of(outside).hidden.clear()
    front_of(outside).fail("shows", TlsFrontError("no", code="unreachable"))
    with pytest.raises(CertificateFault, match="proof_hidden"):
        pursue(certificate)

    assert (hidden.value.code, hidden.value.permanent) == ("proof_hidden", False)
    assert work(certificate).step == CertificateStep.CONFIRMED
    assert acme_of(outside).count() == 1


def test_a_front_that_is_away_gets_the_certificate_later(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    front_of(outside).fail("install", TlsFrontError("no", code="unreachable"))
    with pytest.raises(CertificateFault) as away:
        while pursue(certificate):
            pass
    assert (away.value.code, away.value.permanent) == ("front_unreachable", False)
    kept = read(certificate)
    assert (kept.step, bool(kept.chain_pem)) == (CertificateStep.DOWNLOADED, True)

    assert work(certificate).serial == kept.serial
    assert acme_of(outside).count() == 1


def test_an_account_that_the_authority_forgot_is_opened_again(cast: Cast, outside: Outside) -> None:
    work(planned(cast))
    (acme_of(outside).books / "book.json").unlink()
    verified(cast.havnen, cast.freja, "havnens.dk")
    (second,) = certificates.tonight(at=clock.now())

    assert work(second).step == CertificateStep.CONFIRMED


def test_in_time_for_a_third_of_its_life_it_is_renewed_and_replaced(cast: Cast, outside: Outside) -> None:
    old = work(planned(cast))
    assert old.not_before is not None
    assert old.not_after is not None
    begins = renewal_begins(old.not_before, old.not_after)
    assert certificates.tonight(at=begins - dt.timedelta(minutes=1)) == []

    (new,) = certificates.tonight(at=begins + dt.timedelta(minutes=1))
    renewed = work(new)

    assert renewed.pk != old.pk
    assert renewed.step == CertificateStep.CONFIRMED
    assert read(old).ended_at is not None
    assert outside.front.served(server_name=NAMES[0]).serial == renewed.serial
    with tenant(cast.sara.actor):
        assert OutboxMail.objects.count() == 1


def test_the_authoritys_window_decides_when_and_the_order_says_whom_it_follows(
    cast: Cast, outside: Outside
) -> None:
    old = work(planned(cast))
    at = clock.now()
    assert not certificate_windows.ask(at=at)
    assert read(old).renew_at is None
    acme_of(outside).window = Window(at + dt.timedelta(days=1), at + dt.timedelta(days=3), 21600)

    certificate_windows.ask(at=at)
    moment = read(old).renew_at
    certificate_windows.ask(at=at + dt.timedelta(days=1))

    assert moment is not None
    assert at + dt.timedelta(days=1) <= moment <= at + dt.timedelta(days=3)
    assert read(old).renew_at == moment
    assert certificates.tonight(at=at, due=moment - dt.timedelta(minutes=1)) == []
    (new,) = certificates.tonight(at=at, due=moment)
    work(new)
    assert acme_of(outside).followed == [old.serial]


def test_a_certificate_that_ran_out_while_it_waited_is_ordered_anew(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    front_of(outside).fail("install", TlsFrontError("no", code="unreachable"))
    acme_of(outside).life = dt.timedelta(seconds=60)
    with pytest.raises(CertificateFault):
        while pursue(certificate):
            pass
    kept = read(certificate)
    assert kept.step == CertificateStep.DOWNLOADED
    assert kept.not_after is not None
    acme_of(outside).life = dt.timedelta(days=45)

    with time_machine.travel(kept.not_after + dt.timedelta(minutes=5), tick=True):
        stopped = work(certificate)
        assert (stopped.step, stopped.fault["code"]) == (CertificateStep.KEY, "acme_unfit")
        certificates.tonight(at=clock.now())
        assert work(certificate).step == CertificateStep.CONFIRMED


def test_who_watches_sees_what_is_late_and_what_is_stopped(cast: Cast, outside: Outside) -> None:
    done = work(planned(cast))
    outside.dns.clear("havnens.dk")
    verified(cast.havnen, cast.freja, "havnens.dk")
    work(certificates.tonight(at=clock.now())[0])
    assert done.not_after is not None

    assert figures() == {"in_use": 1, "late": 0, "stopped": 1}
    with time_machine.travel(done.not_after - dt.timedelta(days=10)):
        assert figures() == {"in_use": 1, "late": 1, "stopped": 1}


def figures() -> dict[str, int]:
    text = metrics.exposition().decode()
    return {
        state: int(float(value))
        for state, value in re.findall(r'myfone_certificates\{state="(\w+)"\} (\S+)', text)
    }
