"""Whoever controls calls keeps one contract: the stand-in, and the controller that phones talk through."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from myfone.kernel.gateways import GatewayError
from telephony.gateways.controller import OPERATIONS, CallControl, ControlRefused, OwnPhone, Place
from telephony.gateways.controller.fake import FakeCallControl

OURS, THEIRS = 1, 2


@dataclass
class Line:
    """A controller, and a call between two of a company's phones that was answered or rings."""

    control: CallControl
    up: str
    rings: str
    customer: int

    def mine(self, call: str = "", *, customer: int = 0) -> Place:
        return Place(customer or self.customer, call or self.up, "initiator")


@pytest.fixture
def line() -> Line:
    fake = FakeCallControl()
    fake.knows("up", initiator=OURS, recipient=OURS)
    fake.knows("rings", initiator=OURS, recipient=OURS, is_up=False)
    return Line(fake, "up", "rings", OURS)


def test_an_operation_is_asked_for_its_outcome(line: Line) -> None:
    operation = line.control.hold(line.mine())
    assert line.control.outcome(line.customer, operation).result == "done"
    with pytest.raises(ControlRefused) as refused:
        line.control.outcome(THEIRS, operation)
    assert refused.value.code == "gone"


@pytest.mark.parametrize("operation", ["hang_up", "hold", "resume"])
def test_calls_of_another_customer_are_not_there(line: Line, operation: str) -> None:
    with pytest.raises(ControlRefused) as refused:
        getattr(line.control, operation)(line.mine(customer=THEIRS))
    assert refused.value.code == "gone"
    assert line.control.controls(THEIRS, [line.up])[line.up].why_not == "direct"


def test_who_rings_can_hang_up_alone(line: Line) -> None:
    assert line.control.controls(line.customer, [line.rings])[line.rings].possible == {"hang_up"}
    with pytest.raises(ControlRefused) as refused:
        line.control.send_to(line.mine(line.rings), "205")
    assert refused.value.code == "ringing"
    line.control.hang_up(line.mine(line.rings))


def test_a_call_is_held_once_and_resumed_once(line: Line) -> None:
    at = line.mine()
    with pytest.raises(ControlRefused):
        line.control.resume(at)
    line.control.hold(at)
    told = line.control.controls(line.customer, [line.up])[line.up]
    assert (told.held, told.possible) == ("initiator", OPERATIONS - {"hold"})
    with pytest.raises(ControlRefused):
        line.control.hold(at)
    line.control.resume(at)
    assert line.control.controls(line.customer, [line.up])[line.up].held == ""


def test_what_the_controller_does_not_carry_has_no_buttons(line: Line) -> None:
    told = line.control.controls(line.customer, ["elsewhere"])["elsewhere"]
    assert (told.possible, told.why_not) == (frozenset(), "direct")


def test_the_stand_in_comes_to_what_is_scripted() -> None:
    fake = FakeCallControl()
    fake.knows("up", initiator=OURS)
    fake.comes_to("send_to", "going")
    operation = fake.send_to(Place(OURS, "up", "initiator"), "205")
    with pytest.raises(ControlRefused) as refused:
        fake.pull(Place(OURS, "up", "initiator"), OwnPhone(OURS, "mette@it-bixen.dk", 3))
    assert refused.value.code == "busy_now"
    fake.ends(operation, "busy", 486)
    assert fake.outcome(OURS, operation).result == "busy"
    fake.is_away = True
    with pytest.raises(GatewayError):
        fake.controls(OURS, ["up"])
