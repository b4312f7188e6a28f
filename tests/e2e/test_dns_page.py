"""The DNS stage in a browser: live while the watch runs, and whole without script."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from provisioning.gateways.dns.fake import FakeDns
from provisioning.models import DnsWatch, Setup
from provisioning.services import dns_look
from tests.dns_cases import CLIENT, DOMAIN, GOOD, OFFICE365, fill, world
from tests.e2e.accessibility import readers
from tests.e2e.conftest import Portal
from tests.integration.test_dns_page import make_setup, page, work

# Set to a folder to look at the pages by eye.
SHOTS = os.environ.get("SCREENSHOTS")


def shot(window: Page, name: str) -> None:
    if SHOTS:
        window.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> FakeDns:
    left = "lyncdiscoverinternal CNAME webdir.online.lync.com."
    made = world((GOOD[0], OFFICE365[1], CLIENT, GOOD[3], OFFICE365[3], left))
    monkeypatch.setattr(dns_look, "gateway", lambda name: made)
    return made


@pytest.fixture
def setup(portal: Portal, dns: FakeDns) -> Setup:
    return make_setup(portal.cast, confirmed=("contacts", "deactivation"))


def begin(window: Page) -> None:
    window.get_by_role("button", name="Jeg har opsat DNS-records på domænet").click()


def make_due(portal: Portal) -> None:
    with tenant(portal.cast.jonas.actor):
        DnsWatch.objects.visible_to(portal.cast.jonas.actor).update(next_at=clock.now())
    from myfone.kernel.models import Job

    Job.objects.update(run_at=clock.now())


def test_the_page_follows_the_watch_by_itself(portal: Portal, setup: Setup, dns: FakeDns) -> None:
    window = portal.page(portal.cast.jonas)
    window.goto(page(setup))
    shot(window, "dns-before")
    begin(window)
    expect(window.get_by_text("Tjekker nu …")).to_be_visible()
    work()
    expect(window.get_by_text("Vi tjekker stadig – 90 minutter tilbage")).to_be_visible()
    expect(window.get_by_text("2 records", exact=True)).to_be_visible()
    expect(window.locator("#announcements")).to_have_text("2 af 4 records fundet")
    shot(window, "dns-running")

    dns.clear(DOMAIN)
    fill(dns, GOOD)
    make_due(portal)
    work()

    expect(window.get_by_text("Alle fire records er i orden")).to_be_visible()
    shot(window, "dns-approved")


def test_it_works_without_script(portal: Portal, setup: Setup, dns: FakeDns) -> None:
    window = portal.page(portal.cast.jonas, javascript=False)
    window.goto(page(setup))
    begin(window)
    work()
    window.get_by_role("link", name="Vis det nyeste").click()

    expect(window.get_by_text("Peger stadig på Office 365.").first).to_be_visible()
    window.get_by_role("button", name="Tjek nu").click()
    expect(window.get_by_text("Vi har lige tjekket.")).to_be_visible()


def test_it_is_in_order_for_everybody(portal: Portal, setup: Setup, dns: FakeDns) -> None:
    window = portal.page(portal.cast.jonas)
    window.goto(page(setup))
    begin(window)
    work()
    found = [fault for reader in readers(portal, portal.cast.jonas) for fault in reader.faults(page(setup))]
    assert found == []
