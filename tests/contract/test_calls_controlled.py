"""Calls through the controller: what is clicked is what phones hear, counted in both directions."""

from __future__ import annotations

import pytest

from demo.sipclient.connection import Connection, tls
from demo.sipclient.sound import SoundPhone
from myfone.tenancy.context import tenant
from stack.authority import Authority
from stack.haproxy import HAProxy
from telephony.gateways.controller import ControlRefused, Place
from telephony.models import CallLeg, CallRecord, PhoneKind
from tests.contract.controlling import Desk, controller, desk, relay, switch
from tests.contract.switching import Linked, Via, eventually
from tests.contract.watching import phone

__all__ = ["controller", "desk", "relay", "switch"]
MUSIC = "music"


def records(desk: Desk) -> list[CallRecord]:
    with tenant(desk.office.cast.sara.actor) as actor:
        return list(CallRecord.objects.visible_to(actor).order_by("id"))


def refused(code: str, act: object, *words: object) -> None:
    with pytest.raises(ControlRefused) as error:
        act(*words)  # type: ignore[operator]
    assert error.value.code == code


def test_a_call_is_one_call_that_either_can_end(desk: Desk) -> None:
    sara, mette = desk.phone("sara"), desk.phone("mette")
    call, other = desk.talk(sara, mette, "203")
    at, theirs = desk.place("sara"), desk.place("mette")
    assert (theirs.call, theirs.side) == (at.call, "recipient")
    told = desk.control.controls(at.customer, [at.call])[at.call]
    assert (told.why_not, told.possible >= {"send_to", "hold"}) == ("", True)
    # A call of others is not there, and neither is a side that is not mine.
    stranger = desk.office.cast.jonas.actor.customer_id or 0
    refused("gone", desk.control.hang_up, Place(stranger, at.call, at.side))
    assert desk.control.controls(stranger, [at.call])[at.call].why_not == "direct"
    assert desk.outcome(at.customer, desk.control.hang_up(theirs)) == ("done", 0)
    call.wait("ended")
    other.wait("ended")
    assert eventually(lambda: [(r.outcome, r.ended_by) for r in records(desk)] == [("answered", "callee")])
    assert not desk.live("sara")


def test_a_ringing_call_is_hung_up_from_either_side(desk: Desk) -> None:
    sara, mette = desk.phone("sara"), desk.phone("mette")
    call = sara.call("203")
    mette.rung().wait("ringing")
    at = desk.place("sara", state="early")
    refused("ringing", desk.control.hold, at)
    desk.control.hang_up(at)
    assert call.wait("ended").status == 480
    mette.rung().wait("ended")
    assert eventually(lambda: not desk.live("sara") and not desk.live("mette"))
    second = sara.call("203")
    mette.rung(after=1).wait("ringing")
    desk.control.hang_up(desk.place("mette", state="early"))
    assert second.wait("ended").status == 480
    mette.rung(after=1).wait("ended")
    assert eventually(lambda: not desk.live("sara") and not desk.live("mette"))
    ends = [("cancelled", "caller"), ("refused", "callee")]
    assert eventually(lambda: [(record.outcome, record.ended_by) for record in records(desk)] == ends)


@pytest.mark.parametrize("sender", ["mette", "sara"])
def test_a_call_is_sent_on_from_either_side(desk: Desk, sender: str) -> None:
    phones = {"sara": desk.phone("sara"), "mette": desk.phone("mette")}
    line = desk.phone("line", answers_after=0.2)
    ends = dict(zip(("sara", "mette"), desk.talk(phones["sara"], phones["mette"], "203"), strict=True))
    kept = "sara" if sender == "mette" else "mette"
    at = desk.place(sender)
    assert desk.outcome(at.customer, desk.control.send_to(at, "205")) == ("done", 0)
    ends[sender].wait("ended")
    last = line.rung()
    desk.both(phones[kept], ends[kept], line, last)
    assert eventually(lambda: not desk.live(sender))
    assert desk.place(kept).call == desk.place("line").call != at.call
    last.hang_up()
    ends[kept].wait("ended")
    assert eventually(lambda: not desk.live(kept) and not desk.live("line"))
    assert eventually(lambda: [r.outcome for r in records(desk)] == ["answered", "answered"])
    first, second = records(desk)
    assert second.answered_by_id == desk.office.cast.line.employee.pk
    with tenant(desk.office.cast.sara.actor) as actor:
        legs = CallLeg.objects.visible_to(actor)
        assert legs.filter(record_id=first.pk, role="passed_on").count() == 1
        joined = legs.get(record_id=second.pk, role="joined")
    assert joined.employee_id == desk.person(kept).employee.pk


