"""What people see and wish: the certificate's page, another key, a new one at once, the list, and the mails."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from myfone.kernel import clock, outbox
from myfone.kernel.models import AuditEntry, OutboxMail
from myfone.tenancy.context import tenant
from provisioning.models import Certificate, CertificateStep, KeyChoice, Setup
from provisioning.rules.certificates import KeyKind, load_key
from provisioning.services import certificate_steps, certificates
from tests.cast import Cast, signed_in
from tests.certificates import Outside, acme_of, planned, read, stand_ins, verified, work

pytestmark = pytest.mark.django_db(databases=["default", "counters"])


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    return stand_ins(tmp_path, "it-bixen.dk", "havnens.dk").use(monkeypatch)


@pytest.fixture
def jonas(cast: Cast) -> Client:
    client = signed_in(cast.jonas)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def setup_of(cast: Cast, certificate: Certificate) -> Setup:
    with tenant(cast.jonas.actor):
        found: Setup = Setup.objects.visible_to(cast.jonas.actor).get(pk=certificate.setup_id)
    return found


def making(cast: Cast, setup: Setup) -> Certificate:
    with tenant(cast.jonas.actor):
        rows = Certificate.objects.visible_to(cast.jonas.actor).filter(setup=setup, ended_at=None)
        found: Certificate = rows.exclude(step=CertificateStep.CONFIRMED).get()
    return found


def mails(cast: Cast, template: str) -> list[OutboxMail]:
    with tenant(cast.jonas.actor):
        return list(OutboxMail.objects.filter(template=template))


def size(certificate: Certificate) -> int:
    return load_key(certificate_steps.open_key(certificate)).key_size


def test_a_new_domain_gets_the_key_that_every_windows_client_takes(cast: Cast, outside: Outside) -> None:
    certificate = work(planned(cast))

    assert certificate.key_kind == KeyKind.RSA2048
    assert size(certificate) == 2048


def test_another_key_holds_from_the_next_certificate_which_can_be_had_at_once(
    cast: Cast, outside: Outside, jonas: Client
) -> None:
    old = work(planned(cast))
    setup = setup_of(cast, old)
    jonas.post(reverse("certificate-key", args=[setup.public_id]), {"key": "p256"})
    asked = jonas.get(reverse("certificate-issue", args=[setup.public_id]))
    assert "2 of 3 are left for you" in asked.content.decode()
    assert size(read(old)) == 2048

    jonas.post(reverse("certificate-issue", args=[setup.public_id]))
    new = work(making(cast, setup))

    assert (new.key_kind, size(new)) == (KeyChoice.P256, 256)
    assert outside.front.served(server_name="sip.it-bixen.dk").serial == new.serial
    assert read(old).ended_at is not None
    with tenant(cast.jonas.actor):
        actions = {row.action for row in AuditEntry.objects.filter(action__startswith="certificate.")}
    assert {"certificate.key_chosen", "certificate.wished"} <= actions


def test_the_weeks_budget_is_kept_for_renewal(cast: Cast, outside: Outside, jonas: Client) -> None:
    setup = setup_of(cast, work(planned(cast)))
    for _ in range(2):
        jonas.post(reverse("certificate-issue", args=[setup.public_id]))
        work(making(cast, setup))

    answer = jonas.post(reverse("certificate-issue", args=[setup.public_id]), follow=True)

    assert "two are kept for renewal" in answer.content.decode()
    assert acme_of(outside).count() == 3


def test_what_was_mended_is_tried_by_a_click(cast: Cast, outside: Outside, jonas: Client) -> None:
    certificate = planned(cast)
    fetch, acme_of(outside).fetch = acme_of(outside).fetch, lambda name, token: "something else"
    work(certificate)
    setup = setup_of(cast, certificate)
    page = jonas.get(reverse("certificate", args=[setup.public_id])).content.decode()
    assert "could not see our proof" in page
    assert "Try now" in page
    assert not certificates.plan_batch(at=clock.now())
    assert work(certificate).step == CertificateStep.KEY
    acme_of(outside).fetch = fetch

    jonas.post(reverse("certificate-issue", args=[setup.public_id]))

    assert work(certificate).step == CertificateStep.CONFIRMED
    assert acme_of(outside).count() == 2


def test_the_reseller_is_told_once_what_stopped_it(cast: Cast, outside: Outside) -> None:
    certificate = planned(cast)
    outside.dns.put("it-bixen.dk", "@", "CAA", '0 issue "digicert.com"')
    work(certificate)
    certificates.tonight(at=clock.now())
    work(certificate)

    (mail,) = mails(cast, "certificate_stopped")
    assert mail.recipient == "jonas@nordlystele.dk"
    message = outbox.render(mail)
    assert "it-bixen.dk" in message.subject
    assert 'CAA 0 issue "letsencrypt.org"' in message.body
    assert f"/admin/setup/{setup_of(cast, certificate).public_id}/certificate/" in message.body


def test_a_third_a_sixth_and_a_twelfth_are_told_once_each(cast: Cast, outside: Outside) -> None:
    done = work(planned(cast))
    assert done.not_before is not None
    assert done.not_after is not None
    life = done.not_after - done.not_before
    told = []
    for left in (0.4, 0.33, 0.3, 0.16, 0.15, 0.08, 0.05):
        for _ in range(2):
            certificates.warn(at=done.not_after - life * left)
        told.append(len(mails(cast, "certificate_late")))

    assert told == [0, 2, 2, 4, 4, 6, 6]
    assert {mail.recipient for mail in mails(cast, "certificate_late")} == {
        "jonas@nordlystele.dk",
        "drift@flexskype.dk",
    }
    assert "it-bixen.dk" in outbox.render(mails(cast, "certificate_late")[0]).body


def test_the_list_says_what_runs_out_and_what_happens(cast: Cast, outside: Outside, jonas: Client) -> None:
    done = work(planned(cast))
    verified(cast.havnen, cast.freja, "havnens.dk")
    outside.dns.clear("havnens.dk")
    for each in certificates.tonight(at=clock.now()):
        work(each)
    assert done.not_after is not None
    days = (done.not_after - clock.now()) // dt.timedelta(days=1)

    every = jonas.get(reverse("certificates")).content.decode()
    stopped = jonas.get(reverse("certificates"), {"state": "stopped"}).content.decode()
    fine = jonas.get(reverse("certificates"), {"state": "fine"}).content.decode()
    late = jonas.get(reverse("certificates"), {"state": "late"}).content.decode()
    strange = signed_in(cast.olga).get(reverse("certificates")).content.decode()

    assert "it-bixen.dk" in every
    assert f"<span>{days}</span>" in every
    assert "havnens.dk" in stopped
    assert "is gone from the DNS" in stopped
    assert "it-bixen.dk" not in stopped
    assert "it-bixen.dk" in fine
    assert "No certificates here" in late
    assert "it-bixen.dk" not in strange
