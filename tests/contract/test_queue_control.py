"""Queues' calls through the controller: whoever took one can do with it what can be done with any call (G27, G30)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.sipclient.sound import MUSIC
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack import ports
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from stack.rtpengine import RtpEngine
from telephony import music
from telephony.gateways.controller import ControlRefused
from telephony.models import CallLeg, CallRecord, Queue, QueueCall, QueueMember
from telephony.services.phones import add_ddi
from tests.contract.calling import DOMAIN
from tests.contract.controlling import Desk, controller, desk, relay
from tests.contract.listening import SECOND, strays
from tests.contract.switching import eventually, own_switch
from tests.contract.test_queue_music import from_outside, own_music, signed_in
from tests.contract.test_queues import calls, open_queue, recorded

__all__ = ["controller", "desk", "relay"]


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("prompts")
    music.make(directory / "music")
    return directory


@pytest.fixture(scope="module")
def switch(
    tmp_path_factory: pytest.TempPathFactory,
    postgres: Postgres,
    django_db_setup: None,
    relay: RtpEngine,
    prompts: Path,
) -> Iterator[Kamailio]:
    directory = tmp_path_factory.mktemp("kamailio")
    controller = f"{ports.loopback(directory / 'controller')}:5080"
    media = f"{relay.ng[0]}:{relay.ng[1]}"
    with own_switch(directory, postgres, controller=controller, media=media, prompts=prompts) as service:
        yield service


def rested(desk: Desk, queue: Queue, name: str) -> bool:
    """Say whether an agent's rest after a call has begun."""
    with tenant(desk.office.cast.sara.actor) as actor:
        row = QueueMember.objects.visible_to(actor).get(queue=queue, employee=desk.person(name).employee)
        return row.last_ended_at is not None


def test_an_agent_sends_a_queues_call_on_and_is_free(desk: Desk) -> None:
    office = desk.office
    queue = open_queue(office, office.cast.mette)
    signed_in(office, queue, "mette")
    line, mette, sara = desk.phone("line"), desk.phone("mette"), desk.phone("sara", answers_after=0.1)
    call = line.call("230")
    rings = mette.rung().wait("ringing")
    line.hears(call, MUSIC)
    assert desk.place("mette", state="early").call == call.call_id
    rings.answer()
    call.wait("up")
    desk.both(line, call, mette, rings)
    at = desk.place("mette")
    assert (desk.live("mette")[0].number, desk.live("line")[0].number) == ("205", "230")
    told = desk.control.controls(at.customer, [at.call])[at.call]
    assert (told.why_not, told.possible >= {"send_to", "hold", "join", "pull"}) == ("", True)
    assert desk.outcome(at.customer, desk.control.hold(at)) == ("done", 0)
    line.hears(call, MUSIC)
    assert desk.outcome(at.customer, desk.control.resume(at)) == ("done", 0)
    desk.both(line, call, mette, rings)
    assert desk.outcome(at.customer, desk.control.send_to(at, "201")) == ("done", 0)
    rings.wait("ended")
    desk.both(line, call, sara, sara.rung())
    assert eventually(lambda: calls(office) == [("ended", "answered")] and rested(desk, queue, "mette"))
    assert eventually(lambda: not desk.live("mette"))
    assert desk.place("line").call == desk.place("sara").call != at.call
    # She is free for the next one while these two talk.
    office.equip(office.cast.peter, "peter")
    second = desk.phone("peter").call("230")
    mette.rung(after=1).wait("ringing")
    second.hang_up()
    call.hang_up()
    sara.rung().wait("ended")
    assert eventually(lambda: not any(desk.live(name) for name in ("line", "mette", "sara", "peter")))
    assert eventually(lambda: recorded(office) == [("answered", "Mette"), ("cancelled", "")])
    with tenant(office.cast.sara.actor) as actor:
        assert eventually(lambda: not CallRecord.objects.visible_to(actor).filter(ended_at=None).exists())


