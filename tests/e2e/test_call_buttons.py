"""The buttons of a call, pressed in a browser: what they do is what phones hear, through the real controller."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from demo.sipclient.sound import SoundPhone
from myfone.kernel import clock
from myfone.kernel.gateways import gateway
from myfone.tenancy.context import tenant
from stack.controller import Controller
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from telephony.gateways.controller.live import SocketCallControl
from telephony.models import PhoneKind, Queue, QueueCall
from telephony.services import queues
from tests.contract.calling import Office
from tests.contract.conftest import office
from tests.contract.controlling import controller, heard, relay, switch
from tests.contract.switching import as_superuser, eventually
from tests.e2e.accessibility import breaches
from tests.e2e.conftest import Portal

__all__ = ["controller", "office", "relay", "switch"]


@pytest.fixture
def desks(office: Office, controller: Controller, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Mette (203), Line (205) and Sara (201) with a desk phone each, and a portal that asks the real controller."""
    gateway.cache_clear()
    monkeypatch.setattr(
        "telephony.gateways.controller.fake.gateway", lambda: SocketCallControl(str(controller.socket))
    )
    assert eventually(lambda: heard() is not None)
    yield office
    gateway.cache_clear()


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("MYFONE_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_call_is_held_sent_on_and_begun_by_clicking(portal: Portal, desks: Office) -> None:
    office = desks
    line, mette = (office.connect(name, made=SoundPhone) for name in ("line", "mette"))
    sara = office.connect("sara", made=SoundPhone, answers_after=0.2)
    page = portal.page(portal.cast.mette)
    call = line.call("203")
    taken = mette.rung()
    taken.answer()
    call.wait("up")
    mette.hears(taken, line.letter)

    page.goto("/")
    buttons = page.get_by_role("region", name="Opkald lige nu")
    expect(buttons.get_by_role("button", name="Læg på")).to_be_visible()
    shot(page, "call-buttons")
    assert breaches(page, "/") == []
    small = portal.page(portal.cast.mette, width=390, theme="dark")
    small.goto("/")
    expect(small.get_by_role("button", name="Læg på")).to_be_visible()
    assert small.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    shot(small, "call-buttons-dark-390")
    buttons.get_by_role("button", name="Sæt på hold").click()
    expect(page.get_by_text("Samtalen er på hold.")).to_be_visible()
    buttons.get_by_role("button", name="Fortsæt").click()
    expect(page.get_by_text("I kan høre hinanden igen.")).to_be_visible()
    mette.hears(taken, line.letter)

    buttons.get_by_role("link", name="Stil om…", exact=True).click()
    page.get_by_role("searchbox").fill("Sara")
    expect(page.get_by_role("button", name="Stil om – Line Mark")).to_have_count(0)
    shot(page, "call-send")
    assert breaches(page, "/calls/send/") == []
    page.get_by_role("button", name="Stil om – Sara Abildgaard").click()
    expect(page.get_by_text("Sara Abildgaard har samtalen nu.")).to_be_visible()
    shot(page, "call-sent")
    taken.wait("ended")
    other = sara.rung()
    sara.hears(other, line.letter)
    line.hears(call, sara.letter)
    call.hang_up()
    other.wait("ended")

    page.goto("/")
    page.get_by_role("button", name="Ring op – Sara Abildgaard").click()
    begun = mette.rung(after=1)
    begun.answer()
    expect(page.get_by_text("Du har forbindelse med Sara Abildgaard.")).to_be_visible()
    answered = sara.rung(after=1)
    sara.hears(answered, mette.letter)
    page.get_by_role("button", name="Læg på").click()
    expect(page.get_by_text("Samtalen er slut.")).to_be_visible()
    answered.wait("ended")

    # Two calls of one's own are put together, and a call is taken to another phone of one's own.
    call = line.call("203")
    taken = mette.rung(after=2)
    taken.answer()
    call.wait("up")
    asked = mette.call("201").wait("up")
    page.goto("/")
    page.get_by_role("button", name="Sæt sammen med Sara Abildgaard").click()
    expect(page.get_by_text("De taler med hinanden nu.")).to_be_visible()
    taken.wait("ended")
    asked.wait("ended")
    last = sara.rung(after=2)
    sara.hears(last, line.letter)
    line.hears(call, sara.letter)
    call.hang_up()
    last.wait("ended")

    office.equip(portal.cast.mette, "Zoiper", PhoneKind.SOFTPHONE)
    soft = office.connect("Zoiper", made=SoundPhone, answers_after=0.1)
    asked = mette.call("201").wait("up")
    page.goto("/")
    page.get_by_role("button", name="Tag den på Zoiper").click()
    expect(page.get_by_text("Samtalen fortsætter på Zoiper.")).to_be_visible()
    asked.wait("ended")
    fetched = soft.rung()
    soft.hears(fetched, sara.letter)
    sara.hears(sara.rung(after=3), soft.letter)
    fetched.hang_up()

    # A queue's call goes to a colleague, and its agent is free for the next one.
    queue, missed = _missed(portal, "+4522334455")
    page.goto(f"/queues/{queue.public_id}/")
    page.get_by_role("button", name="Log ind – Salg").click()
    call = line.call("230")
    taken = mette.rung(after=3).wait("ringing")
    taken.answer()
    call.wait("up")
    page.goto("/")
    page.get_by_role("link", name="Stil om…", exact=True).click()
    page.get_by_role("searchbox").fill("Sara")
    page.get_by_role("button", name="Stil om – Sara Abildgaard").click()
    expect(page.get_by_text("Sara Abildgaard har samtalen nu.")).to_be_visible()
    taken.wait("ended")
    last = sara.rung(after=4)
    sara.hears(last, line.letter)
    line.hears(call, sara.letter)
    page.goto(f"/queues/{queue.public_id}/")
    expect(page.get_by_text("Klar til næste opkald").first).to_be_visible()
    call.hang_up()
    last.wait("ended")

    # Whom a queue missed is taken and called by one click, and done when the number is reached.
    office.trunk.answers_after = 0
    page.goto(f"/queues/{queue.public_id}/")
    page.get_by_role("button", name="Jeg ringer tilbage").click()
    expect(page.get_by_text("Du ringer tilbage. De andre kan se det.")).to_be_visible()
    assert _fresh(portal, missed).done_at is None
    back = mette.rung(after=4)
    back.answer()
    expect(page.get_by_text("Du har forbindelse med 22 33 44 55.")).to_be_visible()
    assert eventually(lambda: _fresh(portal, missed).done_how == "reached")
    assert _fresh(portal, missed).done_by_id == portal.cast.mette.actor.employee_id
    back.hang_up()


def test_what_is_down_is_said_while_the_call_goes_on(
    portal: Portal, desks: Office, controller: Controller, switch: Kamailio, postgres: Postgres
) -> None:
    line, mette = (desks.connect(name, made=SoundPhone) for name in ("line", "mette"))
    call = line.call("203")
    taken = mette.rung()
    taken.answer()
    call.wait("up")
    page = portal.page(portal.cast.mette)
    page.goto("/")
    expect(page.get_by_role("button", name="Læg på")).to_be_visible()
    for service, table, said in (
        (controller, "controller", "Samtaler kan ikke styres herfra"),
        (switch, "heartbeat", "Telefonsystemet svarer ikke"),
    ):
        expect(page.get_by_text(said)).to_have_count(0)
        service.kill()
        # Half a minute without a word passes.
        as_superuser(postgres, f"UPDATE switch.{table} SET seen_at = seen_at - interval '30 seconds'")
        page.goto("/")
        expect(page.get_by_text(said)).to_be_visible()
        expect(page.get_by_role("button", name="Læg på")).to_have_count(0)
        mette.hears(taken, line.letter)
        line.hears(call, mette.letter)
    expect(page.get_by_text("blev sidst hørt")).to_be_visible()
    switch.start()
    line.hang_up(call)
    mette.hang_up(taken)


def _missed(portal: Portal, number: str) -> tuple[Queue, QueueCall]:
    """Make a queue of Mette's that has missed a caller."""
    cast, at = portal.cast, clock.now()
    with tenant(cast.sara.actor):
        queue = queues.save_queue(
            actor=cast.sara.actor, queue=None, draft=queues.Draft("Salg", "230", wrap_up_seconds=0)
        )
        queues.enrol(actor=cast.sara.actor, queue=queue, employee=cast.mette.employee)
        missed = QueueCall(
            customer=cast.bixen, queue=queue, call_id="missed", t_index=1, t_label=1, state="ended",
            caller=number, outcome="abandoned", entered_at=at, ended_at=at,
        )  # fmt: skip
        missed.save()
    return queue, missed


def _fresh(portal: Portal, row: QueueCall) -> QueueCall:
    with tenant(portal.cast.sara.actor) as actor:
        return QueueCall.objects.visible_to(actor).get(pk=row.pk)
