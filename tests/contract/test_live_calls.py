"""A call on any phone makes busy and lights the lamps, from the first ring to the end (G23)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from myfone.tenancy.context import tenant
from stack.controller import Controller
from telephony.gateways.controller import Place
from telephony.gateways.controller.live import SocketCallControl
from telephony.models import PhoneKind
from telephony.selectors.colleagues import Status, statuses
from telephony.selectors.live import LiveCall, now_of
from tests.contract.calling import Office
from tests.contract.controlling import carried, controller, relay, switch
from tests.contract.switching import Linked, Via, eventually
from tests.contract.watching import Watcher, phone

__all__ = ["carried", "controller", "relay", "switch"]
pytestmark = pytest.mark.usefixtures("carried")


@pytest.fixture
def lamp(office: Office, udp: Via) -> Iterator[Watcher]:
    """A desk phone of Line's whose key shows Mette's lamp, by her local number."""
    row = office.rows["line"]
    lamp = phone(Linked(office.cast.line, row), udp, password=office.accounts["line"].password)
    assert lamp.watch("203@it-bixen.dk", event="dialog").status in (200, 202)
    lamp.wait_for("<dialog-info", without="<state>")
    yield lamp
    lamp.close()


def status(office: Office, name: str) -> Status:
    person = getattr(office.cast, name)
    with tenant(person.actor):
        return statuses([person.employee.pk])[person.employee.pk]


def busy(office: Office, name: str) -> bool:
    return status(office, name).why == "call"


def test_a_call_makes_both_busy_until_it_ends(office: Office, lamp: Watcher) -> None:
    office.equip(office.cast.mette, "soft", PhoneKind.SOFTPHONE)
    sara, mette = office.connect("sara"), office.connect("mette")
    office.connect("soft")
    call = sara.call("203")
    mette.rung().wait("ringing")
    lamp.wait_for("<state>early</state>")
    assert status(office, "mette").state == "available"
    mette.rung().answer()
    call.wait("up")
    lamp.wait_for("<state>confirmed</state>", without="<state>early</state>")
    assert busy(office, "mette")
    assert busy(office, "sara")
    call.hang_up()
    lamp.wait_for("<dialog-info", without="<state>")
    assert eventually(lambda: not busy(office, "mette") and not busy(office, "sara"))


@pytest.mark.parametrize("end", ["given up", "refused"])
def test_a_call_that_comes_to_nothing_leaves_nobody_busy(office: Office, lamp: Watcher, end: str) -> None:
    sara, mette = office.connect("sara"), office.connect("mette")
    call = sara.call("203")
    ringing = mette.rung().wait("ringing")
    lamp.wait_for("<state>early</state>")
    if end == "given up":
        call.hang_up()
    else:
        ringing.refuse(486)
    call.wait("ended")
    lamp.wait_for("<dialog-info", without="<state>")
    assert eventually(lambda: not busy(office, "mette") and not busy(office, "sara"))


def test_a_call_that_the_mobile_answers_makes_busy_and_can_be_sent_on(
    office: Office, lamp: Watcher, controller: Controller
) -> None:
    office.mobile(office.cast.mette, "mobile", "+4522334455")
    sara, desk, line = (
        office.connect("sara"),
        office.connect("mette"),
        office.connect("line", answers_after=0),
    )
    call = sara.call("203")
    desk.rung().wait("ringing")
    lamp.wait_for("<state>early</state>")
    office.trunk.rung().answer()
    call.wait("up")
    lamp.wait_for("<state>confirmed</state>")
    assert eventually(lambda: busy(office, "mette"))
    customer = office.rows["mobile"].customer_id

    def now() -> list[LiveCall]:
        with tenant(office.cast.mette.actor):
            mine = office.cast.mette.employee.pk
            return list(now_of([mine])[mine].calls)

    assert eventually(lambda: [one.phone_ids for one in now()] == [(office.rows["mobile"].pk,)])
    # It has the buttons of any other call.
    control = SocketCallControl(str(controller.socket))
    asked = control.send_to(Place(customer, now()[0].id, "recipient"), "205")
    assert eventually(lambda: control.outcome(customer, asked).result == "done")
    office.trunk.rung().wait("ended")
    lamp.wait_for("<dialog-info", without="<state>")
    assert eventually(lambda: not busy(office, "mette"))
    assert line.was_rung
    call.hang_up()
