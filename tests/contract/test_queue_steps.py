"""What a plan rings before a queue, and where a queue's call goes on, has the buttons of any other call (G28, G30)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.utils import timezone

from demo.sipclient.sound import MUSIC
from myfone.tenancy.context import tenant
from telephony.models import CallLeg, CallRecord, Queue, QueueHours, RingProfile, RingTarget
from tests.contract.calling import DOMAIN, Office
from tests.contract.controlling import Desk, controller, desk, relay
from tests.contract.switching import eventually
from tests.contract.test_queue_control import prompts, switch
from tests.contract.test_queue_music import SECOND, Listener, own_music, signed_in
from tests.contract.test_queues import calls, open_queue
from tests.contract.test_ring_profiles import MemberDraft, profiles, save
from tests.contract.test_spoken import strays

__all__ = ["controller", "desk", "prompts", "relay", "switch"]


def leads_to(office: Office, queue: Queue, *, seconds: int = 30) -> None:
    """Let Mette's desk phone ring, and then the queue take her calls."""
    mette = office.cast.mette
    found = next(iter(profiles(office, mette).values()))
    save(mette, found, (seconds, [MemberDraft(phone=office.rows["mette"].pk)]))
    with tenant(mette.actor):
        profile = RingProfile.objects.visible_to(mette.actor).get(pk=found.pk)
        owned = {"customer": office.cast.bixen, "employee": mette.employee}
        for situation in ("no_answer", "busy"):
            RingTarget(profile=profile, situation=situation, queue=queue, **owned).save()


def records(desk: Desk) -> list[tuple[str, str]]:
    """Return what the history says of calls: the outcome, and who answered."""
    with tenant(desk.office.cast.sara.actor) as actor:
        rows = CallRecord.objects.visible_to(actor).select_related("answered_by").order_by("id")
        return [(row.outcome, row.answered_by.name.split()[0] if row.answered_by else "") for row in rows]


def test_what_rings_before_and_after_a_queue_has_buttons(desk: Desk, prompts: Path) -> None:
    office = desk.office
    queue = open_queue(office, office.cast.line, overflow="201", ring_seconds=30)
    told = own_music(office, queue, prompts)
    leads_to(office, queue)
    office.equip(office.cast.peter, "peter")
    caller = office.connect("peter", made=Listener)
    mette, sara, line = desk.phone("mette"), desk.phone("sara"), desk.phone("line")
    # The phone that rings first.
    call = caller.call("203")
    rings = mette.rung().wait("ringing")
    assert desk.place("mette", state="early").call == call.call_id
    rings.answer()
    call.wait("up")
    desk.both(caller, call, mette, rings)
    at = desk.place("mette")
    told_of = desk.control.controls(at.customer, [at.call])[at.call]
    assert (told_of.why_not, told_of.possible >= {"send_to", "hold"}) == ("", True)
    rings.hang_up()
    call.wait("ended")
    assert eventually(lambda: records(desk) == [("answered", "Mette")])
    # It is busy, the caller waits with music, an agent misses it, nobody is left, and it goes on: all in one record.
    signed_in(office, queue, "line")
    mette.refuses = 486
    call = caller.call("203")
    refused = line.rung().wait("ringing")
    heard = caller.heard(call, SECOND)
    assert strays(heard, told) < 0.1
    signed_in(office, queue)
    line.refuse(refused)
    rings = sara.rung().wait("ringing")
    assert desk.place("sara", state="early").call == call.call_id
    assert calls(office) == [("ended", "waited")]
    rings.answer()
    call.wait("up")
    desk.both(caller, call, sara, rings)
    at = desk.place("sara")
    assert desk.outcome(at.customer, desk.control.hold(at)) == ("done", 0)
    caller.hears(call, MUSIC)
    assert desk.outcome(at.customer, desk.control.resume(at)) == ("done", 0)
    call.hang_up()
    rings.wait("ended")
    assert eventually(lambda: records(desk) == [("answered", "Mette"), ("answered", "Sara")])
    with tenant(office.cast.sara.actor) as actor:
        last = CallRecord.objects.visible_to(actor).latest("id")
        legs = CallLeg.objects.visible_to(actor).filter(record_id=last.pk).order_by("step", "pk")
        assert [(leg.role, leg.step, leg.outcome) for leg in legs] == [
            ("caller", 0, ""),
            ("rung", 1, "busy"),
            ("queue", 4, "nobody"),
            ("rung", 4, "busy"),
            ("rung", 5, "answered"),
        ]
    # The queue closes while somebody waits, which makes another plan: they go on as they would have when they came.
    signed_in(office, queue, "line")
    call = caller.call("230")
    refused = line.rung(after=1).wait("ringing")
    with tenant(office.cast.sara.actor):
        other_day = timezone.localtime().isoweekday() % 7 + 1
        QueueHours(
            customer=queue.customer, queue=queue, weekday=other_day, opens=dt.time(11), closes=dt.time(12)
        ).save()
    signed_in(office, queue)
    line.refuse(refused)
    rings = sara.rung(after=1).wait("ringing")
    rings.answer()
    call.wait("up")
    desk.both(caller, call, sara, rings)
    call.hang_up()
    rings.wait("ended")
    assert eventually(lambda: records(desk)[2:] == [("answered", "Sara")])