def test_who_calls_from_outside_is_transferred_with_the_agents_own_keys(desk: Desk) -> None:
    office = desk.office
    queue = open_queue(office, office.cast.mette, office.cast.line, strategy="ring_all")
    with tenant(office.cast.sara.actor):
        add_ddi(actor=office.cast.sara.actor, extension=queue.extension, number="69142430")
    signed_in(office, queue, "mette", "line")
    mette, line, sara = desk.phone("mette"), desk.phone("line"), desk.phone("sara", answers_after=0.1)
    caller = from_outside(office)
    call = caller.call("+4569142430", domain=f"{office.switch.address}:{office.switch.port}")
    mette.rung().wait("ringing")
    line.refuse(line.rung().wait("ringing"))
    mette.refuse(mette.rung())
    # Both are offered it again, and one is faster.
    again, other = mette.rung(after=1).wait("ringing"), line.rung(after=1).wait("ringing")
    again.answer()
    call.wait("up")
    assert other.wait("ended").status == 487
    desk.both(caller, call, mette, again)
    assert not any(name == "x-myfone-call" for name, _ in again.invite.headers)  # type: ignore[union-attr]
    desk.place("mette")
    assert not desk.live("line")
    mette.refer(again, f"<sip:201@{DOMAIN}>")
    desk.both(caller, call, sara, sara.rung())
    again.wait("ended")
    assert eventually(lambda: calls(office) == [("ended", "answered")] and rested(desk, queue, "mette"))
    sara.rung().hang_up()
    call.wait("ended")
    assert eventually(lambda: not desk.live("sara") and not desk.live("mette"))
    assert eventually(lambda: recorded(office) == [("answered", "Mette")])


def test_an_agent_goes_on_at_another_phone_and_joins_two_calls(desk: Desk) -> None:
    office = desk.office
    office.equip(office.cast.mette, "other")
    queue = open_queue(office, office.cast.mette)
    signed_in(office, queue, "mette")
    line, mette, sara = desk.phone("line"), desk.phone("mette", answers_after=0), desk.phone("sara")
    call = line.call("230").wait("up")
    at = desk.place("mette")
    other = desk.phone("other", answers_after=0)
    assert desk.outcome(at.customer, desk.control.pull(at, desk.own("other"))) == ("done", 0)
    desk.both(line, call, other, other.rung())
    mette.rung().wait("ended")
    assert calls(office) == [("talking", "answered")]
    # No phone's leg is the one that the switch knows the call by any more: the controller tells of its end.
    call.hang_up()
    other.rung().wait("ended")
    assert eventually(lambda: calls(office) == [("ended", "answered")])
    other.register(expires=0)
    # A colleague calls her while she has a caller, and she leaves both to each other.
    call = line.call("230").wait("up")
    queued = desk.place("mette")
    second = sara.call("203").wait("up")
    assert eventually(lambda: len(desk.live("mette")) == 2)
    (direct,) = [desk.at("mette", one) for one in desk.live("mette") if one.id != queued.call]
    assert desk.outcome(at.customer, desk.control.join(direct, queued)) == ("done", 0)
    desk.both(line, call, sara, second)
    assert eventually(lambda: calls(office) == [("ended", "answered")] * 2)
    assert eventually(lambda: not desk.live("mette"))
    call.hang_up()
    second.wait("ended")
    assert eventually(lambda: not desk.live("line") and not desk.live("sara"))


def test_of_two_agents_who_answer_at_the_same_time_one_is_in_the_call(desk: Desk) -> None:
    office = desk.office
    queue = open_queue(office, office.cast.mette, office.cast.line, strategy="ring_all")
    signed_in(office, queue, "mette", "line")
    office.equip(office.cast.peter, "peter")
    caller, mette, line = desk.phone("peter"), desk.phone("mette"), desk.phone("line")
    # Her answer and the news that somebody was faster cross on their way.
    line._cancelled = lambda _: line.answer(line.rung())  # type: ignore[method-assign]
    call = caller.call("230")
    line.rung().wait("ringing")
    mette.rung().wait("ringing").answer()
    call.wait("up")
    assert line.rung().wait("ended").status == 200
    desk.both(caller, call, mette, mette.rung())
    desk.place("mette")
    assert eventually(lambda: not desk.live("line"))
    assert calls(office) == [("talking", "answered")]
    call.hang_up()
    mette.rung().wait("ended")
    assert eventually(lambda: recorded(office) == [("answered", "Mette")])
    with tenant(office.cast.sara.actor) as actor:
        legs = CallLeg.objects.visible_to(actor).filter(role="rung").order_by("pk")
        assert [(leg.employee.name, leg.outcome) for leg in legs.select_related("employee")] == [
            ("Mette Hansen", "answered"),
            ("Line Mark", "elsewhere"),
        ]


