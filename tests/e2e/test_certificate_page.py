"""The stage where users are created follows the certificate by itself: planned, stopped, in use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from myfone.kernel import clock, jobs
from myfone.kernel.models import Job
from myfone.tenancy.context import tenant
from provisioning.gateways.acme import AcmeError
from provisioning.gateways.acme.fake import FakeAcme
from provisioning.models import Setup
from provisioning.services import certificates
from tests.certificates import Outside, stand_ins
from tests.e2e.accessibility import breaches
from tests.e2e.conftest import Portal
from tests.integration.test_dns_page import make_setup

SHOTS = os.environ.get("SCREENSHOTS")
TURNS = 20


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    return stand_ins(tmp_path, "it-bixen.dk").use(monkeypatch)


@pytest.fixture
def setup(portal: Portal) -> Setup:
    made = make_setup(portal.cast, confirmed=("contacts", "deactivation", "dns"))
    with tenant(portal.cast.jonas.actor):
        Setup.objects.visible_to(portal.cast.jonas.actor).filter(pk=made.pk).update(
            dns_verified_at=clock.now()
        )
    return made


def deliver() -> None:
    """Deliver the certificate's job until it waits for longer than this page does, or is done."""
    for _ in range(TURNS):
        job = Job.objects.get(kind=certificates.JOB)
        if job.done_at or job.fault:
            return
        Job.objects.filter(pk=job.pk).update(run_at=clock.now())
        jobs.run(job.pk)


def look(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"certificate-{name}.png", full_page=True)
    assert breaches(page) == []


def test_the_page_follows_the_certificate(portal: Portal, outside: Outside, setup: Setup) -> None:
    assert isinstance(outside.acme, FakeAcme)
    page = portal.page(portal.cast.jonas)
    page.goto(f"/admin/customers/{portal.cast.bixen.public_id}/skype/users/")
    expect(page.locator("#certificate")).to_contain_text("Certifikatet laves")
    expect(page.locator("#certificate")).to_contain_text("internal CA – stand-in")
    look(page, "planned")

    outside.acme.fail("new_order", AcmeError("away", permanent=False, code="unreachable"))
    certificates.tonight(at=clock.now())
    deliver()
    expect(page.locator("#certificate")).to_contain_text("Certifikatudstederen svarer ikke")
    look(page, "stopped")

    Job.objects.filter(kind=certificates.JOB).update(fault="")
    deliver()
    expect(page.locator("main")).to_contain_text("har oprettet deres bruger")
    expect(page.locator("#certificate")).to_have_count(0)
    page.goto("/admin/skype-for-business/certificates/")
    expect(page.locator("main")).to_contain_text("I orden")
    look(page, "list")
    page.get_by_role("link", name="it-bixen.dk").click()
    expect(page.locator("main")).to_contain_text("dage tilbage")
    look(page, "of-a-domain")
    page.set_viewport_size({"width": 390, "height": 800})
    look(page, "of-a-domain-narrow")


def test_without_script_the_page_says_the_same(portal: Portal, outside: Outside, setup: Setup) -> None:
    page = portal.page(portal.cast.jonas, javascript=False, language="en")
    page.goto(f"/admin/customers/{portal.cast.bixen.public_id}/skype/users/")

    expect(page.locator("#certificate")).to_contain_text("The certificate is made ")