def test_a_step_is_picked_up_turned_away_and_goes_on_to_a_number(desk: Desk) -> None:
    office = desk.office
    queue = open_queue(office, overflow="+4522334455")
    leads_to(office, queue)
    caller, mette, sara = desk.phone("line"), desk.phone("mette"), desk.phone("sara")
    office.trunk.answers_after = 0
    call = caller.call("203")
    rings = mette.rung().wait("ringing")
    assert eventually(lambda: sara.call("8*203").wait("ended").status == 480 and sara.was_rung)
    taken = sara.rung().wait("ringing")
    taken.answer()
    call.wait("up")
    assert rings.wait("ended").status == 487
    desk.both(caller, call, sara, taken)
    assert desk.place("sara").call == call.call_id
    call.hang_up()
    taken.wait("ended")
    # Whoever gives up while it rings is in no queue.
    call = caller.call("203")
    mette.rung(after=1).wait("ringing")
    call.hang_up()
    mette.rung(after=1).wait("ended")
    assert eventually(lambda: not desk.live("line"))
    assert calls(office) == []
    # Turned away in the browser: that is how it ends, as with any other call.
    call = caller.call("203")
    mette.rung(after=2).wait("ringing")
    at = desk.place("mette", state="early")
    assert desk.outcome(at.customer, desk.control.hang_up(at)) == ("done", 0)
    call.wait("ended")
    mette.rung(after=2).wait("ended")
    # Nobody is there, and it leaves the company, which the caller can do as with any other call.
    call = caller.call("230").wait("up")
    invite = office.trunk.rung().invite
    assert invite is not None
    assert not [name for name, _ in invite.headers if name.startswith("x-myfone")]
    at = desk.place("line")
    assert desk.control.controls(at.customer, [at.call])[at.call].why_not == ""
    call.hang_up()
    office.trunk.rung().wait("ended")
    # Whoever gives up after the queue, before the controller has shown that it is there, has given up as well.
    office.trunk.answers_after = None
    desk.controller.kill()
    try:
        call = caller.call("230")
        assert eventually(lambda: calls(office) == [("ended", "waited")] * 2)
        call.hang_up()
        ends = [("answered", "Sara"), ("cancelled", ""), ("refused", ""), ("answered", ""), ("cancelled", "")]
        assert eventually(lambda: records(desk) == ends), records(desk)
    finally:
        desk.controller.start()


def test_the_controllers_death_ends_no_wait(desk: Desk) -> None:
    office = desk.office
    queue = open_queue(office, office.cast.line)
    leads_to(office, queue)
    office.equip(office.cast.peter, "peter")
    caller = office.connect("peter", made=Listener)
    mette, line = desk.phone("mette"), desk.phone("line")
    call = caller.call("203")
    stopped = mette.rung().wait("ringing")
    desk.place("mette", state="early")
    desk.controller.kill()
    try:
        # Her phone is stopped, and rings again without it, in the same record.
        rings = mette.rung(after=1).wait("ringing")
        assert stopped.wait("ended").status == 487
        assert calls(office) == []
        mette.refuse(rings)
        assert eventually(lambda: calls(office) == [("waiting", "")])
        signed_in(office, queue, "line")
        taken = line.rung().wait("ringing")
        taken.answer()
        call.wait("up")
        desk.both(caller, call, line, taken)
        # And without one it rings as it always did.
        call.hang_up()
        taken.wait("ended")
        signed_in(office, queue)
        call = caller.call("203")
        rings = mette.rung(after=2).wait("ringing")
        rings.answer()
        call.wait("up")
        desk.both(caller, call, mette, rings)
        call.hang_up()
    finally:
        desk.controller.start()
    assert eventually(lambda: records(desk) == [("answered", "Line"), ("answered", "Mette")])
    assert eventually(lambda: not any(desk.live(name) for name in ("line", "mette", "peter")))


