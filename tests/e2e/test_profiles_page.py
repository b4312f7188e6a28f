"""What is clicked is what rings: a ring profile switched in the browser decides the very next call."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from tests.contract.calling import Office
from tests.contract.conftest import office as phones
from tests.contract.conftest import switch
from tests.e2e.accessibility import breaches
from tests.e2e.conftest import Portal

__all__ = ["phones", "switch"]


@pytest.fixture
def office(phones: Office) -> Office:
    """Mette (203) with a desk phone and a mobile."""
    phones.mobile(phones.cast.mette, "mobile", "+4522334455")
    return phones


def test_the_call_after_the_click_rings_elsewhere(portal: Portal, office: Office) -> None:
    sara, desk = office.connect("sara"), office.connect("mette", answers_after=0)
    office.trunk.answers_after = 0
    page = portal.page(portal.cast.mette, javascript=False)
    page.goto("/profiles/")
    page.get_by_role("button", name="Lav mine profiler").click()
    expect(
        page.get_by_text("Bordtelefon", exact=True).or_(page.get_by_text("mette", exact=True))
    ).to_be_visible()
    sara.call("203").wait("up").hang_up()
    assert (len(desk.times("rings")), len(office.trunk.times("rings"))) == (1, 0)
    page.get_by_role("button", name="Skift – På farten").click()
    expect(page.get_by_text("På farten gælder fra næste opkald.")).to_be_visible()
    expect(page.get_by_text("ringer i 30 sekunder")).to_be_visible()
    sara.call("203").wait("up").hang_up()
    assert (len(desk.times("rings")), len(office.trunk.times("rings"))) == (1, 1)
    page.get_by_role("button", name="Fortryd sidste valg").click()
    expect(page.get_by_text("Fortrudt.")).to_be_visible()
    sara.call("203").wait("up").hang_up()
    assert (len(desk.times("rings")), len(office.trunk.times("rings"))) == (2, 1)


def test_the_call_after_an_edit_rings_as_edited(portal: Portal, office: Office) -> None:
    """Without JavaScript: the desk phone leaves its step, a colleague takes over, and the very next call does so."""
    sara, desk = office.connect("sara"), office.connect("mette", answers_after=0)
    office.trunk.answers_after = 0
    page = portal.page(portal.cast.mette, javascript=False)
    page.goto("/profiles/")
    page.get_by_role("button", name="Lav mine profiler").click()
    page.get_by_role("link", name="Kontoret").click()
    expect(page.get_by_text("Alle opkald ender et sted")).to_be_visible()
    page.get_by_role("button", name="Fjern trin 1").click()
    expect(page.get_by_text("Ikke gemt endnu")).to_be_visible()
    sara.call("203").wait("up").hang_up()
    assert (len(desk.times("rings")), len(office.trunk.times("rings"))) == (1, 0)
    page.get_by_label("Jeg er optaget", exact=True).select_option("to")
    page.get_by_label("Jeg er optaget: Kollega eller nummer").fill("Bodil")
    page.get_by_role("button", name="Gem").click()
    expect(page.get_by_text("“Bodil” er hverken en kollega eller et telefonnummer.")).to_be_visible()
    page.get_by_label("Jeg er optaget: Kollega eller nummer").fill("201")
    page.get_by_role("button", name="Gem").click()
    expect(page.get_by_text("Gemt. Det gælder fra næste opkald.")).to_be_visible()
    expect(page.get_by_label("Jeg er optaget: Kollega eller nummer")).to_have_value("Sara Abildgaard (201)")
    sara.call("203").wait("up").hang_up()
    assert (len(desk.times("rings")), len(office.trunk.times("rings"))) == (1, 1)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_page_is_sound(portal: Portal, office: Office, theme: str, width: int) -> None:
    office.connect("mette")
    page = portal.page(portal.cast.mette, width=width, theme=theme)
    page.goto("/profiles/")
    page.get_by_role("button", name="Lav mine profiler").click()
    page.get_by_role("button", name="Skift – På farten").click()
    expect(page.get_by_text("Aktiv nu")).to_be_visible()
    page.goto("/profiles/")
    assert breaches(page, "/profiles/") == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    _picture(page, f"profiles-{theme}-{width}")
    page.get_by_role("link", name="Kontoret").click()
    page.get_by_role("spinbutton", name="Sekunder, som trin 1 ringer").fill("44")
    page.get_by_role("spinbutton", name="Sekunder, som trin 1 ringer").blur()
    expect(page.get_by_text("ringer i 44 sekunder")).to_be_visible()
    expect(page.locator("#ticks > :last-child")).to_have_text("70")
    assert breaches(page, "/profiles/kontoret/") == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    _picture(page, f"profile-{theme}-{width}")


def _picture(page: Page, name: str) -> None:
    if folder := os.environ.get("MYFONE_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