def test_who_sends_somebody_to_themselves_is_out_of_the_call(desk: Desk) -> None:
    sara, mette = desk.phone("sara"), desk.phone("mette", answers_after=0.2)
    call = sara.call("203").wait("up")
    at = desk.place("sara")
    assert desk.outcome(at.customer, desk.control.send_to(at, "203")) == ("done", 0)
    call.wait("ended")
    assert eventually(lambda: not desk.live("sara"))
    mette.calls[0].hang_up()
    assert eventually(lambda: not desk.live("mette"))


@pytest.mark.parametrize(
    ("line_is", "number", "result"),
    [
        ("busy", "205", "busy"),
        ("gone", "205", "no_answer"),
        ("refusing", "205", "refused"),
        ("deaf", "205", "no_codec"),
        ("", "299", "unknown"),
    ],
)
def test_who_is_not_reached_leaves_the_call_as_it_was(
    desk: Desk, line_is: str, number: str, result: str
) -> None:
    sara, mette = desk.phone("sara"), desk.phone("mette")
    if line_is in (refusals := {"busy": 486, "refusing": 603, "deaf": 488}):
        desk.phone("line", refuses=refusals[line_is])
    call, other = desk.talk(sara, mette, "203")
    at = desk.place("mette")
    assert desk.outcome(at.customer, desk.control.send_to(at, number))[0] == result
    desk.both(sara, call, mette, other)
    assert desk.place("mette") == at


def test_while_somebody_is_rung_one_hears_the_tone_and_a_second_click_is_told_so(desk: Desk) -> None:
    sara, mette, line = desk.phone("sara"), desk.phone("mette"), desk.phone("line")
    call, other = desk.talk(sara, mette, "203")
    at = desk.place("mette")
    operation = desk.control.send_to(at, "205")
    ringing = line.rung().wait("ringing")
    sara.hears(call, MUSIC)
    refused("busy_now", desk.control.hold, at)
    refused("busy_now", desk.control.send_to, desk.place("sara"), "205")
    call.hang_up()
    ringing.wait("ended")
    other.wait("ended")
    assert desk.outcome(at.customer, operation)[0] == "gone"
    assert eventually(lambda: not any(desk.live(name) for name in ("sara", "mette", "line")))


def test_who_is_held_hears_music(desk: Desk) -> None:
    sara, mette = desk.phone("sara"), desk.phone("mette")
    call, other = desk.talk(sara, mette, "203")
    at = desk.place("mette")
    desk.control.hold(at)
    sara.hears(call, MUSIC)
    mette.forget(other)
    sara.hears(call, MUSIC)
    assert not mette.sound(other).heard
    refused("not_possible", desk.control.hold, at)
    desk.control.resume(at)
    desk.both(sara, call, mette, other)
    # The phone's own hold passes through.
    mette.final(mette.change(other, "sendonly"))
    assert sara.sound(call).is_muted
    sara.hears(call, "M")
    mette.final(mette.change(other, "sendrecv"))
    desk.both(sara, call, mette, other)