def test_who_gives_up_while_an_agent_is_rung_waits_no_more(desk: Desk) -> None:
    office = desk.office
    queue = open_queue(office, office.cast.mette)
    signed_in(office, queue, "mette")
    line, mette = desk.phone("line"), desk.phone("mette")
    for number, gives_up in enumerate(("phone", "browser")):
        call = line.call("230")
        rings = mette.rung(after=number).wait("ringing")
        at = desk.place("line", state="early")
        if gives_up == "phone":
            call.hang_up()
        else:
            desk.control.hang_up(at)
        assert (call.wait("ended").status, rings.wait("ended").status) == (487, 487)
        assert eventually(lambda: calls(office)[-1] == ("ended", "abandoned"))
        assert eventually(lambda: not desk.live("line") and not desk.live("mette"))
    assert eventually(lambda: recorded(office) == [("cancelled", "")] * 2)


def test_a_colleague_takes_a_call_that_rings_through_the_controller(desk: Desk) -> None:
    office = desk.office
    queue = open_queue(office, office.cast.mette)
    signed_in(office, queue, "mette")
    line, mette, sara = desk.phone("line"), desk.phone("mette"), desk.phone("sara")
    call = line.call("230")
    rings = mette.rung().wait("ringing")
    assert sara.call("8*230").wait("ended").status == 480
    taken = sara.rung().wait("ringing")
    names = [name for name, _ in taken.invite.headers]  # type: ignore[union-attr]
    assert "call-info" in names
    assert "x-myfone-call" not in names
    taken.answer()
    call.wait("up")
    assert rings.wait("ended").status == 487
    desk.both(line, call, sara, taken)
    call.hang_up()
    taken.wait("ended")
    assert eventually(lambda: recorded(office) == [("answered", "Sara")])
    # Who is fetched while nobody is rung goes through the controller.
    signed_in(office, queue)
    call = line.call("230")
    assert eventually(lambda: calls(office)[-1] == ("waiting", ""))
    assert sara.call("8*230").wait("ended").status == 480
    taken = sara.rung(after=1).wait("ringing")
    assert "call-info" in [name for name, _ in taken.invite.headers]  # type: ignore[union-attr]
    taken.answer()
    at = desk.place("sara")
    assert desk.control.controls(at.customer, [at.call])[at.call].why_not == ""
    call.hang_up()
    taken.wait("ended")


def test_who_is_sent_to_a_queue_hears_its_music_until_an_agent_answers(desk: Desk, prompts: Path) -> None:
    office, cast = desk.office, desk.office.cast
    queue = open_queue(office, cast.line, ring_seconds=30, pause_after_missed=0)
    told = own_music(office, queue, prompts)
    caller, mette, line = from_outside(office), desk.phone("mette"), desk.phone("line", refuses=486)
    call = caller.call(
        "+4569142403",
        domain=f"{office.switch.address}:{office.switch.port}",
        headers=(("P-Asserted-Identity", "<sip:+4522334455@trunk.invalid>"),),
    )
    rings = mette.rung().wait("ringing")
    rings.answer()
    call.wait("up")
    desk.both(caller, call, mette, rings)
    signed_in(office, queue, "line")
    at = desk.place("mette")
    before = len(caller.kept[id(caller.sound(call))])
    operation = desk.control.send_to(at, "230")
    line.rung()
    line.refuses = 0
    # The queue's file, from the beginning; that a phone rings meanwhile, and refuses, is not heard.
    heard = caller.heard(call, before + 2 * SECOND)[before:]
    begins = next(
        start for start in range(0, len(heard) - 800, 160) if strays(heard[start:][:800], told[:800]) < 0.1
    )
    assert strays(heard[begins:], told * 3) < 0.1
    with pytest.raises(ControlRefused):
        desk.control.send_to(at, "230")
    with tenant(cast.sara.actor) as actor:
        # Whoever waits is the one who called, not the one who has passed them on.
        assert QueueCall.objects.visible_to(actor).get().caller == "+4522334455"
    assert eventually(lambda: line.calls[-1].state == "ringing")
    taken = line.calls[-1]
    taken.answer()
    assert desk.outcome(at.customer, operation) == ("done", 0)
    rings.wait("ended")
    desk.both(caller, call, line, taken)
    place = desk.place("line")
    assert desk.live("line")[0].number == "+4522334455"
    assert "send_to" in desk.control.controls(place.customer, [place.call])[place.call].possible
    call.hang_up()
    taken.wait("ended")
    assert eventually(
        lambda: recorded(office) == [("answered", "Line")] and calls(office) == [("ended", "answered")]
    )
    with tenant(cast.sara.actor) as actor:
        first, second = CallRecord.objects.visible_to(actor).order_by("id")
        went, came = CallLeg.objects.visible_to(actor).exclude(goes_on=None).order_by("record_id")
    assert (went.record_id, went.goes_on, went.employee_id) == (
        first.pk,
        second.public_id,
        cast.mette.employee.pk,
    )
    assert (came.record_id, came.goes_on, came.number) == (second.pk, first.public_id, "+4522334455")


