"""Calls while something is away, a click that comes twice, and what goes past the controller always."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from demo.sipclient.sound import MUSIC, SoundPhone
from myfone.kernel.gateways import GatewayError
from myfone.tenancy.context import tenant
from stack.controller import Controller
from stack.postgres import Postgres
from stack.process import descendants
from telephony.gateways.controller import ControlRefused, OwnPhone
from telephony.models import CallLeg, CallRecord
from tests.contract.controlling import Desk, controller, desk, heard, relay, switch
from tests.contract.mute import Mute
from tests.contract.switching import eventually
from tests.standstill import held_still, shut_down

__all__ = ["controller", "desk", "relay", "switch"]
SOON = 3.0  # seconds within which a call rings though the controller is away
LOOKS = 40  # so many that every process of the switch has had one


def buttons(desk: Desk, name: str) -> str:
    """Return why there are no more buttons at somebody's call."""
    at = desk.place(name)
    return desk.control.controls(at.customer, [at.call])[at.call].why_not


def rings_directly(desk: Desk, caller: SoundPhone, called: SoundPhone) -> None:
    began = time.monotonic()
    call, other = desk.talk(caller, called, "205")
    assert time.monotonic() - began < 2 * SOON
    call.hang_up()
    other.wait("ended")


def help_is_reached(desk: Desk, caller: SoundPhone) -> None:
    desk.office.trunk.answers_after = 0
    began = time.monotonic()
    caller.call("112").wait("up").hang_up()
    assert time.monotonic() - began < SOON
    desk.office.trunk.answers_after = None


@contextmanager
def without(controller: Controller, fault: str) -> Iterator[None]:
    """Kill the controller, or let it hang."""
    hung = psutil.Process(controller.pid)
    if fault == "killed":
        controller.kill()
    else:
        hung.suspend()
    try:
        yield
    finally:
        if fault == "killed":
            controller.start()
        else:
            hung.resume()


def told(desk: Desk) -> list[tuple[str, str, list[str]]]:
    """Return what the history says of calls: how each ended, by whom, and what became of the phones that it rang."""
    with tenant(desk.office.cast.sara.actor) as actor:
        return [
            (
                row.outcome,
                row.ended_by,
                [
                    leg.outcome
                    for leg in CallLeg.objects.visible_to(actor).filter(record_id=row.pk, role="rung")
                ],
            )
            for row in CallRecord.objects.visible_to(actor).order_by("id")
        ]


def test_a_controller_that_was_killed_goes_on_with_its_calls(desk: Desk) -> None:
    sara, mette, line = desk.phone("sara"), desk.phone("mette"), desk.phone("line")
    call, other = desk.talk(sara, mette, "203")
    at = desk.place("sara")
    desk.controller.kill()
    # The sound goes on, new calls ring directly, and who asks is told that nobody answers.
    desk.both(sara, call, mette, other)
    with pytest.raises(GatewayError):
        desk.control.controls(at.customer, [at.call])
    rings_directly(desk, mette, line)
    help_is_reached(desk, line)
    desk.controller.start()
    desk.both(sara, call, mette, other)
    assert eventually(lambda: desk.control.controls(at.customer, [at.call])[at.call].why_not == "")
    line.refuses = 486
    assert desk.outcome(at.customer, desk.control.send_to(desk.place("mette"), "205"))[0] == "busy"
    desk.both(sara, call, mette, other)
    desk.control.hang_up(at)
    call.wait("ended")
    other.wait("ended")
    assert eventually(lambda: not desk.live("sara") and not desk.live("mette"))


def test_who_hung_up_while_the_controller_was_away_is_found_when_it_is_back(desk: Desk) -> None:
    sara, mette = desk.phone("sara"), desk.phone("mette")
    call, other = desk.talk(sara, mette, "203")
    desk.controller.kill()
    mette.hang_up(other)
    mette.calls.remove(other)
    assert eventually(lambda: not desk.live("mette"))
    desk.controller.start()
    call.wait("ended")