def test_two_calls_are_joined(desk: Desk) -> None:
    sara, mette, line = desk.phone("sara"), desk.phone("mette"), desk.phone("line")
    call, other = desk.talk(sara, mette, "203")
    desk.control.hold(desk.place("mette"))
    second, last = desk.talk(mette, line, "205")
    one, two = sorted(desk.live("mette"), key=lambda found: found.direction != "recipient")
    at = desk.at("mette", one)
    assert desk.outcome(at.customer, desk.control.join(at, desk.at("mette", two))) == ("done", 0)
    other.wait("ended")
    second.wait("ended")
    desk.both(sara, call, line, last)
    assert desk.place("sara").call == desk.place("line").call == two.id
    call.hang_up()
    last.wait("ended")
    assert eventually(lambda: not any(desk.live(name) for name in ("sara", "mette", "line")))
    assert eventually(lambda: [r.outcome for r in records(desk)] == ["answered", "answered"])


def test_two_callers_are_joined_though_both_called_me(desk: Desk) -> None:
    sara, mette, line = desk.phone("sara"), desk.phone("mette"), desk.phone("line")
    call, other = desk.talk(sara, mette, "203")
    desk.control.hold(desk.place("mette"))
    last, second = desk.talk(line, mette, "203")
    one, two = desk.live("mette")
    at = desk.at("mette", one)
    assert desk.outcome(at.customer, desk.control.join(at, desk.at("mette", two))) == ("done", 0)
    other.wait("ended")
    second.wait("ended")
    desk.both(sara, call, line, last)
    assert desk.place("sara").call == desk.place("line").call
    last.hang_up()
    call.wait("ended")
    assert eventually(lambda: not any(desk.live(name) for name in ("sara", "mette", "line")))
    assert eventually(lambda: [r.outcome for r in records(desk)] == ["answered", "answered"])


def test_my_phone_rings_first_and_then_whom_i_call(desk: Desk) -> None:
    sara, mette = desk.phone("sara", answers_after=0.1), desk.phone("mette")
    me = desk.own("sara")
    operation = desk.control.call(me, "203")
    mine = sara.rung().wait("up")
    assert mine.invite is not None
    assert "answer-after=0" in mine.invite.first("call-info")
    theirs = mette.rung().wait("ringing")
    sara.hears(mine, MUSIC)
    at, there = desk.place("sara", state="early"), desk.place("mette", state="early")
    can = desk.control.controls(at.customer, [at.call])[at.call]
    assert (can.possible, can.why_not) == ({"hang_up"}, "ringing")
    refused("gone", desk.control.hang_up, there)
    theirs.answer()
    assert desk.outcome(me.customer, operation) == ("done", 0)
    desk.both(sara, mine, mette, theirs)
    assert desk.place("sara").side == "initiator"
    mine.hang_up()
    theirs.wait("ended")
    operation = desk.control.call(me, "203")
    theirs = mette.rung(after=1).wait("ringing")
    desk.control.hang_up(desk.place("sara", state="early"))
    sara.rung(after=1).wait("ended")
    theirs.wait("ended")
    assert desk.outcome(me.customer, operation)[0] == "gone"
    mette.refuses = 486
    operation = desk.control.call(me, "203")
    sara.rung(after=2).wait("ended")
    assert desk.outcome(me.customer, operation)[0] == "busy"
    sara.register(expires=0)
    assert desk.outcome(me.customer, desk.control.call(me, "203"))[0] == "no_answer"


def test_a_call_is_fetched_to_another_phone_of_mine(desk: Desk) -> None:
    desk.office.equip(desk.office.cast.mette, "zoom", PhoneKind.SOFTPHONE)
    sara, mette = desk.phone("sara"), desk.phone("mette")
    call, other = desk.talk(sara, mette, "203")
    at = desk.place("mette")
    assert desk.outcome(at.customer, desk.control.pull(at, desk.own("zoom")))[0] == "no_answer"
    desk.both(sara, call, mette, other)
    zoom = desk.phone("zoom", answers_after=0.1)
    assert desk.outcome(at.customer, desk.control.pull(at, desk.own("zoom"))) == ("done", 0)
    other.wait("ended")
    fetched = zoom.rung()
    desk.both(sara, call, zoom, fetched)
    assert eventually(lambda: [one.phones[0][1] for one in desk.live("mette")] == ["zoom"])
    fetched.hang_up()
    call.wait("ended")
    assert eventually(lambda: not desk.live("sara") and not desk.live("mette"))
    assert eventually(lambda: [r.outcome for r in records(desk)] == ["answered"])


