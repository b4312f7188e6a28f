"""What real calls through the real switch leave in the history."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from demo.sipclient import Account
from demo.sipclient.connection import Datagrams
from demo.sipclient.phone import SipPhone
from myfone.tenancy.context import tenant
from stack.kamailio import Kamailio
from telephony.models import (
    Callers,
    CallLeg,
    CallRecord,
    PhoneKind,
    RingMember,
    RingProfile,
    RingStep,
    RingTarget,
    Situation,
)
from telephony.services import blocking
from tests.contract.calling import TRUNK_ADDRESS, Office
from tests.contract.controlling import carried, controller, relay, switch
from tests.contract.switching import eventually

__all__ = ["carried", "controller", "relay", "switch"]
pytestmark = pytest.mark.usefixtures("carried")


@dataclass(frozen=True)
class Line:
    """One record, in words."""

    dialled: str
    direction: str
    outcome: str
    ended_by: str
    took: str = ""


def history(office: Office) -> list[Line]:
    with tenant(office.cast.sara.actor):
        rows = CallRecord.objects.visible_to(office.cast.sara.actor).order_by("started_at")
        return [
            Line(
                row.dialled,
                row.direction,
                row.outcome,
                row.ended_by,
                row.answered_by.name.split()[0] if row.answered_by else "",
            )
            for row in rows.select_related("answered_by")
        ]


def ended(office: Office, calls: int = 1) -> list[Line]:
    """Return the history once it has so many calls that are over."""
    assert eventually(lambda: sum(bool(line.ended_by) for line in history(office)) >= calls), history(office)
    return history(office)


def legs(office: Office, role: str = "rung") -> list[tuple[str, str, str]]:
    with tenant(office.cast.sara.actor):
        rows = (
            CallLeg.objects.visible_to(office.cast.sara.actor).filter(role=role).order_by("began_at", "place")
        )
        return [
            (row.phone.username if row.phone and row.phone.username else row.number, row.outcome, row.part)
            for row in rows.select_related("phone")
        ]


def test_calls_within_the_company(office: Office) -> None:
    sara, mette = office.connect("sara"), office.connect("mette")
    call = sara.call("203")
    mette.rung().answer()
    call.wait("up")
    mette.rung().hang_up()
    call.wait("ended")
    given_up = sara.call("203").wait("ringing")
    given_up.hang_up()
    given_up.wait("ended")
    mette.refuses = 486
    sara.call("203").wait("ended")
    sara.call("205").wait("ended")
    sara.call("+4590123456").wait("ended")
    assert ended(office, 5) == [
        Line("203", "internal", "answered", "callee", "Mette"),
        Line("203", "internal", "cancelled", "caller"),
        Line("203", "internal", "busy", "switch"),
        Line("205", "internal", "missed", "switch"),
        Line("+4590123456", "outbound", "refused", "switch"),
    ]
    assert legs(office)[0] == ("mette-desk", "answered", "answered")


def test_calls_through_the_trunk(office: Office) -> None:
    office.trunk.answers_after = 0
    mette = office.connect("mette")
    for number in ("22334455", "112"):
        mette.call(number).wait("up").hang_up()
    office.trunk.answers_after = None
    incoming = office.trunk.call("+4569142403", domain=f"{office.switch.address}:{office.switch.port}")
    mette.rung().answer()
    incoming.wait("up")
    incoming.hang_up()
    assert ended(office, 3) == [
        Line("22334455", "outbound", "answered", "caller", "Mette"),
        Line("112", "outbound", "answered", "caller", "Mette"),
        Line("+4569142403", "inbound", "answered", "caller", "Mette"),
    ]
    with tenant(office.cast.sara.actor):
        assert {r.trunk for r in CallRecord.objects.visible_to(office.cast.sara.actor)} == {"Nordnet"}


def test_a_profile_of_two_steps_and_a_forward_say_who_took_it_where(office: Office) -> None:
    mette = office.cast.mette
    assert mette.employee
    assert office.cast.line.employee
    soft = office.equip(mette, "soft", PhoneKind.SOFTPHONE)
    with tenant(mette.actor):
        profile = RingProfile(customer=office.cast.bixen, employee=mette.employee, name="Kontor")
        profile.save()
        owned = {"customer": office.cast.bixen, "employee": mette.employee}
        for position, row in enumerate((office.rows["mette"], soft)):
            step = RingStep(profile=profile, position=position, seconds=5, **owned)
            step.save()
            RingMember(step=step, phone=row, **owned).save()
        RingTarget(
            profile=profile,
            situation=Situation.NO_ANSWER,
            callers=Callers.EVERYBODY,
            colleague=office.cast.line.employee,
            **owned,
        ).save()
    desk = office.connect("mette", refuses=480)
    soft_phone = office.connect("soft", answers_after=0)
    sara = office.connect("sara")
    sara.call("203").wait("up").hang_up()
    assert ended(office)[0] == Line("203", "internal", "answered", "caller", "Mette")
    assert legs(office) == [("mette-desk", "unanswered", "answered"), (str(soft.username), "answered", "")]
    with tenant(mette.actor):
        assert {leg.profile for leg in CallLeg.objects.visible_to(mette.actor).filter(role="rung")} == {
            "Kontor"
        }
    # Nobody takes it: a call from outside goes on to Line.
    desk.refuses, soft_phone.refuses = 480, 480
    line = office.connect("line", answers_after=0)
    incoming = office.trunk.call("+4569142403", domain=f"{office.switch.address}:{office.switch.port}")
    incoming.wait("up").hang_up()
    assert line.was_rung
    assert ended(office, 2)[1] == Line("+4569142403", "inbound", "answered", "caller", "Line")
    assert legs(office)[-1] == ("line-desk", "answered", "answered")


def test_a_switch_that_is_killed_in_a_call_ends_what_rang_and_hears_who_hangs_up(
    office: Office, switch: Kamailio
) -> None:
    sara, mette, line = (
        office.connect("sara"),
        office.connect("mette", answers_after=0),
        office.connect("line"),
    )
    up = sara.call("203").wait("up")
    line.call("201").wait("ringing")
    assert eventually(lambda: len(history(office)) == 2)
    assert eventually(
        lambda: ("sara-desk", "", "missed") in legs(office) and history(office)[0].took == "Mette"
    )
    switch.kill()
    switch.start()
    lost = Line("201", "internal", "failed", "lost")
    assert eventually(lambda: lost in history(office)), history(office)
    assert history(office)[0].ended_by == ""
    up.hang_up()
    assert ended(office, 2)[0] == Line("203", "internal", "answered", "caller", "Mette")
    for phone in (sara, mette, line):
        assert phone.register() == 200


def test_a_blocked_caller_is_told_that_nobody_is_available(office: Office) -> None:
    mette = office.connect("mette")
    with tenant(office.cast.mette.actor):
        blocking.block(actor=office.cast.mette.actor, number="+4522334455")
    blocked = SipPhone(
        Datagrams(office.switch.address, office.switch.port, source=TRUNK_ADDRESS),
        Account("+4522334455@trunk.invalid", ""),
    )
    with blocked:
        call = blocked.call("+4569142403", domain=f"{office.switch.address}:{office.switch.port}")
        assert call.wait("ended").status == 480
    assert not mette.was_rung
    assert ended(office) == [Line("+4569142403", "inbound", "missed", "switch")]
