"""A call arrives, and the page shows it while one looks: Today over the stream, from a real call at the switch."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack import ports
from stack.haproxy import HAProxy
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from telephony.models import Forward, PhoneKind, PhoneOutage, Queue, QueueCall, RingProfile, SipDomain
from telephony.services import phones, profiles, queues
from telephony.services.queues import Draft
from tests.cast import Cast
from tests.contract.calling import Office, open_office
from tests.contract.switching import database_url
from tests.e2e.accessibility import breaches, turn
from tests.e2e.conftest import Portal
from tests.streams import streams

OUTSIDE = "22 33 44 55".replace(" ", "\N{NO-BREAK SPACE}")


@dataclass
class Streams:
    """The process of streams, which tests end and start again."""

    closing: ExitStack
    port: int = 0

    def start(self) -> None:
        self.port = self.closing.enter_context(streams(self.port))

    def end(self) -> None:
        self.closing.close()


@pytest.fixture
def live() -> Iterator[Streams]:
    with ExitStack() as closing:
        live = Streams(closing)
        live.start()
        yield live


@pytest.fixture
def front(portal: Portal, live: Streams, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HAProxy]:
    """The portal and the process of streams behind one address, as in production."""
    directory = tmp_path_factory.mktemp("haproxy")
    address = ports.loopback(directory)
    with (
        HAProxy(
            directory,
            sip_server=f"{address}:9",
            web_server=portal.url.removeprefix("http://"),
            live_server=f"127.0.0.1:{live.port}",
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


def test_a_call_shows_while_one_looks(
    portal: Portal, front: HAProxy, office: Office, live: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("myfone.live.views.RETRY", 500)
    line, mette = office.connect("line"), office.connect("Bordtelefon i Aarhus")
    page = portal.page(portal.cast.mette)
    page.goto("/")
    expect(page.locator("html[data-live=on]")).to_have_count(1)
    page.evaluate("window.before = true")
    now = page.locator("[data-live=now]")
    expect(now.get_by_role("region")).to_have_count(0)
    colleague = page.locator("li", has=page.get_by_role("link", name="Line Mark"))
    expect(colleague.get_by_text("Ledig")).to_be_visible()

    # What became of the call before is not said above this one.
    page.evaluate("""document.querySelector("[data-live=now]").insertAdjacentHTML(
        "beforebegin", '<div class="notice success" id="outcome">Line Mark har samtalen nu.</div>')""")
    call = line.call("203")
    ringing = mette.rung()
    expect(now.get_by_role("region").get_by_text("Line Mark")).to_be_visible()
    expect(now.get_by_text("Ringer på Bordtelefon i Aarhus siden")).to_be_visible()
    expect(page.locator("#outcome")).to_have_count(0)
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
    outside = office.trunk.call("+4569142403", domain=switch, headers=caller)
    expect(now.get_by_role("region").get_by_text(OUTSIDE)).to_be_visible()
    # Without the process of streams the page asks the portal how it stands, and follows again when that is back.
    live.end()
    outside.hang_up()
    expect(now.get_by_role("region")).to_have_count(0)
    live.start()
    office.trunk.call("+4569142403", domain=switch, headers=caller)
    expect(now.get_by_role("region").get_by_text(OUTSIDE)).to_be_visible()
    expect(page.locator("html[data-live=on]")).to_have_count(1)
    expect(page.locator(".live-state")).to_have_count(0)
    assert page.evaluate("window.before")  # the same page all the time

    still = portal.page(portal.cast.mette, javascript=False, width=390, theme="dark")
    still.goto("/")
    expect(still.locator("[data-live=now]").get_by_text(OUTSIDE)).to_be_visible()
    assert still.locator("body").evaluate("e => e.scrollWidth <= 390")
    shot(still, "live-still-dark-390")


def office_of_today(cast: Cast) -> Queue:
    """Mette with ring profiles, in a queue where two wait, with a forward and a pause."""
    assert cast.mette.employee is not None
    at = clock.now()
    with tenant(cast.sara.actor):
        queue = queues.save_queue(actor=cast.sara.actor, queue=None, draft=Draft("Salg", "230"))
        other = queues.save_queue(actor=cast.sara.actor, queue=None, draft=Draft("Support", "231"))
        for one in (queue, other):
            member = queues.enrol(actor=cast.sara.actor, queue=one, employee=cast.mette.employee)
            queues.sign(actor=cast.mette.actor, member=member, signs_in=True, until=None, at=at)
    with tenant(cast.mette.actor):
        profiles.create_templates(actor=cast.mette.actor, employee=cast.mette.employee)
        queues.pause(actor=cast.mette.actor, members=[member], reason=queues.PauseReason.LUNCH, at=at)
        came = at - dt.timedelta(seconds=48)
        QueueCall(
            customer=cast.bixen,
            queue=queue,
            call_id="c",
            t_index=0,
            t_label=0,
            state="waiting",
            entered_at=came,
        ).save()
        home = RingProfile.objects.visible_to(cast.mette.actor).get(
            employee=cast.mette.employee, template="home"
        )
        profiles.choose(
            actor=cast.mette.actor,
            profile=home,
            until=at + dt.timedelta(hours=2),
            at=at - dt.timedelta(seconds=1),
        )
        Forward(customer=cast.bixen, employee=cast.mette.employee, number="+4522334455").save()
    with tenant(cast.sara.actor):
        domain = SipDomain(customer=cast.bixen, name="it-bixen.dk")
        domain.save()
        phone, _ = phones.add_sip_phone(
            actor=cast.sara.actor,
            employee=cast.mette.employee,
            sip_domain=domain,
            kind=PhoneKind.DESK,
            at=at,
        )
        PhoneOutage(customer=cast.bixen, employee=cast.mette.employee, phone=phone).save()
    return queue


def test_what_meets_calls_changes_while_one_looks(
    portal: Portal, front: HAProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = portal.cast
    page = portal.page(cast.mette)
    page.goto("/")
    expect(page.locator("html[data-live=on]")).to_have_count(1)
    expect(page.get_by_text("Intet holder opkald fra dig.")).to_be_visible()
    queue = office_of_today(cast)
    expect(page.get_by_text("Alle dine opkald går til 22 33 44 55")).to_be_visible()
    expect(page.get_by_text("Pause i Support")).to_be_visible()
    expect(page.get_by_text("1 venter · 0 af 1 kan tage et opkald nu")).to_be_visible()
    shot(page, "today-strip")
    assert breaches(page, "/") == []
    # What came over the stream can be used as it stands.
    page.get_by_role("button", name="Stop viderestilling").click()
    expect(page.get_by_text("Alle dine opkald går til")).to_have_count(0)
    page.get_by_role("button", name="Log ud – Salg").click()
    expect(page.get_by_text("Logget ud manuelt")).to_be_visible()
    # A queue's own page is fetched when it changes, and not else.
    page.goto(f"/queues/{queue.public_id}/")
    expect(page.locator("html[data-live=on]")).to_have_count(1)
    with tenant(cast.mette.actor):
        QueueCall.objects.visible_to(cast.mette.actor).update(state="ended", ended_at=clock.now())
    expect(page.get_by_text("Ingen venter.")).to_be_visible()


def test_today_is_sound_with_all_that_it_can_say(portal: Portal) -> None:
    office_of_today(portal.cast)
    page = portal.page(portal.cast.mette)
    page.goto("/")
    page.locator("#bell").click()
    for theme, width in (("dark", 1440), ("dark", 390), ("light", 390)):
        turn(page, theme, width)
        expect(page.get_by_text("Bordtelefon gik offline")).to_be_visible()
        assert breaches(page, f"/ {theme} {width}") == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        shot(page, f"today-{theme}-{width}")
