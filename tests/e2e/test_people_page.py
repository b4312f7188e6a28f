"""The list of employees in a real browser: filtered and reminded without scripts, no fault by axe."""

from __future__ import annotations

import datetime as dt
import os

import pytest
from playwright.sync_api import expect

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import Order, Setup
from telephony.models import Phone, PhoneKind, SipDomain
from tests.e2e.accessibility import breaches
from tests.e2e.conftest import Portal

PAGE = "/company/skype-for-business/"


@pytest.fixture
def opened(portal: Portal) -> Portal:
    at = clock.now() - dt.timedelta(days=1)
    customer = portal.cast.bixen
    with tenant(Actor.platform(doing="test")):
        domain = SipDomain(customer=customer, name="it-bixen.dk")
        domain.save()
        order = Order(customer=customer, domain="it-bixen.dk", created_by="test", confirmed_at=at)
        order.save()
        Setup(customer=customer, order=order, domain="it-bixen.dk", sip_domain=domain, live_at=at).save()
        Phone(
            customer=customer,
            employee=portal.cast.mette.employee,
            kind=PhoneKind.SKYPE,
            sip_domain=domain,
            username="mette.hansen",
            line_identity="811201",
        ).save()
    return portal


def test_the_administrator_reminds_who_waits_without_scripts(opened: Portal) -> None:
    page = opened.page(opened.cast.sara, javascript=False)
    page.goto("/settings/")
    page.get_by_role("link", name="Skype for Business i virksomheden").click()
    page.get_by_label("Tilstand").select_option("waiting")
    page.get_by_role("button", name="Vis").click()
    expect(page.get_by_role("heading", name="3 medarbejdere")).to_be_visible()
    page.get_by_label("Vælg Line Mark").check()
    page.get_by_role("button", name="Mind de valgte om det").click()
    expect(page.get_by_text("1 mail er på vej.")).to_be_visible()
    expect(page.get_by_text("Mindet om det i dag")).to_be_visible()
    page.get_by_label("En mailet adgangskode virker i").select_option("never")
    page.get_by_role("button", name="Gem").click()
    expect(page.get_by_label("En mailet adgangskode virker i")).to_have_value("never")


@pytest.mark.parametrize(
    ("who", "theme", "width"), [("sara", "light", 1440), ("sara", "dark", 390), ("jonas", "dark", 1440)]
)
def test_the_page_has_no_fault(opened: Portal, who: str, theme: str, width: int) -> None:
    address = PAGE if who == "sara" else "/admin/skype-for-business/employees/"
    page = opened.page(getattr(opened.cast, who), theme=theme, width=width)
    page.goto(address)
    assert breaches(page, address) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    if folder := os.environ.get("MYFONE_SHOTS"):
        page.screenshot(path=f"{folder}/people-{who}-{theme}-{width}.png", full_page=True)
