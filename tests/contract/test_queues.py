"""Queues and codes on the real switch: callers wait, agents are rung, and codes do what they say (G26, G27, G29)."""

from __future__ import annotations

import time

from django.utils import timezone

from demo.sipclient.phone import SipPhone
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import (
    CallLeg,
    CallRecord,
    CodeUse,
    Extension,
    Forward,
    Presence,
    Queue,
    QueueCall,
    QueueDay,
    QueueMember,
    RingProfile,
    RingTarget,
)
from telephony.selectors.calls import Wanted, history
from telephony.selectors.live import now_of
from telephony.services import phones
from tests.cast import Person
from tests.contract.calling import Office
from tests.contract.switching import as_superuser, eventually


def open_queue(office: Office, *people: Person, number: str = "230", **settings: object) -> Queue:
    with tenant(office.cast.sara.actor):
        extension = Extension(customer=office.cast.bixen, number=number)
        extension.save()
        queue = Queue(
            customer=office.cast.bixen,
            name=f"Kø {number}",
            extension=extension,
            **{"ring_seconds": 5, "wrap_up_seconds": 0} | settings,
        )
        queue.save()
        for person in people:
            QueueMember(customer=office.cast.bixen, queue=queue, employee=person.employee).save()
    return queue


def calls(office: Office) -> list[tuple[str, str]]:
    with tenant(office.cast.sara.actor):
        found = QueueCall.objects.visible_to(office.cast.sara.actor).order_by("entered_at")
        return [(call.state, call.outcome) for call in found]


def recorded(office: Office) -> list[tuple[str, str]]:
    """Return what the history says of calls to queues: the outcome, and who answered."""
    with tenant(office.cast.sara.actor):
        found = CallRecord.objects.visible_to(office.cast.sara.actor).exclude(queue=None).order_by("id")
        return [
            (call.outcome, call.answered_by.name.split()[0] if call.answered_by else "")
            for call in found.select_related("answered_by")
        ]


def open_or_not(office: Office) -> list[tuple[str, bool]]:
    """Return what was dialled in each call, and whether its record says that it has ended."""
    with tenant(office.cast.sara.actor) as actor:
        rows = CallRecord.objects.visible_to(actor).exclude(dialled__contains="*").order_by("pk")
        return [(row.dialled, row.ended_at is not None) for row in rows]


def shown(state: str, *people: Person) -> list[int]:
    """Return how many calls somebody's Today shows that ring (early) or are up (confirmed)."""
    keys = [person.employee.pk for person in people if person.employee is not None]
    with tenant(people[0].actor):
        found = now_of(keys)
        return [sum(call.state == state for call in found[key].calls) for key in keys]


def dial(phone: SipPhone, code: str) -> tuple[int, str]:
    call = phone.call(code).wait("ended")
    return call.status, call.answers[-1].start.partition(" ")[2].partition(" ")[2]


def signed_in(office: Office) -> set[str]:
    with tenant(office.cast.sara.actor):
        found = QueueMember.objects.visible_to(office.cast.sara.actor).filter(is_signed_in=True)
        return {member.employee.name.split()[0] for member in found.select_related("employee")}


def from_outside(office: Office, number: str) -> object:
    return office.trunk.call(number, domain=f"{office.switch.address}:{office.switch.port}")


