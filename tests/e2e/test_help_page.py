"""Help in a browser: found while one types, and asked for without JavaScript."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Portal


def test_guides_are_found_while_one_types(portal: Portal) -> None:
    page = portal.page(portal.cast.mette)
    page.goto("/help/")
    page.get_by_role("searchbox").press_sequentially("glemt kode")
    found = page.get_by_role("region", name="Fundet")
    expect(found.get_by_role("link").first).to_contain_text("Glemt adgangskode til Skype")
    found.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Glemt adgangskode til Skype")
    page.get_by_role("link", name="Adgangskoden til Skype og den til Office 365").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Adgangskoden til Skype og den til Office 365")


def test_headsets_are_asked_for_without_javascript(portal: Portal) -> None:
    page = portal.page(portal.cast.mette, javascript=False, width=390)
    page.goto("/help/headsets/")
    page.get_by_role("spinbutton", name="Plantronics Savi W730").fill("3")
    page.get_by_role("button", name="Send forespørgslen").click()
    expect(page.locator(".messages")).to_contain_text("3 headset er på vej til Nordlys Tele")
    expect(page.get_by_role("spinbutton", name="Plantronics Savi W730")).to_have_value("")