def test_a_controller_that_hangs_holds_up_no_call(desk: Desk) -> None:
    sara, mette, line = desk.phone("sara"), desk.phone("mette"), desk.phone("line")
    call, other = desk.talk(sara, mette, "203")
    at = desk.place("sara")
    hung = psutil.Process(desk.controller.pid)
    hung.suspend()
    try:
        desk.both(sara, call, mette, other)
        help_is_reached(desk, line)
        rings_directly(desk, mette, line)
        # Who called is known though the call rang only when the controller had not answered in time.
        with tenant(desk.office.cast.mette.actor) as actor:
            record = CallRecord.objects.visible_to(actor).get(dialled="205")
        assert (record.caller_id, record.direction) == (actor.employee_id, "internal")
        with pytest.raises(GatewayError):
            desk.control.controls(at.customer, [at.call])
    finally:
        hung.resume()
    assert eventually(lambda: desk.outcome(at.customer, desk.control.hold(at)) == ("done", 0))
    call.hang_up()
    other.wait("ended")
    # It found the call that had gone past it in its socket, and did not make it a second time.
    third, end = desk.talk(mette, line, "205")
    assert buttons(desk, "mette") == ""
    third.hang_up()
    end.wait("ended")
    assert sum(not one.outgoing for one in line.calls) == 2
    with tenant(desk.office.cast.mette.actor) as actor:
        kept = CallRecord.objects.visible_to(actor).filter(dialled="205", ended_at__isnull=False)
        assert eventually(lambda: kept.count() == 2)
        assert CallRecord.objects.visible_to(actor).filter(dialled="205").count() == 2


@pytest.mark.parametrize("fault", ["killed", "hung"])
def test_a_switch_that_is_away_in_a_call_leaves_the_sound_and_the_buttons(desk: Desk, fault: str) -> None:
    sara, mette, line = desk.phone("sara"), desk.phone("mette"), desk.phone("line", answers_after=0.1)
    call, other = desk.talk(sara, mette, "203")
    at, switch = desk.place("mette"), desk.office.switch
    if fault == "killed":
        switch.kill()
        desk.both(sara, call, mette, other)
        switch.start()
    else:
        stopped = [psutil.Process(switch.pid), *descendants(switch.pid)]
        for process in stopped:
            process.suspend()
        try:
            desk.both(sara, call, mette, other)
        finally:
            for process in stopped:
                process.resume()
    desk.both(sara, call, mette, other)
    assert desk.outcome(at.customer, desk.control.send_to(at, "205")) == ("done", 0)
    desk.both(sara, call, line, line.rung())
    call.hang_up()
    line.rung().wait("ended")
    assert eventually(lambda: not any(desk.live(name) for name in ("sara", "mette", "line")))


def test_a_database_that_is_away_in_a_call_takes_nothing_from_it_and_hears_of_its_end(
    desk: Desk, postgres: Postgres
) -> None:
    sara, mette = desk.phone("sara"), desk.phone("mette")
    call, other = desk.talk(sara, mette, "203")
    at = desk.place("mette")
    with held_still(postgres):
        # Nobody can say who asks, so nobody is rung; that is not told as if Line had refused.
        assert desk.outcome(at.customer, desk.control.send_to(at, "205")) == ("failed", 503)
        desk.control.hold(at)
        sara.hears(call, MUSIC)
        desk.control.resume(at)
        desk.both(sara, call, mette, other)
    with shut_down(postgres):
        desk.both(sara, call, mette, other)
        mette.hang_up(other)
        call.wait("ended")

    def ended() -> list[str]:
        with tenant(desk.office.cast.sara.actor) as actor:
            return [record.ended_by for record in CallRecord.objects.visible_to(actor)]

    assert eventually(lambda: ended() == ["callee"]), ended()
    assert eventually(lambda: not desk.live("sara") and not desk.live("mette"))
    assert eventually(lambda: all(sara.register() == 200 for _ in range(LOOKS)))