def test_two_callers_wait_and_three_agents_take_them(office: Office) -> None:
    cast = office.cast
    queue = open_queue(office, cast.sara, cast.mette, cast.line)
    assert queue.extension.number == "230"
    sara, mette, line = (office.connect(name) for name in ("sara", "mette", "line"))
    office.equip(cast.peter, "peter")
    office.equip(cast.peter, "other")
    first_caller, second_caller = office.connect("peter"), office.connect("other")
    first = first_caller.call("230")
    assert eventually(lambda: any(answer.status == 182 for answer in first.answers))
    assert eventually(lambda: calls(office) == [("waiting", "")])
    assert dial(mette, "2*230") == (480, "Logget ind i Kø 230")
    mette.rung().wait("ringing")
    second = second_caller.call("230")
    mette.rung().answer()
    first.wait("up")
    # She talks: the second caller waits until somebody else is there.
    assert eventually(lambda: calls(office) == [("talking", "answered"), ("waiting", "")])
    assert dial(sara, "2*230")[0] == 480
    sara.rung().wait("ringing")
    sara.rung().answer()
    second.wait("up")
    assert len([call for call in mette.calls if not call.outgoing]) == 1
    assert not line.was_rung
    assert dial(mette, "20*230") == (480, "Logges ud af Kø 230 efter kaldet")
    assert signed_in(office) == {"Mette", "Sara"}
    first.hang_up()
    assert eventually(lambda: signed_in(office) == {"Sara"})
    second.hang_up()
    assert eventually(lambda: calls(office) == [("ended", "answered")] * 2)
    assert eventually(lambda: recorded(office) == [("answered", "Mette"), ("answered", "Sara")])
    with tenant(cast.sara.actor):
        legs = CallLeg.objects.visible_to(cast.sara.actor)
        assert {leg.queue_id for leg in legs.filter(role__in=("rung", "queue"))} == {queue.pk}
        assert set(legs.filter(role="rung").values_list("phone__username", "outcome")) >= {
            ("mette-desk", "answered"),
            ("sara-desk", "answered"),
        }
        nodes = set(CallRecord.objects.visible_to(cast.sara.actor).values_list("node", flat=True))
        assert (
            nodes == set(QueueCall.objects.visible_to(cast.sara.actor).values_list("node", flat=True)) != {""}
        )
    # Whoever does not answer is passed over.
    assert dial(line, "2*230")[0] == 480
    assert dial(sara, "20*230") == (480, "Logget ud af Kø 230")
    third = first_caller.call("230")
    line.rung().wait("ringing")
    assert line.rung().wait("ended", seconds=10).status == 487
    assert dial(mette, "2*230")[0] == 480
    mette.rung(after=1).wait("ringing")
    third.hang_up()
    assert third.wait("ended").status == 487
    assert eventually(lambda: calls(office)[-1] == ("ended", "abandoned"))
    assert eventually(lambda: recorded(office)[-1] == ("cancelled", ""))


def test_of_two_agents_who_answer_at_the_same_time_one_is_in_the_call(office: Office) -> None:
    open_queue(office, office.cast.mette, office.cast.line, strategy="ring_all")
    mette, line = office.connect("mette"), office.connect("line")
    office.equip(office.cast.peter, "peter")
    caller = office.connect("peter")
    for agent in (mette, line):
        dial(agent, "2*230")
    # Her answer and the news that somebody was faster cross on their way.
    line._cancelled = lambda _: line.answer(line.rung())  # type: ignore[method-assign]
    call = caller.call("230")
    # The switch has heard of both phones that they ring.
    assert eventually(lambda: shown("early", office.cast.mette, office.cast.line) == [1, 1])
    mette.rung().answer()
    call.wait("up")
    line.rung().wait("ended")
    assert eventually(lambda: calls(office) == [("talking", "answered")])
    assert (call.state, mette.rung().state) == ("up", "up")
    # Her end is told before that of a call that she makes then, and is not the caller's.
    line.call("299").wait("ended")
    assert eventually(lambda: open_or_not(office) == [("230", False), ("299", True)])
    call.hang_up()
    mette.rung().wait("ended")
    assert eventually(lambda: open_or_not(office)[0] == ("230", True))
    assert recorded(office)[0] == ("answered", "Mette")