def test_a_phones_own_transfer_keys_do_the_same(desk: Desk) -> None:
    sara, mette, line = desk.phone("sara"), desk.phone("mette"), desk.phone("line", answers_after=0.1)
    call, other = desk.talk(sara, mette, "203")
    mette.final(mette.change(other, "sendonly"))
    assert mette.final(mette.refer(other, "<sip:205@it-bixen.dk>")).status == 202
    other.wait("ended")
    first = line.rung()
    desk.both(sara, call, line, first)
    told = [m.body.decode().strip() for m in mette.received if m.start.startswith("NOTIFY")]
    assert told[0] == "SIP/2.0 100 Trying"
    assert told[-1] == "SIP/2.0 200 OK"
    # And with a call to ask first: the phone names it in Replaces.
    second, last = desk.talk(line, mette, "203")
    tags = f"to-tag={second.remote.partition('tag=')[2]};from-tag={second.local_tag}"
    replaces = f"{second.call_id};{tags}".replace(";", "%3B").replace("=", "%3D").replace("@", "%40")
    assert line.final(line.refer(first, f"<sip:203@it-bixen.dk?Replaces={replaces}>")).status == 202
    first.wait("ended")
    second.wait("ended")
    desk.both(sara, call, mette, last)


def test_a_call_that_a_colleague_picks_up_has_its_buttons_and_its_lamp(desk: Desk, udp: Via) -> None:
    sara, mette, line = desk.phone("sara"), desk.phone("mette"), desk.phone("line")
    row = desk.office.rows["line"]
    lamp = phone(Linked(desk.office.cast.line, row), udp, desk.office.accounts["line"].password)
    desk.office.closing.callback(lamp.close)
    assert lamp.watch("203@it-bixen.dk", event="dialog").status in (200, 202)
    call = sara.call("203")
    mette.rung().wait("ringing")
    lamp.wait_for("<state>early</state>")
    assert eventually(lambda: line.call("8*203").wait("ended").status == 480 and line.was_rung)
    line.rung().answer()
    call.wait("up")
    mette.rung().wait("ended")
    lamp.wait_for("<dialog-info", without="<state>")
    desk.both(sara, call, line, line.rung())
    at = desk.place("line")
    assert desk.place("sara").call == at.call
    mette.answers_after = 0.1
    assert desk.outcome(at.customer, desk.control.send_to(at, "203")) == ("done", 0)
    lamp.wait_for("<state>confirmed</state>")
    desk.both(sara, call, mette, mette.rung(after=1))
    call.hang_up()
    lamp.wait_for("<dialog-info", without="<state>")
    assert eventually(
        lambda: (
            [r.answered_by_id for r in records(desk)]
            == [row.employee_id, desk.office.rows["mette"].employee_id]
        )
    )


@pytest.mark.parametrize("who", ["sara", "line"])
def test_a_far_end_that_refuses_leaves_everybody_with_whom_they_were(desk: Desk, who: str) -> None:
    phones = {name: desk.phone(name) for name in ("sara", "mette", "line")}
    sara, mette, line = phones.values()
    call, other = desk.talk(sara, mette, "203")
    second, last = desk.talk(mette, line, "205")
    one, two = sorted(desk.live("mette"), key=lambda found: found.direction != "recipient")
    phones[who].refuses_changes = 488
    at = desk.at("mette", one)
    assert desk.outcome(at.customer, desk.control.join(at, desk.at("mette", two))) == ("no_codec", 488)
    desk.both(sara, call, mette, other)
    desk.both(mette, second, line, last)
    line.hang_up(last)
    second.wait("ended")
    # Whoever is kept may refuse as well: then who was reached is let go again.
    sara.refuses_changes = 488
    operation = desk.control.send_to(at, "205")
    line.rung(after=1).answer()
    assert desk.outcome(at.customer, operation) == ("no_codec", 488)
    line.rung(after=1).wait("ended")
    desk.both(sara, call, mette, other)


