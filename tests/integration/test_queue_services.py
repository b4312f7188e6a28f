"""What people may do with queues, who may not, and what the switch makes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist

from myfone.kernel import clock
from myfone.tenancy.actor import NotAllowed
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee
from stack.postgres import Postgres
from telephony.models import (
    Ddi,
    Extension,
    PauseReason,
    Phone,
    Queue,
    QueueCall,
    QueueMember,
    RingProfile,
)
from telephony.rules.queues import Span
from telephony.selectors.profiles import preview
from telephony.services import profiles, queue_calls, queues
from telephony.services.queues import (
    Draft,
    EndsInThePast,
    HasDirectNumber,
    LeadsToItself,
    NameTaken,
    NoTarget,
    NumberTaken,
)
from tests.cast import Cast, Person
from tests.queue_office import Office, h, opened

MONDAY = dt.datetime(2026, 11, 23, 7, 30, tzinfo=dt.UTC)  # 8.30 in Copenhagen
ONLY_ADMINISTRATOR = "Kun en administrator"
ONLY_SUPERVISOR = "Kun en køansvarlig eller"


@pytest.fixture
def office(live_cast: Cast, postgres: Postgres) -> Iterator[Office]:
    with opened(live_cast, postgres) as office:
        yield office


def planned(number: str, at: dt.datetime = MONDAY) -> list[tuple[str, str]]:
    return [(row.kind, row.why) for row in preview("it-bixen.dk", "+4511223344", number, at)]


def test_a_queue_is_made_changed_and_reached(office: Office) -> None:
    actor = office.cast.sara.actor
    with tenant(actor):
        Extension(customer=office.cast.bixen, number="201", employee=office.cast.sara.employee).save()
        assert planned("230") == [("queue", "queue")]
        draft = Draft(
            "Kundesalg",
            "231",
            max_length=1,
            closed_to="201",
            overflow="22 33 44 55",
            hours=(Span(1, dt.time(8), dt.time(16)),),
        )
        for _ in range(2):
            changed = queues.save_queue(actor=actor, queue=office.queue, draft=draft)
            assert (changed.pk, changed.name, changed.overflow) == (
                office.queue.pk,
                "Kundesalg",
                "+4522334455",
            )
        assert planned("230") == [("end", "unknown_number")]
        assert planned("231")[0] == ("queue", "queue")
        assert planned("231", MONDAY - dt.timedelta(hours=1)) == [("end", "offline")]
        always = Draft("Kundesalg", "231", max_length=1)
        queues.save_queue(actor=actor, queue=office.queue, draft=always)
        assert planned("231", MONDAY - dt.timedelta(hours=1)) == [("queue", "queue")]
    assert (office.arrive("first"), office.arrive("second")) == (1, 0)


def test_a_queue_is_refused_with_the_reason_and_nothing_is_left_of_it(office: Office) -> None:
    actor = office.cast.sara.actor
    refused = [
        (Draft("Service", "230"), NumberTaken, "230 er allerede i brug", "number"),
        (Draft("Salg", "231"), NameTaken, "allerede en kø", "name"),
        (Draft("Service", "231", overflow="999"), NoTarget, "999 er hverken", "overflow"),
        (Draft("Service", "231", closed_to="112"), NoTarget, "112 er hverken", "closed_to"),
        (Draft("Service", "231", overflow="231"), LeadsToItself, "eget nummer", "overflow"),
    ]
    for draft, error, text, field in refused:
        with tenant(actor), pytest.raises(error, match=text) as caught:
            queues.save_queue(actor=actor, queue=None, draft=draft)
        assert caught.value.field == field
    for person in (office.cast.peter, office.cast.mette, office.cast.jonas):
        with tenant(person.actor), pytest.raises(NotAllowed, match=ONLY_ADMINISTRATOR):
            queues.save_queue(actor=person.actor, queue=None, draft=Draft("Service", "231"))
    with tenant(actor):
        assert [row.name for row in Queue.objects.visible_to(actor)] == ["Salg"]
        assert [row.number for row in Extension.objects.visible_to(actor)] == ["230"]


def test_a_queue_that_ended_is_gone_and_its_number_is_free(office: Office) -> None:
    actor, cast = office.cast.sara.actor, office.cast
    member = office.enrol(cast.mette)
    with tenant(actor):
        ddi = Ddi(customer=cast.bixen, number="+4570101010", extension=office.queue.extension)
        ddi.save()
        with pytest.raises(HasDirectNumber, match="70 10 10 10"):
            queues.end_queue(actor=actor, queue=office.queue, at=MONDAY)
        Ddi.objects.visible_to(actor).filter(pk=ddi.pk).update(ended_at=MONDAY)
    with tenant(cast.peter.actor), pytest.raises(NotAllowed, match=ONLY_ADMINISTRATOR):
        queues.end_queue(actor=cast.peter.actor, queue=office.queue, at=MONDAY)
    with tenant(actor):
        queues.prefer(actor=actor, member=member, phones=[], steers={})
    for minutes in (0, 5):
        with tenant(actor):
            queues.end_queue(actor=actor, queue=office.queue, at=MONDAY + dt.timedelta(minutes=minutes))
    assert office.fresh(office.queue).ended_at == MONDAY
    assert office.audited("queue.ended") == 1
    assert office.arrive("late") == 0
    with tenant(actor):
        assert not QueueMember.objects.visible_to(actor).exists()
        assert planned("230") == [("end", "unknown_number")]
        with pytest.raises(Queue.DoesNotExist):
            queues.save_queue(actor=actor, queue=office.queue, draft=Draft("Salg", "230"))
        with pytest.raises(Queue.DoesNotExist):
            queues.enrol(actor=actor, queue=office.queue, employee=cast.mette.employee)
        assert queues.save_queue(actor=actor, queue=None, draft=Draft("Salg", "230")).pk != office.queue.pk


def test_whoever_is_enrolled_and_signed_in_is_rung_and_who_is_removed_is_not(office: Office) -> None:
    cast = office.cast
    member = office.enrol(cast.mette)
    assert office.enrol(cast.mette).pk == member.pk
    assert office.audited("queue.enrolled") == 1
    office.phone(cast.mette, "mette")
    office.arrive("call")
    assert office.rung("call") == []
    assert office.sign(cast.mette, member) == "signed_in"
    assert office.sign(cast.mette, member) == "already_in"
    assert office.fresh(member).set_by == "hand"
    assert office.rung("call") == ["mette"]
    with tenant(cast.mette.actor), pytest.raises(NotAllowed, match=ONLY_SUPERVISOR):
        queues.enrol(actor=cast.mette.actor, queue=office.queue, employee=cast.line.employee)
    with tenant(cast.mette.actor), pytest.raises(NotAllowed, match=ONLY_SUPERVISOR):
        queues.remove(actor=cast.mette.actor, member=member)
    for _ in range(2):
        with tenant(cast.peter.actor):
            queues.remove(actor=cast.peter.actor, member=member)
    assert office.audited("queue.removed") == 1
    office.over("call")
    office.arrive("next")
    assert office.rung("next") == []


def test_a_supervisor_signs_others_in_and_a_colleague_does_not(office: Office) -> None:
    cast = office.cast
    member = office.enrol(cast.mette)
    with pytest.raises(NotAllowed, match=ONLY_SUPERVISOR):
        office.sign(cast.line, member)
    at = clock.now()
    with pytest.raises(EndsInThePast, match="tidspunkt er passeret"):
        office.sign(cast.peter, member, until=at, at=at)
    assert not office.fresh(member).is_signed_in
    until = at + dt.timedelta(hours=2)
    assert office.sign(cast.peter, member, until=until) == "signed_in"
    now = office.fresh(member)
    assert (now.is_signed_in, now.set_by, now.holds_until) == (True, "supervisor", until)
    assert office.audited("queue.signed") == 1
    assert office.sign(cast.mette, member, signs_in=False) == "signed_out"
    assert office.sign(cast.mette, member, signs_in=False) == "already_out"


def test_nobody_is_rung_in_a_pause_which_began_when_it_was_first_asked_for(office: Office) -> None:
    cast = office.cast
    member = office.enrol(cast.mette)
    office.phone(cast.mette, "mette")
    office.sign(cast.mette, member)
    at = clock.now()

    def pause(person: Person, reason: PauseReason, minutes: int) -> dt.datetime | None:
        with tenant(person.actor):
            queues.pause(
                actor=person.actor, members=[member], reason=reason, at=at + dt.timedelta(minutes=minutes)
            )
        began: dt.datetime | None = office.fresh(member).paused_at
        return began

    assert pause(cast.mette, PauseReason.LUNCH, 0) == at
    assert pause(cast.mette, PauseReason.LUNCH, 1) == at
    assert pause(cast.peter, PauseReason.MEETING, 2) == at + dt.timedelta(minutes=2)
    office.arrive("call")
    assert office.rung("call") == []
    for act in (
        lambda: pause(cast.line, PauseReason.BREAK, 3),
        lambda: queues.resume(actor=cast.line.actor, members=[member]),
    ):
        with tenant(cast.line.actor), pytest.raises(NotAllowed, match=ONLY_SUPERVISOR):
            act()
    for _ in range(2):
        with tenant(cast.mette.actor):
            queues.resume(actor=cast.mette.actor, members=[member])
    assert office.fresh(member).pause_reason == ""
    assert office.rung("call") == ["mette"]


def test_the_chosen_phones_ring_and_a_profile_signs_in(office: Office) -> None:
    cast, actor = office.cast, office.cast.mette.actor
    member = office.enrol(cast.mette)
    desk, _soft = office.phone(cast.mette, "mette-desk"), office.phone(cast.mette, "mette-soft")
    lines = office.phone(cast.line, "line")
    with tenant(actor):
        mine = profiles.create_templates(actor=actor, employee=cast.mette.employee)
    with tenant(cast.line.actor):
        theirs = profiles.create_templates(actor=cast.line.actor, employee=cast.line.employee)

    def prefer(person: Person, phones: list[Phone], steers: dict[RingProfile, bool | None]) -> None:
        with tenant(person.actor):
            queues.prefer(actor=person.actor, member=member, phones=phones, steers=steers)

    for _ in range(2):
        prefer(cast.mette, [desk], {mine[0]: True, mine[1]: None})
    office.server.execute("SELECT switch.settle_members(NULL)")
    now = office.fresh(member)
    assert (now.is_signed_in, now.set_by) == (True, "profile")
    office.arrive("call")
    assert office.rung("call") == ["mette-desk"]
    office.over("call")
    # A colleague's phone among the chosen would leave the member with none that rings.
    for phones, steers in (([lines], {}), ([], {theirs[0]: True})):
        with pytest.raises(ObjectDoesNotExist):
            prefer(cast.peter, phones, steers)
    with pytest.raises(NotAllowed, match=ONLY_SUPERVISOR):
        prefer(cast.line, [], {})
    prefer(cast.peter, [], {})
    office.arrive("next")
    assert office.rung("next") == ["mette-desk", "mette-soft"]
    # Who comes back to a queue is signed out, whatever a profile said of it before.
    prefer(cast.mette, [], {mine[0]: True})
    with tenant(cast.peter.actor):
        queues.remove(actor=cast.peter.actor, member=member)
    again = office.enrol(cast.mette)
    office.server.execute("SELECT switch.settle_members(NULL)")
    assert not office.fresh(again).is_signed_in


def test_one_person_calls_a_missed_caller_back(office: Office) -> None:
    cast = office.cast
    office.arrive("missed")
    office.enrol(cast.line)
    mettes = office.enrol(cast.mette)
    actor = cast.sara.actor
    with tenant(actor):
        call = QueueCall.objects.visible_to(actor).get(call_id="missed")
        assert not queue_calls.take(actor=actor, call=call, at=MONDAY)
    office.over("missed")

    def do(act: Callable[..., bool], person: Person, **values: Any) -> bool:
        with tenant(person.actor):
            return act(actor=person.actor, call=call, **values)

    assert do(queue_calls.take, cast.mette, at=MONDAY)
    assert do(queue_calls.take, cast.mette, at=MONDAY + dt.timedelta(minutes=1))
    assert office.fresh(call).taken_at == MONDAY
    assert not do(queue_calls.take, cast.line, at=MONDAY)
    assert not do(queue_calls.release, cast.line)
    assert [do(queue_calls.release, cast.mette) for _ in range(2)] == [True, False]
    assert do(queue_calls.take, cast.line, at=MONDAY)
    assert [do(queue_calls.finish, cast.line, at=MONDAY) for _ in range(2)] == [True, False]
    done = office.fresh(call)
    assert (done.done_how, done.done_by_id) == ("hand", cast.line.actor.employee_id)
    assert not do(queue_calls.take, cast.mette, at=MONDAY)
    # A call that was answered has nobody to be called back.
    office.phone(cast.mette, "mette")
    office.sign(cast.mette, mettes)
    office.arrive("answered")
    assert office.rung("answered") == ["mette"]
    assert office.ask("SELECT switch.queue_answered(%s, %s)", h("answered"), h("ruid-mette")) == 1
    office.over("answered")
    with tenant(actor):
        call = QueueCall.objects.visible_to(actor).get(call_id="answered")
    assert not do(queue_calls.take, cast.mette, at=MONDAY)
    assert not do(queue_calls.finish, cast.mette, at=MONDAY)
    # Who takes none of the queue's calls leaves them to those who do.
    with tenant(cast.peter.actor):
        queues.remove(actor=cast.peter.actor, member=mettes)
    for act in (queue_calls.take, queue_calls.finish):
        with pytest.raises(NotAllowed, match="Kun de, der tager"):
            do(act, cast.mette, at=MONDAY)


def test_a_stranger_touches_nothing_of_a_queue(office: Office) -> None:
    cast, stig = office.cast, office.cast.stig.actor
    member = office.enrol(cast.mette)
    office.sign(cast.mette, member)
    office.arrive("missed")
    office.over("missed")
    with tenant(cast.sara.actor):
        call = QueueCall.objects.visible_to(cast.sara.actor).get(call_id="missed")
    before = [{**vars(office.fresh(row)), "_state": None} for row in (office.queue, member, call)]
    employee = cast.stig.employee
    refused: list[Callable[[], Any]] = [
        lambda: queues.save_queue(actor=stig, queue=office.queue, draft=Draft("Mit", "299")),
        lambda: queues.save_queue(actor=stig, queue=None, draft=Draft("Mit", "299", overflow="230")),
        lambda: queues.end_queue(actor=stig, queue=office.queue, at=MONDAY),
        lambda: queues.enrol(actor=stig, queue=office.queue, employee=employee),
        lambda: queues.sign(actor=stig, member=member, signs_in=False, until=None, at=MONDAY),
        lambda: queues.prefer(actor=stig, member=member, phones=[], steers={}),
    ]
    for act in refused:
        with tenant(stig), pytest.raises((ObjectDoesNotExist, NoTarget)):
            act()
    with tenant(stig):
        queues.remove(actor=stig, member=member)
        queues.pause(actor=stig, members=[member], reason=PauseReason.BREAK, at=MONDAY)
        queues.resume(actor=stig, members=[member])
        assert not queue_calls.take(actor=stig, call=call, at=MONDAY)
        assert not queue_calls.release(actor=stig, call=call)
        assert not queue_calls.finish(actor=stig, call=call, at=MONDAY)
        own = queues.save_queue(actor=stig, queue=None, draft=Draft("Salg", "230"))
        with pytest.raises(Employee.DoesNotExist):
            queues.enrol(actor=stig, queue=own, employee=cast.mette.employee)
    assert [{**vars(office.fresh(row)), "_state": None} for row in (office.queue, member, call)] == before
