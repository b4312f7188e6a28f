"""A direct number that is led to a queue in the browser rings the queue's agents at the next call, on real phones."""

from __future__ import annotations

from playwright.sync_api import expect

from demo.sipclient.phone import SipPhone
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from telephony.services import queues
from telephony.services.queues import Draft
from tests.contract.calling import Office
from tests.contract.conftest import office, switch
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


def rings(office: Office, phone: SipPhone, *, after: int = 0) -> None:
    """Call the number from outside, and see the phone ring."""
    call = office.trunk.call("+4569142403", domain=f"{office.switch.address}:{office.switch.port}")
    ringing = phone.rung(after=after)
    phone.answer(ringing)
    call.wait("up")
    call.hang_up()
    ringing.wait("ended")
