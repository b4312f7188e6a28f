"""A queue in the browser and on real phones: who signs in there is rung for the next call, and who signs out is not."""

from __future__ import annotations

import datetime as dt
import os
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from telephony.models import PublicHoliday, Queue, QueueCall
from telephony.services import queues
from telephony.services.queues import Draft
from tests.contract.calling import Office
from tests.contract.conftest import office, switch
from tests.contract.switching import eventually
from tests.contract.test_queues import dial, open_queue
from tests.e2e.accessibility import breaches, turn
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
    expect(watched.get_by_text("venter på en, der er ledig")).to_be_visible()
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


def test_each_strategy_chosen_in_the_browser_brings_two_callers_to_the_agents_that_it_says(
    portal: Portal, office: Office
) -> None:
    cast = office.cast
    queue = open_queue(office, cast.sara, cast.mette, cast.line, ring_seconds=20)
    agents = {name: office.connect(name) for name in ("sara", "mette", "line")}
    for agent in agents.values():
        assert dial(agent, "2*230")[0] == 480
    for name in ("peter", "other"):
        office.equip(cast.peter, name)
    callers = [office.connect(name) for name in ("peter", "other")]
    page = portal.page(cast.sara, javascript=False)

    def ringing() -> set[str]:
        return {
            name for name, agent in agents.items() if any(call.state == "ringing" for call in agent.calls)
        }

    for strategy, rung in (
        ("Alle på én gang", [{"sara", "mette", "line"}, {"sara", "line"}]),
        # Who took none, then whoever of the others has been free for longer.
        ("Den, der har taget færrest opkald i dag", [{"sara"}, {"mette"}]),
        ("Den, der har været ledig længst", [{"line"}, {"sara"}]),
        # Whoever was offered a call longest ago.
        ("På skift", [{"mette"}, {"line"}]),
    ):
        page.goto(f"/queues/{queue.public_id}/edit/")
        page.get_by_label(strategy, exact=True).check()
        _save(page)
        calls_up = []
        for caller, expected in zip(callers, rung, strict=True):
            call = caller.call("230")
            assert eventually(lambda expected=expected: ringing() == expected), (strategy, ringing())
            taker = "mette" if "mette" in expected else min(expected)
            next(one for one in agents[taker].calls if one.state == "ringing").answer()
            calls_up.append(call.wait("up"))
            assert eventually(lambda: ringing() == set()), ringing()
        assert eventually(lambda: _calls(office)[-2:] == ["talking"] * 2)
        for number, call in enumerate(calls_up, 1):
            call.hang_up()
            assert eventually(lambda number=number: _calls(office)[-2:].count("ended") == number)


def test_a_queue_rings_by_the_hours_holidays_and_days_that_were_chosen(
    portal: Portal, office: Office
) -> None:
    cast = office.cast
    queue = open_queue(office, cast.mette, ring_seconds=20)
    mette, line = office.connect("mette"), office.connect("line")
    office.trunk.answers_after = 0
    assert dial(mette, "2*230")[0] == 480
    page = portal.page(cast.sara, javascript=False)
    today = timezone.localdate()
    tomorrow = today + dt.timedelta(days=1)  # which it may be before the test is over

    def rings(*, agent: int, outside: int) -> None:
        """Call, and see how often the agent and where closed calls go have been rung."""
        call = line.call("230")
        if len(office.trunk.times("rings")) < outside:
            call.wait("up")
        else:
            mette.rung(after=agent - 1).wait("ringing")
        call.hang_up()
        call.wait("ended")
        assert (len(mette.times("rings")), len(office.trunk.times("rings"))) == (agent, outside)

    def opened(queue: Queue, **hours: str) -> None:
        page.goto(f"/queues/{queue.public_id}/edit/")
        page.get_by_label("Åben på disse tider").check()
        for day, span in hours.items():
            page.locator(f"input[name={day}]").fill(span)
        page.get_by_label("Lukket på helligdage i").select_option(label="Sverige")
        page.get_by_label("Opkald uden for åbningstiden går videre til").fill("22334455")
        _save(page)

    opened(queue, **{f"day{(today + dt.timedelta(days=3)).isoweekday()}": "8-16"})
    rings(agent=0, outside=1)
    opened(queue, **{f"day{day}": "0-24" for day in range(1, 8)})
    rings(agent=1, outside=1)
    # A public holiday goes before the week, and a day that is different before both.
    for day in (today, tomorrow):
        PublicHoliday.objects.get_or_create(country="SE", day=day, defaults={"name": "Fri", "name_en": "Off"})
    rings(agent=1, outside=2)
    page.goto(f"/queues/{queue.public_id}/days/")
    page.get_by_label("Første dag").fill(f"{today:%Y-%m-%d}")
    page.get_by_label("Sidste dag").fill(f"{tomorrow:%Y-%m-%d}")
    page.locator("[name=hours]").fill("0-24")
    page.get_by_role("button", name="Tilføj dagene").click()
    expect(page.get_by_text("Gemt. Det gælder fra næste opkald.")).to_be_visible()
    rings(agent=2, outside=2)


def _save(page: Page) -> None:
    page.get_by_role("button", name="Gem", exact=True).click()
    expect(page.get_by_text("Gemt. Det gælder fra næste opkald.")).to_be_visible()


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


def test_the_pages_are_sound(portal: Portal) -> None:
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
    page = portal.page(cast.sara)
    here = f"/queues/{queue.public_id}/"
    # The walk over every page sees those of an agent; here are the full one, and what an administrator has.
    for name, path in (("queue", here), ("edit", f"{here}edit/"), ("agents", f"{here}agents/")):
        page.goto(path)
        if name == "edit":
            page.get_by_label("Åben på disse tider").check()
        for theme, width in (("light", 1440), ("dark", 390)):
            turn(page, theme, width)
            assert breaches(page, f"{path} {theme} {width}") == []
            assert page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            )
            if folder := os.environ.get("MYFONE_SHOTS"):
                page.screenshot(path=f"{folder}/queue-{name}-{theme}-{width}.png", full_page=True)