def test_calls_with_the_public_network_are_sent_on_too(desk: Desk) -> None:
    office, mette, line = desk.office, desk.phone("mette"), desk.phone("line", answers_after=0.1)
    office.trunk.answers_after = 0
    incoming = office.trunk.call("+4569142403", domain=f"{office.switch.address}:{office.switch.port}")
    mette.rung().answer()
    incoming.wait("up")
    at = desk.place("mette")
    assert desk.outcome(at.customer, desk.control.send_to(at, "205")) == ("done", 0)
    assert desk.place("line").side == "recipient"
    incoming.hang_up()
    line.rung().wait("ended")
    assert eventually(lambda: [r.direction for r in records(desk)] == ["inbound", "internal"])
    out = mette.call("22334455").wait("up")
    at = desk.place("mette")
    invite = office.trunk.rung().invite
    assert invite is not None
    assert not [name for name, _ in invite.headers if name.startswith("x-myfone")]
    assert desk.outcome(at.customer, desk.control.send_to(at, "205")) == ("done", 0)
    out.wait("ended")
    # What it costs is counted until the public network's end is hung up.
    assert eventually(lambda: records(desk)[2].answered_at is not None)
    assert records(desk)[2].ended_at is None
    line.rung(after=1).hang_up()
    office.trunk.rung().wait("ended")
    assert eventually(lambda: all(record.ended_at for record in records(desk)))


def test_a_phone_behind_tls_is_controlled_like_any_other(
    desk: Desk, sip_front: HAProxy, authority: Authority
) -> None:
    def inside(last: int) -> Connection:
        source, host = f"127.203.8.{last}", "sip.it-bixen.dk"
        return tls(sip_front.address, 443, host=host, ca_file=str(authority.root), source=source)

    desk.office.equip(desk.office.cast.mette, "zoom", PhoneKind.SOFTPHONE)
    sara, line = desk.phone("sara"), desk.phone("line", answers_after=0.1)
    mette = desk.office.connect("mette", link=inside(2), made=SoundPhone)
    call, _ = desk.talk(mette, sara, "201")
    # It refreshes its session (RFC 4028), in both ways that phones do.
    timer = (("Session-Expires", "90;refresher=uac"), ("Supported", "timer"))
    assert mette.final(mette.within(call, "UPDATE", headers=timer)).status == 200
    assert mette.final(mette.change(call, "sendrecv")).status == 200
    desk.both(mette, call, sara, sara.rung())
    at = desk.place("mette")
    desk.control.hold(at)
    sara.hears(sara.rung(), MUSIC)
    desk.control.resume(at)
    desk.both(mette, call, sara, sara.rung())
    at = desk.place("sara")
    assert desk.outcome(at.customer, desk.control.send_to(at, "205")) == ("done", 0)
    first = line.rung()
    desk.both(mette, call, line, first)
    second, last = desk.talk(sara, mette, "203")
    one, two = sorted(desk.live("mette"), key=lambda found: found.direction)
    at = desk.at("mette", one)
    assert desk.outcome(at.customer, desk.control.join(at, desk.at("mette", two))) == ("done", 0)
    last.wait("ended")
    desk.both(sara, second, line, first)
    desk.control.hang_up(desk.place("sara"))
    first.wait("ended")
    begun = desk.control.call(desk.own("mette"), "205")
    mine = mette.rung(after=1).wait("ringing")
    mine.answer()
    assert desk.outcome(at.customer, begun) == ("done", 0)
    zoom = desk.office.connect("zoom", link=inside(3), made=SoundPhone, answers_after=0.1)
    assert desk.outcome(at.customer, desk.control.pull(desk.place("mette"), desk.own("zoom"))) == ("done", 0)
    mine.wait("ended")
    desk.both(zoom, zoom.rung(), line, line.rung(after=1))
    zoom.hang_up(zoom.rung())
    line.rung(after=1).wait("ended")
