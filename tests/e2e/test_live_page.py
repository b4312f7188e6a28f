"""A call arrives, and the page shows it while one looks: Today over the stream, from a real call at the switch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from stack import ports
from stack.haproxy import HAProxy
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from tests.contract.calling import Office, open_office
from tests.contract.switching import database_url
from tests.e2e.accessibility import breaches
from tests.e2e.conftest import Portal
from tests.streams import streams

OUTSIDE = "22 33 44 55".replace(" ", "\N{NO-BREAK SPACE}")


@pytest.fixture
def front(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HAProxy]:
    """The portal and the process of streams behind one address, as in production."""
    directory = tmp_path_factory.mktemp("haproxy")
    address = ports.loopback(directory)
    with (
        streams() as live,
        HAProxy(
            directory,
            sip_server=f"{address}:9",
            web_server=portal.url.removeprefix("http://"),
            live_server=f"127.0.0.1:{live}",
            address=address,
            https_port=ports.free_port(address),
            sips_port=ports.free_port(address),
            http_port=ports.free_port(address),
            portal_port=ports.free_port(),
        ) as front,
    ):
        portal.url = f"http://localhost:{front.portal_port}"
        yield front


@pytest.fixture
def office(portal: Portal, tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Office]:
    directory = tmp_path_factory.mktemp("kamailio")
    with (
        Kamailio(directory, database=database_url(postgres), address=ports.loopback(directory)) as switch,
        ExitStack() as closing,
    ):
        place = open_office(portal.cast, switch, closing)
        place.employ(portal.cast.line, "204", "69142404")
        place.employ(portal.cast.mette, "203", "69142403")
        place.equip(portal.cast.line, "line")
        place.equip(portal.cast.mette, "Bordtelefon i Aarhus")
        yield place


def shot(page: object, name: str) -> None:
    if folder := os.environ.get("MYFONE_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)  # type: ignore[attr-defined]


def test_a_call_shows_while_one_looks(portal: Portal, front: HAProxy, office: Office) -> None:
    line, mette = office.connect("line"), office.connect("Bordtelefon i Aarhus")
    page = portal.page(portal.cast.mette)
    page.goto("/")
    expect(page.locator("html[data-live=on]")).to_have_count(1)
    page.evaluate("window.before = true")
    now = page.locator("[data-live-now]")
    expect(now.get_by_role("region")).to_have_count(0)
    colleague = page.locator("li", has=page.get_by_role("link", name="Line Mark"))
    expect(colleague.get_by_text("Ledig")).to_be_visible()

    call = line.call("203")
    ringing = mette.rung()
    expect(now.get_by_role("region").get_by_text("Line Mark")).to_be_visible()
    expect(now.get_by_text("Ringer på Bordtelefon i Aarhus siden")).to_be_visible()
    shot(page, "live-rings")
    ringing.answer()
    call.wait("up")
    expect(now.get_by_text("I samtale på Bordtelefon i Aarhus siden")).to_be_visible()
    expect(colleague.get_by_text("I samtale")).to_be_visible()
    expect(page.get_by_role("region", name="Min status").get_by_text("I samtale")).to_be_visible()
    shot(page, "live-up")
    assert breaches(page, "/") == []
    call.hang_up()
    expect(now.get_by_role("region")).to_have_count(0)
    expect(colleague.get_by_text("Ledig")).to_be_visible()

    switch = f"{office.switch.address}:{office.switch.port}"
    caller = (("P-Asserted-Identity", "<sip:+4522334455@trunk.invalid>"),)
    office.trunk.call("+4569142403", domain=switch, headers=caller)
    expect(now.get_by_role("region").get_by_text(OUTSIDE)).to_be_visible()
    assert page.evaluate("window.before")  # the same page all the time

    still = portal.page(portal.cast.mette, javascript=False, width=390, theme="dark")
    still.goto("/")
    expect(still.locator("[data-live-now]").get_by_text(OUTSIDE)).to_be_visible()
    assert still.locator("body").evaluate("e => e.scrollWidth <= 390")
    shot(still, "live-still-dark-390")
