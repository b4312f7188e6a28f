"""Contacts in a real browser: a file comes in after a look at it, and is searched as one types."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.accessibility import breaches
from tests.e2e.conftest import Portal

CSV = (
    "Fornavn;Efternavn;Firma;Mobiltelefon;Kundetype\r\n"
    "Per;Lund;Lund A/S;20 30 40 50;A\r\nÅse;Sørensen;;+46 8 123 456 78;B\r\n;;;hej;C\r\n"
)


@pytest.mark.parametrize("script", [True, False])
def test_from_a_file_to_a_search(portal: Portal, script: bool) -> None:
    page = portal.page(portal.cast.mette, javascript=script)
    page.goto("/contacts/")
    page.get_by_role("link", name="Hent kontakter fra en fil").click()
    page.get_by_label("Fil", exact=True).set_input_files(
        {"name": "kontakter.csv", "mimeType": "text/csv", "buffer": CSV.encode("cp1252")}
    )
    page.get_by_role("button", name="Se, hvad der er i filen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 kontakter i filen")
    expect(page.get_by_text("Linje 4").first).to_be_visible()
    page.get_by_label("Kundetype").select_option("Stilling")
    page.get_by_role("button", name="Læs filen sådan").click()
    if script:
        assert breaches(page) == []
    page.get_by_role("button", name="Hent 2 kontakter ind").click()
    expect(page.get_by_text("2 kontakter er tilføjet.")).to_be_visible()
    search = page.get_by_role("searchbox", name="Søg i dine kontakter")
    if script:
        search.press_sequentially("8 123")
    else:
        search.fill("8 123")
        page.get_by_role("button", name="Søg").click()
    expect(page.get_by_text("Per Lund")).to_have_count(0)
    expect(page.get_by_role("link", name="Åse Sørensen")).to_be_visible()
    page.goto("/contacts/")
    page.get_by_role("link", name="Fortryd").click()
    page.get_by_role("button", name="Fortryd importen").click()
    expect(page.get_by_text("Ingen kontakter endnu")).to_be_visible()
