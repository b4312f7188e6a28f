"""Numbers, pickup groups and blocked callers, set in the browser: the next call goes by them, on real phones."""

from __future__ import annotations

from playwright.sync_api import expect

from demo.sipclient.phone import SipPhone
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from telephony.services import queues
from telephony.services.queues import Draft
from tests.contract.calling import Office
from tests.contract.conftest import office, switch
from tests.contract.switching import eventually
from tests.contract.test_queues import dial
from tests.e2e.conftest import Portal

__all__ = ["office", "switch"]


def test_a_number_led_to_a_queue_rings_its_agent_at_the_next_call(portal: Portal, office: Office) -> None:
    cast = portal.cast
    line, mette = office.connect("line"), office.connect("mette")
    with tenant(cast.sara.actor):
        queue = queues.save_queue(actor=cast.sara.actor, queue=None, draft=Draft("Support", "240"))
        agent = queues.enrol(actor=cast.sara.actor, queue=queue, employee=cast.line.employee)
        queues.sign(actor=cast.sara.actor, member=agent, signs_in=True, until=None, at=clock.now())
    rings(office, mette)

    page = portal.page(cast.sara, javascript=False)
    page.goto("/settings/")
    page.get_by_role("link", name="Numre").click()
    page.get_by_role("link", name="+45 69 14 24 03").click()
    page.get_by_label("Søg blandt medarbejdere og køer").fill("supp")
    page.get_by_role("button", name="Søg").first.click()
    page.get_by_role("link", name="Support").click()
    expect(page.get_by_role("main")).to_contain_text(
        "+45 69 14 24 03 kommer til at ringe i køen Support i stedet for hos Mette Hansen."
    )
    page.get_by_role("button", name="Gem").click()
    expect(page.get_by_text("ringer i køen Support fra næste opkald")).to_be_visible()
    rings(office, line)
    assert len([call for call in mette.calls if not call.outgoing]) == 1

    page.get_by_role("button", name="Fortryd").click()
    expect(page.get_by_text("ringer hos Mette Hansen fra næste opkald")).to_be_visible()
    rings(office, mette, after=1)


def test_a_group_takes_a_call_and_a_blocked_number_rings_no_more(portal: Portal, office: Office) -> None:
    cast = portal.cast
    sara, mette, line = (office.connect(name) for name in ("sara", "mette", "line"))
    admin, page = (portal.page(person, javascript=False) for person in (cast.sara, cast.mette))
    admin.goto("/colleagues/pickup/")
    admin.get_by_label("Navn", exact=True).fill("Salg")
    for name in ("Line Mark", "Mette Hansen"):
        admin.get_by_label(name).check()
    admin.get_by_role("button", name="Opret gruppen").click()
    expect(admin.get_by_text("Salg er oprettet.")).to_be_visible()
    call = sara.call("203")
    mette.rung().wait("ringing")
    assert eventually(lambda: dial(line, "88*") == (480, "Henter opkald fra Sara Abildgaard"))
    line.rung().answer()
    call.wait("up").hang_up()
    assert mette.rung().wait("ended").status == 487

    switch = f"{office.switch.address}:{office.switch.port}"
    caller = (("P-Asserted-Identity", "<sip:+4522334455@trunk.invalid>"),)
    page.goto("/calls/blocked/")
    page.get_by_label("Nummer, der skal spærres").fill("22334455")
    page.get_by_role("button", name="Spær", exact=True).click()
    expect(page.get_by_role("button", name="Luk igennem")).to_be_visible()
    call = office.trunk.call("+4569142403", domain=switch, headers=caller)
    assert call.wait("ended").status == 480
    assert len(mette.times("rings")) == 1
    page.get_by_role("button", name="Luk igennem").click()
    expect(page.get_by_text("Intet nummer er spærret")).to_be_visible()
    call = office.trunk.call("+4569142403", domain=switch, headers=caller)
    mette.rung(after=1).wait("ringing")
    call.hang_up()


def rings(office: Office, phone: SipPhone, *, after: int = 0) -> None:
    """Call the number from outside, and see the phone ring."""
    call = office.trunk.call("+4569142403", domain=f"{office.switch.address}:{office.switch.port}")
    ringing = phone.rung(after=after)
    phone.answer(ringing)
    call.wait("up")
    call.hang_up()
    ringing.wait("ended")