@pytest.mark.parametrize("fault", ["killed", "hung"])
def test_a_call_that_rings_rings_on_without_the_controller(desk: Desk, fault: str) -> None:
    sara, mette = desk.phone("sara"), desk.phone("mette")
    call = sara.call("203")
    stopped = mette.rung().wait("ringing")
    desk.place("mette", state="early")
    with without(desk.controller, fault):
        rings = mette.rung(after=1, seconds=SOON + 7).wait("ringing")
        assert stopped.wait("ended").status == 487
        assert eventually(lambda: [one.state for one in desk.live("mette")] == ["early"])
        rings.answer()
        call.wait("up")
        desk.both(sara, call, mette, rings)
        before = heard()
    assert [one.id for one in desk.live("mette")] == [call.call_id]
    desk.both(sara, call, mette, rings)
    call.hang_up()
    rings.wait("ended")
    # One call, one record, in which her phone has rung and was answered.
    assert eventually(lambda: told(desk) == [("answered", "caller", ["answered"])]), told(desk)
    # Whoever gives up before that was noticed leaves nobody's phone ringing.
    assert eventually(lambda: heard() != before)
    call = sara.call("203")
    stopped = mette.rung(after=2).wait("ringing")
    at = desk.place("mette", state="early")
    assert desk.control.controls(at.customer, [at.call])[at.call].why_not == "ringing"
    with without(desk.controller, fault):
        call.hang_up()
        call.wait("ended")
        stopped.wait("ended", seconds=SOON + 7)
    assert eventually(lambda: told(desk)[1:] == [("cancelled", "caller", ["unanswered"])]), told(desk)
    assert eventually(lambda: not desk.live("sara") and not desk.live("mette"))


def test_who_answers_when_nobody_is_there_to_connect_them_is_rung_again(desk: Desk) -> None:
    sara, mette = desk.phone("sara"), desk.phone("mette")
    call = sara.call("203")
    void = mette.rung().wait("ringing")
    desk.place("mette", state="early")
    desk.controller.kill()
    void.answer()
    rings = mette.rung(after=1, seconds=SOON + 7).wait("ringing")
    desk.controller.start()
    void.wait("ended")
    assert call.state == "ringing"
    rings.answer()
    call.wait("up")
    desk.both(sara, call, mette, rings)
    call.hang_up()
    rings.wait("ended")
    assert eventually(lambda: told(desk) == [("answered", "caller", ["answered"])]), told(desk)
    assert eventually(lambda: not desk.live("sara") and not desk.live("mette"))


def test_a_controller_that_says_nothing_more_holds_up_no_call(desk: Desk) -> None:
    mette, line = desk.phone("mette"), desk.phone("line")
    desk.controller.kill()
    mute = Mute(desk.office.switch)
    mute.start()
    try:
        assert eventually(lambda: mute.beats)
        call = mette.call("205")
        line.rung(seconds=15).answer()
        call.wait("up").hang_up()
        assert mute.invites == 1
    finally:
        mute.is_over = True
        mute.join()
        mute.socket.close()
        desk.controller.start()


@pytest.mark.parametrize("fault", ["killed", "hung"])
def test_calls_connect_without_the_relay_and_are_connected_again_when_it_goes(desk: Desk, fault: str) -> None:
    sara, mette, line = desk.phone("sara"), desk.phone("mette"), desk.phone("line")
    call, other = desk.talk(sara, mette, "203")
    hung = psutil.Process(desk.relay.pid)
    if fault == "hung":
        hung.suspend()
    else:
        desk.relay.kill()
    desk.both(sara, call, mette, other)
    assert eventually(lambda: buttons(desk, "sara") == "no_media")
    call.hang_up()
    other.wait("ended")
    second, last = desk.talk(sara, mette, "203")
    assert buttons(desk, "sara") == "no_media"
    at = desk.place("mette")
    operation = desk.control.send_to(at, "205")
    line.rung().answer()
    assert desk.outcome(at.customer, operation) == ("done", 0)
    desk.both(sara, second, line, line.rung())
    last.wait("ended")
    second.hang_up()
    if fault == "hung":
        hung.resume()
    else:
        desk.relay.start()

    def is_relayed() -> bool:
        third, end = desk.talk(sara, mette, "203")
        why_not = buttons(desk, "sara")
        third.hang_up()
        end.wait("ended")
        return eventually(lambda: not desk.live("sara")) and why_not == ""

    assert eventually(is_relayed)