def test_callers_go_on_when_nobody_is_there_and_when_they_have_waited(
    office: Office, postgres: Postgres
) -> None:
    office.connect("mette", answers_after=0)
    line = office.connect("line")
    queue = open_queue(office, office.cast.line, overflow="203", max_wait_seconds=10)
    call = line.call("230")
    call.wait("up")
    call.hang_up()
    assert calls(office) == [("ended", "waited")]
    with tenant(office.cast.sara.actor):
        QueueMember.objects.visible_to(office.cast.sara.actor).filter(queue=queue).update(is_signed_in=True)
    office.equip(office.cast.peter, "peter")
    caller = office.connect("peter")
    call = caller.call("230")
    line.rung().wait("ringing")
    # The shortest wait that can be chosen is ten seconds: nine of them are over.
    as_superuser(
        postgres,
        "UPDATE telephony_queuecall SET entered_at = entered_at - interval '9 s' WHERE state = 'ringing'",
    )
    call.wait("up", seconds=20)
    assert line.rung().status == 487
    call.hang_up()
    # A ring profile leads there, too: that stands in the history of whom the call was for.
    assert office.cast.mette.employee
    with tenant(office.cast.mette.actor):
        owned = {"customer": office.cast.bixen, "employee": office.cast.mette.employee}
        profile = RingProfile(name="Fri", **owned)
        profile.save()
        RingTarget(profile=profile, situation="always", queue=queue, **owned).save()
    before = sum(not one.outgoing for one in line.calls)
    call = caller.call("203")
    line.rung(after=before).answer()
    call.wait("up").hang_up()

    def led() -> list[tuple[str, str, str]]:
        with tenant(office.cast.mette.actor) as actor:
            found = history(actor=actor, wanted=Wanted(), limit=1)
            return [(line.part, line.led_to, line.taker.name if line.taker else "") for line in found]

    assert eventually(lambda: led() == [("led", "Kø 230", "Line Mark")]), led()


def test_a_queue_has_a_length_lets_agents_rest_and_is_closed(office: Office) -> None:
    cast = office.cast
    queue = open_queue(
        office, cast.mette, max_length=1, wrap_up_seconds=2, overflow="201", closed_to="205", ring_seconds=20
    )
    mette, sara, line = (
        office.connect("mette"),
        office.connect("sara"),
        office.connect("line", answers_after=0),
    )
    for name in ("peter", "other"):
        office.equip(cast.peter, name)
    peter, other = office.connect("peter"), office.connect("other")
    assert dial(mette, "2*230")[0] == 480
    # Whoever is in a call of her own is offered none; whoever finds the queue full goes on.
    own = mette.call("205").wait("up")
    assert eventually(lambda: shown("confirmed", cast.mette) == [1])
    first = peter.call("230")
    assert eventually(lambda: calls(office) == [("waiting", "")])
    full = other.call("230")
    sara.rung().wait("ringing").answer()
    full.wait("up").hang_up()
    assert calls(office) == [("waiting", ""), ("ended", "full")]
    assert not mette.was_rung
    own.hang_up()
    mette.rung().wait("ringing").answer()
    first.wait("up")
    assert eventually(lambda: calls(office)[0] == ("talking", "answered"))
    # A rest after each call of the queue.
    first.hang_up()
    ended = time.monotonic()
    assert eventually(lambda: calls(office)[0] == ("ended", "answered"))
    second = other.call("230")
    mette.rung(after=1).wait("ringing")
    assert 1.5 < mette.times("rings")[1] - ended < 12
    second.hang_up()
    second.wait("ended")
    with tenant(cast.sara.actor):
        today = timezone.localdate()
        QueueDay(customer=cast.bixen, queue=queue, name="Sommerfest", first_day=today, last_day=today).save()
    peter.call("230").wait("up").hang_up()
    assert (len(line.times("rings")), len(mette.times("rings"))) == (2, 2)


