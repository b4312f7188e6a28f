"""A queue in the browser and on real phones: who signs in there is rung for the next call, and who signs out is not."""

from __future__ import annotations

import datetime as dt
import os
import re

import pytest
from playwright.sync_api import Page, expect

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from telephony.models import QueueCall
from telephony.services import queues
from telephony.services.queues import Draft
from tests.contract.calling import Office
from tests.contract.conftest import office, switch
from tests.contract.switching import eventually
from tests.e2e.accessibility import breaches
from tests.e2e.conftest import Portal

__all__ = ["office", "switch"]


def test_who_signs_in_in_the_browser_is_rung_for_the_next_call(
    portal: Portal, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without the process of streams pages ask again after this time.
    monkeypatch.setattr("myfone.live.views.RETRY", 500)
    cast = portal.cast
    line, mette = office.connect("line"), office.connect("mette")
    admin = portal.page(cast.sara, javascript=False)
    admin.goto("/queues/")
    admin.get_by_role("main").get_by_role("link", name="Ny kø").first.click()
    admin.get_by_label("Navn", exact=True).fill("Salg")
    admin.get_by_label("Lokalnummer", exact=True).fill("230")
    admin.get_by_label("Sekunders hvil efter et opkald").fill("0")
    admin.get_by_role("button", name="Opret køen").click()
    admin.get_by_label("Medarbejder", exact=True).select_option(label="Mette Hansen")
    admin.get_by_role("button", name="Tilføj").click()
    expect(admin.get_by_text("Mette Hansen er nu agent")).to_be_visible()

    page = portal.page(cast.mette, javascript=False)
    page.goto("/queues/")
    page.get_by_role("link", name="Salg", exact=True).click()
    page.get_by_role("button", name="Log ind – Salg").click()
    expect(page.get_by_text("Du er logget ind i Salg.")).to_be_visible()
    expect(page.get_by_text("Klar til næste opkald").first).to_be_visible()
    call = line.call("230")
    mette.rung().answer()
    call.wait("up")
    assert eventually(lambda: _calls(office) == ["talking"])
    page.reload()
    expect(page.get_by_text("I samtale siden").first).to_be_visible()
    call.hang_up()
    assert eventually(lambda: _says(page, "Klar til næste opkald"))

    page.get_by_role("button", name="Log ud – Salg").click()
    expect(page.get_by_text("Du er logget ud af Salg.")).to_be_visible()
    watched = portal.page(cast.sara)
    watched.goto(page.url)
    waits = line.call("230")
    assert eventually(lambda: _calls(office) == ["ended", "waiting"])
    # The page follows by itself; nobody is rung meanwhile.
    expect(watched.get_by_text("venter på en, der er ledig")).to_be_visible(timeout=15_000)
    assert len([call for call in mette.calls if not call.outgoing]) == 1
    # Who is signed out meanwhile is asked to sign in, and loses no part of the page before.
    watched.context.clear_cookies()
    again = "htmx.ajax('GET', location.pathname, {target: '#live-queue', select: '#live-queue', swap: 'outerHTML'})"
    watched.evaluate(f"void {again}")
    expect(watched).to_have_url(re.compile("/account/login/"))
    waits.hang_up()
    waits.wait("ended")
    assert eventually(lambda: _calls(office) == ["ended", "ended"])
    page.reload()
    page.get_by_role("button", name="Jeg ringer tilbage").click()
    expect(page.get_by_text("Du ringer tilbage", exact=True)).to_be_visible()


def _calls(office: Office) -> list[str]:
    """Return how the queue's calls stand; the switch writes that after it has answered the phones."""
    actor = office.cast.sara.actor
    with tenant(actor):
        return list(
            QueueCall.objects.visible_to(actor).order_by("entered_at").values_list("state", flat=True)
        )


def _says(page: Page, text: str) -> bool:
    page.reload()
    return page.get_by_text(text).first.is_visible()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_pages_are_sound(portal: Portal, theme: str, width: int) -> None:
    cast = portal.cast
    actor = cast.sara.actor
    at = clock.now()
    with tenant(actor):
        queue = queues.save_queue(actor=actor, queue=None, draft=Draft("Salg", "230", overflow="+4570121212"))
        mette, _line, sara = (
            queues.enrol(actor=actor, queue=queue, employee=person.employee)
            for person in (cast.mette, cast.line, cast.sara)
        )
        queues.sign(actor=actor, member=mette, signs_in=True, until=None, at=at)
        queues.sign(actor=actor, member=sara, signs_in=True, until=at + dt.timedelta(hours=2), at=at)
        queues.pause(actor=actor, members=[mette], reason=queues.PauseReason.LUNCH, at=at)
        for number in range(14):
            came = at - dt.timedelta(minutes=23 * number)
            is_answered = number % 4 != 1
            QueueCall(
                customer=cast.bixen,
                queue=queue,
                call_id=f"call-{number}",
                t_index=0,
                t_label=0,
                caller=f"+45223344{number:02}",
                state="ended" if number else "waiting",
                outcome=("answered" if is_answered else "abandoned") if number else "",
                entered_at=came,
                answered_at=came + dt.timedelta(seconds=12 + number) if number and is_answered else None,
                ended_at=came + dt.timedelta(seconds=31) if number else None,
            ).save()
    page = portal.page(cast.sara, width=width, theme=theme)
    here = f"/queues/{queue.public_id}/"
    # The walk over every page sees those of an agent; here are the full one, and what an administrator has.
    for name, path in (("queue", here), ("edit", f"{here}edit/"), ("agents", f"{here}agents/")):
        page.goto(path)
        if name == "edit":
            page.get_by_label("Åben på disse tider").check()
        assert breaches(page, path) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        if folder := os.environ.get("MYFONE_SHOTS"):
            page.screenshot(path=f"{folder}/queue-{name}-{theme}-{width}.png", full_page=True)