def test_offers_that_come_late_or_encrypted_ring_directly(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sara, mette = desk.phone("sara"), desk.phone("mette")
    plain = SoundPhone.described

    def encrypted(phone: SoundPhone, call: object) -> bytes:
        return plain(phone, call).replace(b"RTP/AVP", b"RTP/SAVP")  # type: ignore[arg-type]

    monkeypatch.setattr(SoundPhone, "described", encrypted)
    call, other = desk.talk(sara, mette, "203")
    assert other.invite is not None
    assert b"RTP/SAVP" in other.invite.body
    assert buttons(desk, "sara") == "direct"
    call.hang_up()
    other.wait("ended")
    monkeypatch.setattr(SoundPhone, "described", lambda phone, call: b"")
    late = sara.call("203")
    mette.rung(after=1).wait("ringing")
    assert eventually(lambda: [one.state for one in desk.live("sara")] == ["early"])
    at = desk.at("sara", desk.live("sara")[0])
    assert desk.control.controls(at.customer, [at.call])[at.call].why_not == "direct"
    late.hang_up()
    late.wait("ended")


def test_phones_refresh_their_sessions_and_are_told_what_cannot_be(desk: Desk) -> None:
    sara, mette = desk.phone("sara"), desk.phone("mette")
    call, other = desk.talk(sara, mette, "203")
    assert sara.final(sara.within(call, "UPDATE", headers=(("Session-Expires", "90"),))).status == 200
    assert mette.final(mette.within(other, "INVITE")).status == 488
    assert mette.final(mette.change(other, "sendrecv")).status == 200
    desk.both(sara, call, mette, other)
    # A key that is pressed arrives, whichever way the phone tells of it.
    pressed = (("Content-Type", "application/dtmf-relay"),)
    key = sara.within(call, "INFO", headers=pressed, body=b"Signal=5\r\nDuration=160\r\n")
    assert sara.final(key).status == 200
    assert eventually(lambda: mette.times("gets INFO"))
    # Both ask at the same time: one is told to try again, and neither loses the other.
    one, two = sara.change(call, "sendrecv"), mette.change(other, "sendrecv")
    assert {sara.final(one).status, mette.final(two).status} <= {200, 491}
    desk.both(sara, call, mette, other)
    # And a click that comes meanwhile.
    at = desk.place("sara")
    changed = sara.change(call, "sendrecv")
    desk.control.hang_up(at)
    assert sara.final(changed).status >= 200
    call.wait("ended")
    other.wait("ended")


def test_a_phone_does_not_pass_for_the_controller(desk: Desk) -> None:
    sara, mette = desk.phone("sara"), desk.phone("mette")
    forged = "k=call;d=69742d626978656e2e646b;u=6c696e65;p=1;s=-;c=1;q=-;proof=" + "0" * 32
    call = sara.call("203", headers=(("X-Myfone-Call", forged),))
    other = mette.rung()
    assert other.invite is not None
    assert not other.invite.first("x-myfone-call")
    assert "201" in other.invite.first("from")
    call.hang_up()
    call.wait("ended")


def refuses(desk: Desk, phone: OwnPhone) -> bool:
    try:
        desk.control.call(phone, "203")
    except ControlRefused:
        return True
    return False


def test_a_second_click_does_not_ring_my_phone_twice(desk: Desk) -> None:
    sara, me = desk.phone("sara"), desk.own("sara")
    desk.control.call(me, "203")
    sara.rung().wait("ringing")
    with pytest.raises(ControlRefused, match="busy_now"):
        desk.control.call(me, "203")
    sara.rung().refuse()
    sara.rung().wait("ended")
    assert eventually(lambda: not refuses(desk, me))
    sara.rung(after=1).refuse()
    assert len(sara.calls) == 2