def test_a_caller_whom_nobody_took_is_done_with_once_a_colleague_reaches_the_number(office: Office) -> None:
    cast = office.cast
    queue = open_queue(office, cast.mette)
    with tenant(cast.sara.actor):
        phones.add_ddi(actor=cast.sara.actor, extension=queue.extension, number="69142430")
    line = office.connect("line")
    asserted = (("P-Asserted-Identity", "<sip:+4522334455@trunk.invalid>"),)
    switch = f"{office.switch.address}:{office.switch.port}"
    gone = office.trunk.call("+4569142430", domain=switch, headers=asserted)
    assert eventually(lambda: calls(office) == [("waiting", "")])
    gone.hang_up()
    assert eventually(lambda: calls(office) == [("ended", "abandoned")])
    # Its record ends with it, though nobody was rung.
    assert eventually(lambda: [outcome for outcome, _ in recorded(office)] == ["cancelled"])

    def done() -> list[str]:
        with tenant(cast.sara.actor):
            return [one.done_how for one in QueueCall.objects.visible_to(cast.sara.actor)]

    rings = line.call("22334455").wait("ringing")
    assert done() == [""]
    office.trunk.rung().answer()
    rings.wait("up")
    assert eventually(lambda: done() == ["reached"])
    rings.hang_up()
    # A colleague has a local number, and is reached at a phone.
    sara = office.connect("sara", answers_after=0)
    waits = sara.call("230")
    assert eventually(lambda: len(calls(office)) == 2 and calls(office)[-1] == ("waiting", ""))
    waits.hang_up()
    assert eventually(lambda: calls(office)[-1] == ("ended", "abandoned"))
    line.call("201").wait("up").hang_up()
    assert eventually(lambda: done() == ["reached"] * 2)


def test_codes_do_what_they_say_and_the_portal_knows(office: Office) -> None:
    cast = office.cast
    open_queue(office, cast.mette)
    mette, sara = office.connect("mette", answers_after=0), office.connect("sara")
    with tenant(cast.mette.actor):
        from telephony.services import profiles

        mine = profiles.create_templates(actor=cast.mette.actor, employee=cast.mette.employee)
    assert dial(mette, "2*230")[0] == 480
    assert dial(mette, "2*230") == (480, "Allerede logget ind i Kø 230")
    assert dial(mette, "3*") == (480, "Pause")
    assert dial(mette, "30*") == (480, "Pausen er slut")
    assert dial(sara, "2*230")[0] == 403
    assert dial(mette, "2*999")[0] == 404
    assert dial(mette, "99*1")[0] == 404
    assert dial(mette, "22*230")[0] == 404
    assert dial(mette, "7*") == (480, "Forstyr ikke")
    assert sara.call("203").wait("ended").status == 486
    assert dial(mette, "70*")[0] == 480
    sara.call("203").wait("up").hang_up()
    assert dial(mette, "5*201") == (480, "Viderestillet til 201")
    line = office.connect("line")
    forwarded = line.call("203")
    sara.rung().wait("ringing")
    forwarded.hang_up()
    assert dial(mette, "50*")[0] == 480
    assert dial(mette, "5*004670123456")[0] == 403
    assert dial(mette, "4*2") == (480, "Profil: move")
    with tenant(cast.mette.actor):
        from myfone.kernel import clock
        from telephony.selectors.profiles import active_profile

        assert active_profile(cast.mette.employee.pk, clock.now()) == mine[1].pk  # type: ignore[union-attr]
        used = CodeUse.objects.visible_to(cast.mette.actor).order_by("at")
        assert used.first().result == "signed_in"
        assert used.last().result == "profile"
        assert not Forward.objects.visible_to(cast.mette.actor).exists()
        assert Presence.objects.visible_to(cast.mette.actor).get(employee=cast.mette.employee).state == ""
        assert RingProfile.objects.visible_to(cast.mette.actor).count() == 5


def test_the_queue_of_another_company_is_not_there(office: Office) -> None:
    with tenant(office.cast.freja.actor):
        extension = Extension(customer=office.cast.havnen, number="230")
        extension.save()
        Queue(customer=office.cast.havnen, name="Havn", extension=extension).save()
        Extension(customer=office.cast.havnen, number="231", employee=office.cast.freja.employee).save()
    mette = office.connect("mette")
    for number in ("230", "231", "2*230", "20*230", "8*230", "8*231", "5*231"):
        assert dial(mette, number)[0] == 404, number
