"""What is clicked and what is dialled: ring profiles, queues and presence with phones beside a browser.

One switch serves them all. What phones do is seen on the page, and what the page does is seen on the phones.
"""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from demo.sipclient.connection import tls
from demo.sipclient.phone import SipPhone
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.authority import Authority
from stack.haproxy import HAProxy
from telephony.models import ProfileChoice, QueueMember
from tests.cast import Person
from tests.contract.calling import Office
from tests.contract.conftest import authority, office, sip_front, source, switch, udp
from tests.contract.switching import Linked, Via, eventually
from tests.contract.test_queues import calls, dial, from_outside, open_queue
from tests.contract.watching import Watcher, activities, notes, phone
from tests.e2e.conftest import Portal

__all__ = ["authority", "office", "sip_front", "source", "switch", "udp"]

pytestmark = pytest.mark.usefixtures("switch")


def begun(portal: Portal, person: Person) -> Page:
    """Open somebody's ring profiles, made from the templates."""
    page = portal.page(person, javascript=False)
    page.goto("/profiles/")
    page.get_by_role("button", name="Lav mine profiler").click()
    return page


def saved(page: Page, **picked: str) -> None:
    """Choose where calls go in the profile that is open, by the names of its fields, and save it."""
    for name, what in picked.items():
        field = page.locator(f"#target-{name}")
        if field.locator("xpath=ancestor::details[not(@open)]").count():
            field.locator("xpath=ancestor::details/summary").click()
        if what[:1].isdigit():
            field.select_option("to")
            page.locator(f"input[name='target-{name}-to']").fill(what)
        else:
            field.select_option(label=what)
    page.get_by_role("button", name="Gem").click()
    expect(page.get_by_text("Gemt. Det gælder fra næste opkald.")).to_be_visible()


def says(page: Page, text: str) -> bool:
    page.reload()
    return page.get_by_text(text).first.is_visible()


def watching(office: Office, udp: Via) -> Watcher:
    """Line's desk phone, which shows how Mette is."""
    linked = Linked(office.cast.line, office.rows["line"])
    watcher = phone(linked, udp, office.accounts["line"].password)
    office.closing.callback(watcher.close)
    assert watcher.watch(str(office.rows["mette"])).status in (200, 202)
    watcher.wait_for("<basic>")
    watcher.follow()
    return watcher


def test_each_situation_sends_the_next_call_where_the_browser_says(portal: Portal, office: Office) -> None:
    cast = office.cast
    open_queue(office, cast.line)
    office.mobile(cast.mette, "mobile", "+4522334455")
    sara, line, trunk = office.connect("sara"), office.connect("line", answers_after=0), office.trunk
    trunk.answers_after = 0
    assert dial(line, "2*230")[0] == 480
    page = begun(portal, cast.mette)
    page.get_by_role("link", name="Kontoret").click()
    page.get_by_role("button", name="Fjern trin 2").click()
    page.get_by_label("Sekunder, som trin 1 ringer").fill("3")
    queue = "Til køen Kø 230 (230)"
    saved(
        page,
        **{"offline-everybody": "Som i På farten", "busy-everybody": "205", "no_answer-everybody": queue},
    )

    def reach(count: tuple[int, int], dialled: str = "203", caller: SipPhone = sara) -> None:
        """Call, and see how often Line's phone and the public network have been rung."""
        call = from_outside(office, dialled) if caller is trunk else caller.call(dialled)
        call.wait("up").hang_up()  # type: ignore[attr-defined]
        assert (len(line.times("rings")), len(trunk.times("rings"))) == count

    # Offline: the steps of another profile, which ring the mobile.
    reach((0, 1))
    desk = office.connect("mette", refuses=486)
    reach((1, 1))
    desk.refuses = 0
    reach((2, 1))
    assert line.times("rings")[1] - sara.times("calls")[-1] > 2.5
    assert desk.rung(after=1).wait("ended").status == 487

    # Always, apart for colleagues and callers from outside: a number, and a queue.
    saved(page, **{"always-internal": "22334466", "always-external": queue})
    reach((2, 2))
    assert trunk.rung(after=1).invite.start.startswith("INVITE sip:+4522334466@")  # type: ignore[union-attr]
    reach((3, 2), "+4569142403", trunk)
    assert eventually(lambda: calls(office) == [("ended", "answered")] * 2)
    assert len(desk.times("rings")) == 1
    # The history says of each why it went where it went.
    page.goto("/calls/?show=all")
    assert eventually(
        lambda: says(page, "Din profil “Kontoret” sendte det til køen Kø 230 · Line Mark tog den")
    )
    page.locator("#found a.row").first.click()
    expect(
        page.get_by_text("Profilen “Kontoret” hos Mette Hansen sender alle opkald til køen Kø 230.")
    ).to_be_visible()


