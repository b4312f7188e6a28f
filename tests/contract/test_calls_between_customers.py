"""Calls from one customer to another through the controller: what each may do with them, and is told of the other."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.sipclient import Account
from demo.sipclient.sound import MUSIC, SoundPhone
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee
from telephony.gateways.controller import ControlRefused, Place
from telephony.models import CallLeg, Extension, PhoneKind, SipDomain
from telephony.services import phones as services
from tests.contract.controlling import Desk, controller, desk, relay, switch
from tests.contract.switching import eventually

__all__ = ["controller", "desk", "relay", "switch"]


class Boaster(SoundPhone):
    """A phone that says in all it answers that it is another customer's, and what is to be played while it rings."""

    customer = 0
    plays = Path()

    def _send(self, data: bytes) -> None:
        if data.startswith(b"SIP/2.0 180"):
            said = f"X-Myfone-Music: {self.plays} 9\r\nContent-Length:".encode()
            data = data.replace(b"Content-Length:", said, 1)
        if data.startswith(b"SIP/2.0 200"):
            said = b"X-Myfone-Customer: %d\r\nContent-Length:" % self.customer
            data = data.replace(b"Content-Length:", said, 1)
        super()._send(data)


@dataclass
class Other:
    """Fremmed ApS: Stig (204, +45 69 99 99 04), and a colleague whose local number is that of IT-bixen's Line."""

    stig: SoundPhone
    colleague: SoundPhone


@pytest.fixture
def other(desk: Desk, tmp_path: Path) -> Other:
    office, cast = desk.office, desk.office.cast
    with tenant(cast.stig.actor) as actor:
        domain = SipDomain(customer=cast.fremmed, name="fremmed.dk")
        domain.save()
        colleague = Employee(customer=cast.fremmed, name="Ulla Fremmed", email="ulla@fremmed.dk")
        colleague.save()
        for employee, number, ddi in ((cast.stig.employee, "204", "69999904"), (colleague, "205", "")):
            extension = Extension(customer=cast.fremmed, number=number, employee=employee)
            extension.save()
            if ddi:
                services.add_ddi(actor=actor, extension=extension, number=ddi, is_main=True)
            assert employee is not None
            phone, password = services.add_sip_phone(
                actor=actor,
                employee=employee,
                sip_domain=domain,
                kind=PhoneKind.DESK,
                name=f"fremmed-{number}",
                at=clock.now(),
            )
            office.accounts[f"fremmed-{number}"] = Account(str(phone), password)
    stig, ulla = (office.connect(f"fremmed-{number}", made=Boaster) for number in ("204", "205"))
    stig.customer = ulla.customer = cast.bixen.pk
    ulla.plays = tmp_path / "silence.wav"
    with wave.open(str(ulla.plays), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    return Other(stig, ulla)


def test_a_call_passed_on_in_another_company_shows_nothing_of_its_inside(desk: Desk, other: Other) -> None:
    sara = desk.phone("sara")
    call, theirs = desk.talk(sara, other.stig, "+4569999904")
    at = desk.place("sara")
    before = desk.live("sara")[0].number
    place = Place(desk.person("stig").actor.customer_id or 0, at.call, "recipient")
    operation = desk.control.send_to(place, "205")
    # The ringing tone, not what the phone would have played: only the switch names files.
    rings = other.colleague.rung().wait("ringing")
    sara.hears(call, MUSIC)
    rings.answer()
    assert desk.outcome(place.customer, operation) == ("done", 0)
    theirs.wait("ended")
    desk.both(sara, call, other.colleague, other.colleague.rung())
    assert eventually(lambda: [one.id for one in desk.live("sara")] not in ([], [at.call]))
    assert desk.live("sara")[0].number == before
    with tenant(desk.office.cast.sara.actor) as actor:
        legs = CallLeg.objects.visible_to(actor).filter(role__in=("passed_on", "joined"))
        assert eventually(legs.exists)
        assert "205" not in [leg.number for leg in legs]
    call.hang_up()
    other.colleague.rung().wait("ended")


def test_a_phone_neither_names_its_customer_nor_takes_the_calls_of_others(desk: Desk, other: Other) -> None:
    sara, mette, line = desk.phone("sara"), desk.phone("mette"), desk.phone("line")
    call, theirs = desk.talk(sara, other.stig, "+4569999904")
    second, last = desk.talk(mette, line, "205")
    # Who knows another's call by heart has no right to it.
    tags = f"to-tag={second.remote.partition('tag=')[2]};from-tag={second.local_tag}"
    replaces = f"{second.call_id};{tags}".replace(";", "%3B").replace("=", "%3D").replace("@", "%40")
    refer = other.stig.refer(theirs, f"<sip:203@it-bixen.dk?Replaces={replaces}>")
    assert other.stig.final(refer).status == 403
    desk.both(mette, second, line, last)
    # What a phone says of its customer is believed in no answer.
    assert sara.final(sara.within(call, "INFO")).status == 200
    other.stig.wait(lambda: other.stig.times("gets INFO"), 5, "an INFO")
    at = desk.place("sara")
    bixen, fremmed = (desk.person(name).actor.customer_id or 0 for name in ("sara", "stig"))
    with pytest.raises(ControlRefused):
        desk.control.hold(Place(bixen, at.call, "recipient"))
    assert desk.outcome(fremmed, desk.control.hold(Place(fremmed, at.call, "recipient"))) == ("done", 0)
