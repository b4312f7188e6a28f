"""The page for Skype for Business in a real browser: rules that tick, no fault by axe, and no need of scripts."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import Order, Setup
from stack.postgres import Postgres
from telephony.models import Phone, SipDomain
from telephony.rules.strength import strength
from tests.cast import Cast
from tests.e2e.accessibility import breaches, readers, too_wide
from tests.e2e.conftest import Portal
from tests.environment import PASSWORDS

PAGE = "/settings/skype-for-business/"
PASSWORD = "Gul-Kanin-47"


@pytest.fixture
def opened(portal: Portal) -> Portal:
    """The portal where Mette's company may link."""
    at = clock.now() - dt.timedelta(days=1)
    customer = portal.cast.bixen
    with tenant(Actor.platform(doing="test")):
        domain = SipDomain(customer=customer, name="it-bixen.dk")
        domain.save()
        order = Order(customer=customer, domain="it-bixen.dk", created_by="test", confirmed_at=at)
        order.save()
        Setup(
            customer=customer,
            order=order,
            domain="it-bixen.dk",
            sip_domain=domain,
            dns_verified_at=at,
            live_at=at,
        ).save()
    return portal


def link(page: Page, username: str = "mette") -> None:
    page.goto(PAGE)
    page.get_by_label("Brugernavn").fill(username)
    page.get_by_label("Adgangskode", exact=True).fill(PASSWORD)
    page.get_by_label("Gentag adgangskode", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Forbind til Skype for Business").click()


def seen(postgres: Postgres, cast: Cast) -> None:
    """Let the switch tell of a client that signed in, and of wrong passwords from elsewhere."""
    with tenant(cast.mette.actor):
        phone = Phone.objects.visible_to(cast.mette.actor).get()
    url = postgres.url(settings.DATABASES["default"]["NAME"], "kamailio", PASSWORDS["kamailio"])
    with psycopg.connect(url, autocommit=True) as switch:
        known = [text.encode().hex() for text in ("Softphone/2", "192.0.2.7")]
        switch.execute("SELECT switch.client_seen(%s, %s, %s, 'TLS')", [phone.pk, *known])
        switch.execute(
            "INSERT INTO location (ruid, username, domain, contact, received, user_agent, expires) VALUES ('r',"
            " 'mette', 'it-bixen.dk', 'sip:mette@10.0.0.1', 'sip:192.0.2.7:5061;transport=tcp', 'Softphone/2',"
            " now() at time zone 'UTC' + interval '5 minutes')"
        )
        words = [text.encode().hex() for text in ("mette", "it-bixen.dk", "scanner", "198.51.100.3")]
        switch.execute("SELECT switch.sign_in_failed(%s, %s, %s, %s, 600)", words)


def test_the_rules_tick_one_by_one_as_the_password_is_typed(opened: Portal) -> None:
    page = opened.page(opened.cast.mette)
    page.goto(PAGE)
    password = page.get_by_label("Adgangskode", exact=True)
    rule = page.locator("[data-rule]")

    def states() -> list[str]:
        return [rule.nth(n).get_attribute("data-state") or "" for n in range(6)]

    assert states() == [""] * 6
    password.press_sequentially("Me1")
    assert states() == ["broken", "met", "met", "met", "met", ""]
    expect(page.locator("#announcements")).to_contain_text("Mindst 8 tegn")
    password.press_sequentially("tte")
    assert states() == ["broken", "met", "met", "met", "met", ""]
    password.fill("Mette123")
    assert states() == ["met", "met", "met", "met", "broken", ""]
    page.get_by_label("Brugernavn").fill("mh")
    assert states() == ["met", "met", "met", "met", "met", ""]
    meter = page.locator("#password-strength")
    for text, username in (
        ("Mette123", "mette"),
        ("Gul-Kanin", "mh"),
        ("aaaabbbb1234", "mh"),
        ("gul kanin hest 4X", "mh"),
    ):
        page.get_by_label("Brugernavn").fill(username)
        password.fill(text)
        level = strength(text, username=username)
        expect(meter).to_have_attribute("data-level", str(int(level)))
    page.get_by_role("button", name="Vis: Adgangskode", exact=True).click()
    expect(password).to_have_attribute("type", "text")


def test_linked_without_scripts(opened: Portal) -> None:
    page = opened.page(opened.cast.mette, javascript=False)
    link(page)
    expect(page.get_by_text("mette@it-bixen.dk")).to_be_visible()
    page.get_by_role("link", name="Afbryd").click()
    page.get_by_role("button", name="Afbryd").click()
    expect(page.get_by_text("Ikke forbundet")).to_be_visible()


def test_a_client_that_signs_in_appears_by_itself(opened: Portal, postgres: Postgres) -> None:
    page = opened.page(opened.cast.mette)
    link(page)
    clients = page.locator("#skype-clients")
    expect(clients).to_contain_text("Ingen endnu")
    seen(postgres, opened.cast)
    expect(clients).to_contain_text("Softphone/2")
    expect(clients).to_contain_text("192.0.2.7 over TLS")
    expect(clients).to_contain_text("198.51.100.3")
    expect(clients).to_contain_text("er lukket ude til")


def test_the_pages_have_no_fault(opened: Portal, postgres: Postgres) -> None:
    cast = opened.cast
    link(opened.page(cast.mette))
    seen(postgres, cast)
    linked = [PAGE + path for path in ("", "password/", "forgotten/", "mobile/", "disconnect/")]
    found = [
        fault
        for person, paths in ((cast.mette, linked), (cast.freja, [PAGE]), (None, ["/demo/client/"]))
        for reader in readers(opened, person)
        for path in paths
        for fault in reader.faults(path)
    ]
    assert found == []
    # A form that was refused says so beside its fields.
    for theme, width in (("light", 1440), ("dark", 390)):
        fresh = opened.page(cast.line, theme=theme, width=width)
        fresh.goto(PAGE)
        fresh.locator("input[name=password]").fill("line1")
        fresh.locator("input[name=repeat]").fill("line2")
        fresh.locator("button.primary").click()
        expect(fresh.locator(".errorlist").first).to_be_visible()
        assert breaches(fresh) == []
        assert not too_wide(fresh)