def test_a_profile_brings_its_status_note_and_queue_and_takes_them_back(
    portal: Portal,
    office: Office,
    udp: Via,
) -> None:
    cast = office.cast
    queue = open_queue(office, cast.mette)
    mette, sara = office.connect("mette"), office.connect("sara")
    watcher = watching(office, udp)
    page = begun(portal, cast.mette)
    page.get_by_role("link", name="På farten").click()
    page.get_by_label("Status", exact=True).select_option(label="Straks tilbage")
    page.get_by_label("Note", exact=True).fill("Hos en kunde")
    saved(page)
    page.goto(f"/queues/{queue.public_id}/mine/")
    page.get_by_label("På farten").select_option(label="Logger mig ind")
    page.get_by_label("Kontoret").select_option(label="Logger mig ud")
    page.get_by_role("button", name="Gem").click()
    told = watcher.documents()[-1]
    assert ("Hos en kunde" in told, activities(told)) == (False, [])

    page.goto("/profiles/")
    page.get_by_role("button", name="Skift – På farten").click()
    told = watcher.wait_for("Hos en kunde")
    assert (notes(told)[0], activities(told)) == ("Hos en kunde", ["away"])
    rings = sara.call("230")
    mette.rung().answer()
    rings.wait("up").hang_up()
    page.goto(f"/queues/{queue.public_id}/")
    expect(page.get_by_text("Logget ind af ringeprofilen", exact=False).first).to_be_visible()

    # The time that was chosen passes, and nobody does anything.
    with tenant(cast.mette.actor) as actor:
        ProfileChoice.objects.visible_to(actor).filter(ended_at=None).update(
            until=clock.now() + dt.timedelta(seconds=1)
        )
    assert "away" not in activities(watcher.wait_for("<basic>", without="Hos en kunde"))
    assert eventually(lambda: says(page, "Logget ud af ringeprofilen"))
    # A code does the same as the click, and the browser shows it.
    assert dial(mette, "4*2")[0] == 480
    watcher.wait_for("Hos en kunde")
    page.goto("/profiles/")
    assert "På farten" in page.locator(".profile-row", has=page.get_by_text("Aktiv nu")).inner_text()
    page.get_by_role("button", name="Fortryd sidste valg").click()
    watcher.wait_for("<basic>", without="Hos en kunde")