def test_who_is_sent_to_a_queue_in_vain_is_back_or_goes_where_the_queue_says(desk: Desk) -> None:
    office = desk.office
    open_queue(office, number="231")
    open_queue(office, number="232", overflow="201")
    sara, mette, line = desk.phone("sara", refuses=486), desk.phone("mette"), desk.phone("line")
    call, other = desk.talk(line, mette, "203")
    at = desk.place("mette")
    # A call of hers that waits is in the switch, and her phone's keys join nobody to it; both go on.
    waits = mette.call("231")
    assert eventually(lambda: calls(office) == [("waiting", "")])
    replaces = f"{waits.call_id}%3Bto-tag%3Da%3Bfrom-tag%3D{waits.local_tag}"
    said = mette.final(mette.refer(other, f"<sip:231@{DOMAIN}?Replaces={replaces}>"))
    assert (said.status, "Send To Its Number" in said.start) == (403, True)
    desk.both(line, call, mette, other)
    assert calls(office) == [("waiting", "")]
    waits.hang_up()
    assert eventually(lambda: [one.id for one in desk.live("mette")] == [at.call])
    operation = desk.control.send_to(at, "232")
    assert desk.outcome(at.customer, operation) == ("busy", 486)
    desk.both(line, call, mette, other)
    assert desk.place("mette") == at
    # The other side asks with its own keys, and now somebody is where the queue leads on.
    sara.refuses = 0
    assert line.final(line.refer(call, f"<sip:232@{DOMAIN}>")).status == 202
    rings = sara.rung(after=1).wait("ringing")
    mette.hears(other, MUSIC)
    rings.answer()
    call.wait("ended")
    desk.both(mette, other, sara, rings)
    # Whoever gives up waits no more.
    desk.control.send_to(desk.place("sara"), "231")
    mette.hears(other, MUSIC)
    other.hang_up()
    rings.wait("ended")
    assert eventually(lambda: calls(office)[1:] == [("ended", "waited")] * 2 + [("ended", "abandoned")])
    assert eventually(lambda: not any(desk.live(name) for name in ("sara", "mette", "line")))


@pytest.mark.parametrize(("sender", "kept", "number"), [("mette", "sara", "230"), ("sara", "mette", "205")])
def test_who_sends_a_call_on_and_hangs_up_is_known_to_have_sent_it(
    desk: Desk, sender: str, kept: str, number: str
) -> None:
    queue = open_queue(desk.office, desk.office.cast.line)
    phones, line = {name: desk.phone(name) for name in ("sara", "mette")}, desk.phone("line")
    ends = dict(zip(phones, desk.talk(phones["sara"], phones["mette"], "203"), strict=True))
    at = desk.place(sender)
    operation = desk.control.send_to(at, number)
    phones[kept].hears(ends[kept], MUSIC)
    ends[sender].hang_up()
    # Free at once, while the other waits.
    assert eventually(lambda: not desk.live(sender))
    assert [one.state for one in desk.live(kept)] == ["confirmed"]
    signed_in(desk.office, queue, "line")
    rings = line.rung().wait("ringing")
    phones[kept].hears(ends[kept], MUSIC)
    rings.answer()
    assert desk.outcome(at.customer, operation) == ("done", 0)
    desk.both(phones[kept], ends[kept], line, rings)
    assert desk.place(kept).call == desk.place("line").call
    shown = {"sara": "201", "mette": "203"}[kept]
    assert eventually(lambda: (desk.live("line")[0].number, desk.live(kept)[0].number) == (shown, number))
    ends[kept].hang_up()
    rings.wait("ended")
    assert eventually(lambda: not any(desk.live(name) for name in ("sara", "mette", "line")))
    with tenant(desk.office.cast.sara.actor) as actor:
        found = CallRecord.objects.visible_to(actor).order_by("id")
        assert eventually(lambda: all(row.ended_at for row in found.all()))
        first, second = found.all()
        went, came = CallLeg.objects.visible_to(actor).exclude(goes_on=None).order_by("record_id")
    assert (went.record_id, went.role, went.goes_on) == (first.pk, "passed_on", second.public_id)
    assert (came.record_id, came.role, came.goes_on) == (second.pk, "joined", first.public_id)
    people = [desk.person(name).employee for name in (kept, sender, "line")]
    assert [came.employee_id, second.caller_id, second.answered_by_id] == [one.pk for one in people if one]
