"""What is clicked is what rings: a ring profile switched in the browser decides the very next call."""

from __future__ import annotations

import datetime as dt
import os

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from telephony.models import Extension, ProfileChoice, PublicHoliday
from tests.contract.calling import Office
from tests.contract.conftest import office as phones
from tests.contract.conftest import switch
from tests.contract.switching import eventually
from tests.contract.test_queues import shown
from tests.e2e.accessibility import breaches, turn
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
    # The number that is shown, and a second call while one talks.
    page.get_by_label("Vist nummer").select_option(label="Hovednummer 69 14 24 24")
    page.get_by_label("Optaget under et opkald").check()
    page.get_by_role("button", name="Gem").click()
    expect(page.get_by_text("Gemt. Det gælder fra næste opkald.")).to_be_visible()
    line, own = office.connect("line"), desk.call("22334455").wait("up")
    invite = office.trunk.rung(after=1).invite
    assert invite is not None
    assert "+4569142424" in invite.first("from")
    assert eventually(lambda: shown("confirmed", office.cast.mette) == [1])
    second = line.call("203")
    sara.rung().wait("ringing")
    second.hang_up()
    own.hang_up()
    assert (len(desk.times("rings")), len(office.trunk.times("rings"))) == (1, 2)


def test_calls_go_by_the_week_the_holidays_and_the_days_that_were_chosen(
    portal: Portal, office: Office
) -> None:
    mette = office.cast.mette
    sara, desk = office.connect("sara"), office.connect("mette", answers_after=0)
    office.trunk.answers_after = 0
    page = portal.page(mette, javascript=False)
    page.goto("/profiles/")
    page.get_by_role("button", name="Lav mine profiler").click()
    today = timezone.localdate()
    tomorrow = today + dt.timedelta(days=1)  # which it may be before the test is over

    def rings(*, at_desk: int, outside: int) -> None:
        call = sara.call("203")
        call.wait("up").hang_up()
        assert (len(desk.times("rings")), len(office.trunk.times("rings"))) == (at_desk, outside)

    page.goto("/profiles/schedule/")
    page.get_by_role("link", name="Mandag til fredag 8–16").click()
    for day in ("lørdag", "søndag"):
        page.get_by_label(day).check()
    page.get_by_label("fra").first.fill("00:00")
    page.get_by_label("indtil").first.fill("00:00")
    page.locator("[name=line-0-profile]").select_option(label="På farten")
    page.get_by_label("Ellers").select_option(label="Kontoret")
    page.get_by_label("Helligdage i").select_option(label="Sverige")
    page.get_by_label("På helligdage").select_option(label="Ferie")
    page.get_by_role("button", name="Gem", exact=True).click()
    expect(page.get_by_text("Gemt. Ugeskemaet gælder fra næste opkald.")).to_be_visible()
    rings(at_desk=0, outside=1)
    # By hand until a time, which passes.
    page.goto("/profiles/")
    page.get_by_role("button", name="Skift – Kontoret").click()
    expect(page.get_by_text("Kontoret gælder fra næste opkald.")).to_be_visible()
    rings(at_desk=1, outside=1)
    with tenant(mette.actor) as actor:
        ProfileChoice.objects.visible_to(actor).filter(ended_at=None).update(until=clock.now())
    rings(at_desk=1, outside=2)
    # A public holiday goes before the week, and nothing rings; a day that is different goes before both.
    for day in (today, tomorrow):
        PublicHoliday.objects.get_or_create(country="SE", day=day, defaults={"name": "Fri", "name_en": "Off"})
    assert sara.call("203").wait("ended").status == 480
    page.goto("/profiles/schedule/")
    page.get_by_label("Første dag").fill(f"{today:%Y-%m-%d}")
    page.get_by_label("Sidste dag").fill(f"{tomorrow:%Y-%m-%d}")
    page.locator("#days-profile").select_option(label="Kontoret")
    page.get_by_role("button", name="Tilføj dagene").click()
    expect(page.get_by_text("Gemt. Ugen gælder igen, når de dage er forbi.")).to_be_visible()
    rings(at_desk=2, outside=2)


def test_the_page_is_sound(portal: Portal, office: Office) -> None:
    office.connect("mette")
    with tenant(portal.cast.sara.actor):
        Extension(customer=portal.cast.bixen, number="242", employee=portal.cast.peter.employee).save()
    page = portal.page(portal.cast.mette)
    page.goto("/profiles/")
    page.get_by_role("button", name="Lav mine profiler").click()
    page.get_by_role("button", name="Skift – På farten").click()
    expect(page.get_by_text("Aktiv nu")).to_be_visible()
    page.goto("/profiles/")
    for theme, width in (("dark", 390), ("light", 1440)):
        turn(page, theme, width)
        assert breaches(page, f"/profiles/ {theme} {width}") == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        _picture(page, f"profiles-{theme}-{width}")
    page.get_by_role("link", name="Kontoret").click()
    page.get_by_role("spinbutton", name="Sekunder, som trin 1 ringer").fill("44")
    page.get_by_role("spinbutton", name="Sekunder, som trin 1 ringer").blur()
    expect(page.get_by_text("ringer i 44 sekunder")).to_be_visible()
    expect(page.locator("#ticks > :last-child")).to_have_text("70")
    for theme, width in (("light", 1440), ("dark", 390)):
        turn(page, theme, width)
        assert breaches(page, f"/profiles/kontoret/ {theme} {width}") == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        _picture(page, f"profile-{theme}-{width}")
    # A colleague without a phone is said while the field is still written in.
    page.get_by_label("Ingen svarer", exact=True).select_option("to")
    page.get_by_label("Ingen svarer: Kollega eller nummer").press_sequentially("Peter Kold (242)")
    said = "“Ingen svarer” går til Peter Kold (242), som ingen telefon har"
    expect(page.locator("#story").get_by_text(said)).to_be_visible()
    expect(page.get_by_label("Ingen svarer: Kollega eller nummer")).to_be_focused()


def _picture(page: Page, name: str) -> None:
    if folder := os.environ.get("MYFONE_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