def test_an_agent_who_does_not_answer_is_paused_says_why_and_goes_on(portal: Portal, office: Office) -> None:
    cast = office.cast
    queue = open_queue(office, cast.mette, cast.line, pause_after_missed=2)
    office.equip(cast.peter, "peter")
    mette, line, caller = (
        office.connect("mette", refuses=486),
        office.connect("line"),
        office.connect("peter"),
    )
    page, chief = (portal.page(person, javascript=False) for person in (cast.mette, cast.sara))
    page.goto(f"/queues/{queue.public_id}/")
    page.get_by_role("button", name="Log ind – Kø 230").click()
    first = caller.call("230")
    mette.rung(after=1)
    assert eventually(lambda: says(page, ": Svarede ikke"))
    assert eventually(lambda: calls(office) == [("waiting", "")])
    # A supervisor signs a colleague in, who is rung for whoever waits; the agent who is paused is not.
    chief.goto(f"/queues/{queue.public_id}/")
    expect(chief.get_by_text(re.compile("Pause siden .*: Svarede ikke"))).to_be_visible()
    chief.get_by_role("button", name="Log ind – Line Mark").click()
    line.rung().answer()
    first.wait("up")
    assert eventually(lambda: says(chief, "I samtale siden"))
    assert len(mette.times("refuses")) == 2
    mette.refuses = 0
    page.get_by_role("button", name="Slut pausen – Kø 230").click()
    second = caller.call("230")
    mette.rung(after=2).wait("ringing").answer()
    second.wait("up").hang_up()
    first.hang_up()
    # A pause with its reason, chosen on the page: her phone is silent, and rings again after the code.
    assert eventually(lambda: [state for state, _ in calls(office)] == ["ended"] * 2)
    page.reload()
    page.get_by_label("Grund til pausen").select_option(label="Frokost")
    page.get_by_role("button", name="Pause – Kø 230").click()
    line.refuses = 486
    third = caller.call("230")
    line.rung(after=1)
    assert len([one for one in mette.calls if not one.outgoing]) == 3
    assert dial(mette, "30*") == (480, "Pausen er slut")
    mette.rung(after=3).wait("ringing").answer()
    third.wait("up").hang_up()


def test_what_is_done_by_hand_or_by_the_toggle_code_holds_as_the_page_says(
    portal: Portal, office: Office
) -> None:
    cast = office.cast
    queue = open_queue(office, cast.mette)
    mette, line = office.connect("mette"), office.connect("line")
    chief, page = (portal.page(person, javascript=False) for person in (cast.sara, cast.mette))
    assert dial(mette, "22*230")[0] == 404
    chief.goto("/profiles/codes/edit/")
    chief.get_by_label("Én kode gør begge dele").check()
    chief.get_by_role("button", name="Gem").click()
    expect(chief.get_by_text("Koderne er ændret.")).to_be_visible()
    page.goto("/profiles/codes/")
    expect(page.get_by_text("22*")).to_be_visible()
    # What is switched off is not there for phones either.
    assert dial(mette, "2*230")[0] == 404
    assert dial(mette, "22*230") == (480, "Logget ind i Kø 230")
    page.goto(f"/queues/{queue.public_id}/")
    expect(page.get_by_text("Logget ind med en tastekode").first).to_be_visible()
    assert dial(mette, "22*230") == (480, "Logget ud af Kø 230")
    assert says(page, "Logget ud med en tastekode")
    assert dial(mette, "22*230")[0] == 480
    # By hand until a time: nobody rings until then, and the agent is signed in again without a click.
    page.reload()
    page.get_by_label("indtil").fill(f"{timezone.localtime() + dt.timedelta(hours=1):%H:%M}")
    page.get_by_role("button", name="Log ud – Kø 230").click()
    expect(page.get_by_text(", så tilbage igen").first).to_be_visible()
    call = line.call("230")
    assert eventually(lambda: calls(office) == [("waiting", "")])
    assert not mette.was_rung
    with tenant(cast.mette.actor) as actor:
        QueueMember.objects.visible_to(actor).filter(queue=queue).update(holds_until=clock.now())
    mette.rung().wait("ringing").answer()
    call.wait("up").hang_up()
    assert says(page, "fordi den valgte tid var gået")


