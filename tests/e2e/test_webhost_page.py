"""The demo's web host in a browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from demo.webhost.zone import StandInHost
from tests.dns_cases import DOMAIN
from tests.e2e.accessibility import readers
from tests.e2e.conftest import Portal

SHOTS = os.environ.get("SCREENSHOTS")


@pytest.fixture(autouse=True)
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> StandInHost:
    made = StandInHost(DOMAIN, tmp_path / "zone")
    monkeypatch.setattr("demo.web.webhost.zone_host", lambda zone: made)
    return made


def test_it_is_in_order_for_everybody(portal: Portal) -> None:
    assert [fault for reader in readers(portal, None) for fault in reader.faults("/demo/web-host/")] == []


def test_a_record_is_mended_by_hand(portal: Portal, host: StandInHost) -> None:
    window = portal.page(javascript=False)
    window.goto("/demo/web-host/")
    row = window.get_by_role("form", name="lyncdiscover CNAME", exact=True)
    row.get_by_label("Værdi").fill("lync discover")
    row.get_by_role("button", name="Gem").click()
    # What is refused stays, to be mended.
    expect(row.get_by_label("Værdi")).to_have_value("lync discover")
    row.get_by_label("Værdi").fill("lyncdiscover.flexskype.dk.")
    row.get_by_role("button", name="Gem").click()

    expect(window.get_by_text("Recorden er ændret.")).to_be_visible()
    assert "lyncdiscover CNAME lyncdiscover.flexskype.dk." in {entry.key for entry in host.entries()}