def test_queues_go_on_without_the_controller_and_without_the_relay(desk: Desk) -> None:
    office = desk.office
    queue = open_queue(office, office.cast.mette)
    line, mette = desk.phone("line"), desk.phone("mette")
    call = line.call("230")
    line.hears(call, MUSIC)
    desk.controller.kill()
    signed_in(office, queue, "mette")
    rings = mette.rung().wait("ringing")
    line.hears(call, MUSIC)
    rings.answer()
    call.wait("up")
    desk.both(line, call, mette, rings)
    call.hang_up()
    rings.wait("ended")
    assert eventually(lambda: calls(office) == [("ended", "answered")])
    # In a call: its sound goes on, and whoever hangs up is free.
    desk.controller.start()
    call = line.call("230")
    rings = mette.rung(after=1).wait("ringing")
    rings.answer()
    assert eventually(lambda: desk.live("mette"))
    at = desk.place("mette")
    assert desk.control.controls(at.customer, [at.call])[at.call].why_not == ""
    desk.controller.kill()
    desk.both(line, call, mette, rings)
    # The next one knows the call, and so does the switch.
    desk.controller.start()
    assert eventually(lambda: desk.control.controls(at.customer, [at.call])[at.call].why_not == "")
    assert desk.outcome(at.customer, desk.control.hold(at)) == ("done", 0)
    assert desk.outcome(at.customer, desk.control.resume(at)) == ("done", 0)
    desk.controller.kill()
    mette.hang_up(rings)
    mette.calls.remove(rings)
    assert eventually(lambda: calls(office) == [("ended", "answered")] * 2)
    assert eventually(lambda: not desk.live("mette"))
    desk.controller.start()
    call.wait("ended")
    # While it rings: her phone is stopped, and rings again without it.
    call = line.call("230")
    stopped = mette.rung(after=1).wait("ringing")
    desk.place("mette", state="early")
    desk.controller.kill()
    rings = mette.rung(after=2, seconds=15).wait("ringing")
    assert stopped.wait("ended").status == 487
    assert eventually(lambda: [one.state for one in desk.live("mette")] == ["early"])
    rings.answer()
    call.wait("up")
    desk.both(line, call, mette, rings)
    call.hang_up()
    rings.wait("ended")
    assert eventually(lambda: calls(office)[-1] == ("ended", "answered") and not desk.live("mette"))
    desk.controller.start()
    # Whoever takes it just then has nobody there: the caller is offered again, and the next one hangs her up.
    call = line.call("230")
    void = mette.rung(after=3).wait("ringing")
    desk.place("mette", state="early")
    desk.controller.kill()
    void.answer()
    rings = mette.rung(after=4, seconds=15).wait("ringing")
    desk.controller.start()
    void.wait("ended")
    answered = clock.now()
    rings.answer()
    call.wait("up")
    with tenant(office.cast.sara.actor) as actor:
        record = CallRecord.objects.visible_to(actor).order_by("-started_at")
        assert eventually(lambda: (record[0].answered_at or record[0].started_at) > answered)
    desk.both(line, call, mette, rings)
    assert eventually(lambda: calls(office)[-1] == ("talking", "answered"))
    call.hang_up()
    rings.wait("ended")
    assert eventually(lambda: calls(office)[-1] == ("ended", "answered") and not desk.live("mette"))
    # The relay goes while somebody waits.
    signed_in(office, queue)
    call = line.call("230")
    line.hears(call, MUSIC)
    desk.relay.kill()
    try:
        signed_in(office, queue, "mette")
        rings = mette.rung(after=5).wait("ringing")
        rings.answer()
        call.wait("up")
        desk.both(line, call, mette, rings)
        call.hang_up()
        rings.wait("ended")
    finally:
        desk.relay.start()