def test_the_queues_page_follows_two_callers_and_three_agents(portal: Portal, office: Office) -> None:
    cast = office.cast
    queue = open_queue(office, cast.sara, cast.mette, cast.line, strategy="ring_all", max_length=1)
    agents = [office.connect(name) for name in ("sara", "mette", "line")]
    for name in ("peter", "other"):
        office.equip(cast.peter, name)
    callers = [office.connect(name) for name in ("peter", "other")]
    for agent in agents:
        assert dial(agent, "2*230")[0] == 480
    page = portal.page(cast.sara, javascript=False)
    page.goto(f"/queues/{queue.public_id}/")

    def seen(*expected: str) -> bool:
        """Say whether the page has this of Line, Mette and Sara."""
        page.reload()
        shown = page.locator("section[aria-labelledby=agents] .said").all_inner_texts()
        return len(shown) == 3 and all(map(str.startswith, shown, expected))

    assert seen(*["Klar til næste opkald"] * 3), page.locator("section[aria-labelledby=agents]").inner_text()
    first = callers[0].call("230")
    for agent in agents:
        agent.rung().wait("ringing")
    assert eventually(lambda: seen(*["Ringer siden"] * 3))
    agents[1].rung().answer()
    first.wait("up")
    assert eventually(lambda: seen("Klar til", "I samtale siden", "Klar til"))
    second = callers[1].call("230")
    agents[2].rung(after=1).wait("ringing")
    assert eventually(lambda: seen("Ringer siden", "I samtale siden", "Ringer siden"))
    agents[0].rung(after=1).answer()
    second.wait("up")
    assert eventually(lambda: seen("Klar til", "I samtale siden", "I samtale siden"))
    assert len(agents[1].times("rings")) == 1
    first.hang_up()
    second.hang_up()
    assert eventually(lambda: seen(*["Klar til næste opkald"] * 3))


def test_what_holds_calls_from_me_is_said_and_turned_off_in_the_browser(
    portal: Portal,
    office: Office,
    udp: Via,
    sip_front: HAProxy,
    authority: Authority,
) -> None:
    cast = office.cast
    office.equip(cast.mette, "second")
    inside = tls(
        sip_front.address, 443, host="sip.it-bixen.dk", ca_file=str(authority.root), source="127.203.8.9"
    )
    desk = office.connect("second", link=inside)
    mette, sara, line = (office.connect(name) for name in ("mette", "sara", "line"))
    watcher = watching(office, udp)
    page = begun(portal, cast.mette)
    # Its network goes: the bell says so by itself, at the end of this test.
    desk.close()
    assert dial(mette, "5*205") == (480, "Viderestillet til 205")
    page.goto("/")
    expect(page.get_by_text("Alle dine opkald går til 205")).to_be_visible()
    call = sara.call("203")
    line.rung().wait("ringing")
    call.hang_up()
    page.get_by_role("button", name="Stop viderestilling").click()
    call = sara.call("203")
    mette.rung().wait("ringing").answer()
    call.wait("up")
    # In a call: the phones are silent from the click on, and the call goes on.
    page.goto("/")
    page.get_by_role("button", name="Forstyr ikke").last.click()
    watcher.wait_for("do-not-disturb")
    assert line.call("203").wait("ended").status == 486
    assert (call.state, len(mette.times("rings"))) == ("up", 1)
    call.hang_up()
    page.locator("#strip-silent").click()
    call = sara.call("203")
    mette.rung(after=1).wait("ringing")
    call.hang_up()
    # A colleague's note reaches phones with what she wrote, and its owner with who wrote it.
    other = portal.page(cast.line, javascript=False)
    other.goto("/colleagues/?q=mette")
    other.get_by_role("link", name="Mette Hansen").click()
    other.get_by_label("Note", exact=True).fill("Ring til Lars")
    other.get_by_role("button", name="Gem").click()
    assert notes(watcher.wait_for("Ring til Lars"))[0] == "Ring til Lars"
    page.goto("/")
    expect(page.get_by_text(re.compile("Skrevet af Line Mark"))).to_be_visible()

    def bell() -> str:
        page.reload()
        return page.locator("[data-live=bell]").text_content() or ""

    assert eventually(lambda: "second gik offline" in bell(), seconds=25), bell()
    expect(page.get_by_text("second er ikke logget på")).to_be_visible()
