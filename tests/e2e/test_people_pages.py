"""Status, notes and colleagues in a browser, beside a SIP phone on the real switch."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from demo.sipclient import sign_in
from stack.kamailio import Kamailio
from tests.contract.conftest import source, switch, udp  # noqa: F401  fixtures
from tests.contract.switching import Via, link, link_beside
from tests.contract.watching import notes, phone, pidf
from tests.e2e.conftest import Portal


def test_a_note_goes_from_the_browser_to_a_phone_and_back(
    portal: Portal,
    switch: Kamailio,  # noqa: F811
    udp: Via,  # noqa: F811
) -> None:
    mette = link(portal.cast.mette, "it-bixen.dk", "mette")
    watcher = phone(link_beside(portal.cast.line, mette, "line"), udp)
    client = phone(mette, udp)
    assert watcher.watch("mette@it-bixen.dk").status in (200, 202)
    watcher.wait_for("<basic>closed</basic>")
    page = portal.page(portal.cast.mette)
    page.goto("/")
    page.get_by_label("Min note").fill("Til møde i Aarhus")
    page.get_by_role("button", name="Gem").click()
    began = time.monotonic()
    assert notes(watcher.wait_for("Til møde i Aarhus"))[0] == "Til møde i Aarhus"
    assert time.monotonic() - began < 6
    expect(page.get_by_role("status").filter(has_text="Til møde i Aarhus")).to_be_visible()
    page.get_by_role("button", name="Forstyr ikke").last.click()
    watcher.wait_for("do-not-disturb")
    # The other way: what she writes in her client stands in Myfone, for her and for colleagues.
    with sign_in(mette.account, via=udp):
        assert client.publish(pidf("Kører hjem")).status == 200
        page.reload()
        expect(page.get_by_label("Min note")).to_have_value("Kører hjem")
        colleague = portal.page(portal.cast.line, width=390)
        colleague.goto("/colleagues/?q=kører")
        expect(colleague.get_by_role("link", name="Mette Hansen")).to_be_visible()
        expect(colleague.locator("#found")).to_contain_text("Forstyr ikke · “Kører hjem”")
    watcher.close()
    client.close()


@pytest.mark.parametrize("javascript", [True, False], ids=["with", "without"])
def test_status_is_one_click_away_and_can_be_undone(portal: Portal, javascript: bool) -> None:
    page = portal.page(portal.cast.mette, javascript=javascript, width=390)
    page.goto("/colleagues/")
    page.locator(".my-status > summary").click()
    page.get_by_role("button", name="Straks tilbage").click()
    expect(page.locator(".my-status > summary")).to_contain_text("Straks tilbage")
    page.get_by_role("button", name="Fortryd").click()
    expect(page.locator(".my-status > summary")).to_contain_text("Offline")


def test_search_finds_as_one_types(portal: Portal) -> None:
    page = portal.page(portal.cast.mette)
    page.goto("/colleagues/")
    expect(page.locator(".colleagues li")).to_have_count(3)
    page.get_by_label("Søg efter kolleger").press_sequentially("kold")
    expect(page.locator(".colleagues li")).to_have_count(1)
    page.get_by_role("button", name="Favorit: Peter Kold").click()
    expect(page.get_by_role("button", name="Favorit: Peter Kold")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Søg efter kolleger").fill("zzz")
    expect(page.get_by_text("Ingen kollega passer")).to_be_visible()
