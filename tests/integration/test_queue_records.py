"""What the history tells of calls that came to a queue, written by the switch and read by those who took part."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.utils import translation

from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony import call_texts as texts
from telephony.call_reasons import reasons
from telephony.models import CallLeg, CallPolicy, CallRecord, Extension, Queue, Trunk
from telephony.selectors import calls
from telephony.selectors.calls import Leg, Line, Wanted
from tests.cast import Cast, Person
from tests.recording import Switch, hexed, open_switch

ONWARD = "+4522334455"


@pytest.fixture
def switch(live_cast: Cast, postgres: Postgres) -> Iterator[Switch]:
    Trunk.objects.create(name="carrier", gateway="192.0.2.1:5060")
    with open_switch(live_cast, postgres) as told, translation.override("en"):
        yield told


@pytest.fixture
def salg(switch: Switch) -> Queue:
    with tenant(switch.cast.sara.actor):
        extension = Extension(customer=switch.cast.bixen, number="230")
        extension.save()
        queue = Queue(customer=switch.cast.bixen, name="Salg", extension=extension, max_wait_seconds=60)
        queue.save()
    return queue


def comes(switch: Switch, queue: Queue, *further: str, caller: str = "line-desk", call: str = "a") -> None:
    first = f"1,queue,0,0,queue,{queue.pk},{queue.customer_id}"
    outside = {} if caller.endswith("desk") else {"domain": ""}
    assert switch.begins(first, *further, caller=caller, dialled="230", call=call, **outside) == 1


def queue_does(
    switch: Switch, after: float, what: str, *names: str, number: str = "", call: str = "a"
) -> int:
    rings = [switch.leg(1, name, "queue") for name in names]
    if number:
        rings.append(f"1,trunk,{switch.phones['mette-desk'].pk},0,queue,{number}")
    told = "".join(f"{row};" for row in rings)
    values = (hexed(call), hexed("tag"), switch.began + after, what, told)
    return int(switch.ask("SELECT switch.queue_legs(%s, %s, %s, 1, %s, %s)", *values))


def seen(person: Person, show: str = "all") -> tuple[Line, list[Leg]]:
    with tenant(person.actor):
        line = calls.history(actor=person.actor, wanted=Wanted(show=show), limit=5)[0]
        found = calls.call(actor=person.actor, public_id=line.public_id)
    assert found
    return found


def test_a_call_answered_in_a_queue_says_who_was_rung_and_on_which_phone_it_was_taken(
    switch: Switch, salg: Queue
) -> None:
    cast = switch.cast
    comes(switch, salg)
    assert queue_does(switch, 2, "offer", "sara-desk") == 1
    switch.replies(2.1, 180, "sara-desk")
    queue_does(switch, 12, "missed")
    # What the first phone says of having been stopped is no news of the second offer.
    assert queue_does(switch, 15, "offer", "sara-desk", "mette-desk") == 2
    assert switch.replies(15.1, 487, "sara-desk") == 0
    switch.replies(18, 200, "mette-desk")
    switch.ends(48, "caller")
    record = switch.record(cast.mette)
    assert (record.queue_id, record.employee_id, record.direction) == (salg.pk, None, "internal")
    assert (record.outcome, record.answered_by_id) == ("answered", cast.mette.actor.employee_id)
    assert switch.parts(cast.sara) == {"Line": "out", "Sara": "elsewhere", "Mette": "answered"}
    line, legs = seen(cast.mette)
    assert (line.queue, texts.summary(line)) == ("Salg", "You answered\xa0· Salg")
    assert [(leg.role, leg.employee.split()[0] if leg.employee else "", leg.outcome) for leg in legs] == [
        ("caller", "Line", ""),
        ("queue", "", "answered"),
        ("rung", "Sara", "unanswered"),
        ("rung", "Sara", "elsewhere"),
        ("rung", "Mette", "answered"),
    ]
    assert "It came to the queue Salg, and was answered after 18 seconds." in reasons(line, legs)
    caller, _ = seen(cast.line)
    assert (texts.title(caller), caller.seconds) == ("Salg", 30)


@pytest.mark.parametrize(
    ("what", "outcome", "told"),
    [
        ("gives up", "abandoned", "It came to the queue Salg. The caller gave up after 40 seconds."),
        ("waits", "waited", "It came to the queue Salg. Nobody took it within 60 seconds."),
        ("nobody", "nobody", "It came to the queue Salg, where nobody was signed in."),
        ("full", "full", "It came to the queue Salg, which was full."),
    ],
)
def test_a_call_that_nobody_takes_says_why(
    switch: Switch, salg: Queue, what: str, outcome: str, told: str
) -> None:
    comes(switch, salg, f"2,trunk,0,0,public_network,{ONWARD},{salg.customer_id}")
    if what == "gives up":
        switch.ends(40, "cancelled", 487)
    elif what == "full":
        queue_does(switch, 0.1, "full")
    if what != "gives up":
        switch.steps({"waits": 60, "nobody": 0.3, "full": 0.2}[what], 2)
        switch.replies(62, 200, number=ONWARD)
        switch.ends(90, "caller")
    with tenant(switch.cast.sara.actor):
        stay = CallLeg.objects.visible_to(switch.cast.sara.actor).get(role="queue")
        assert (stay.outcome, stay.employee_id, stay.queue_id) == (outcome, None, salg.pk)
    line, legs = seen(switch.cast.line)
    assert told in reasons(line, legs)
    if what != "gives up":
        assert "The queue Salg passed it on to 22 33 44 55." in reasons(line, legs)


def test_the_end_of_a_queue_without_a_way_on_is_told(switch: Switch, salg: Queue) -> None:
    comes(switch, salg, caller="+4511223344")
    switch.ends(61, "switch", 480)
    with tenant(switch.cast.sara.actor):
        record = CallRecord.objects.visible_to(switch.cast.sara.actor).get()
        assert (record.outcome, record.caller_number, record.queue_id) == ("missed", "+4511223344", salg.pk)
        assert CallLeg.objects.visible_to(switch.cast.sara.actor).get().outcome == "waited"
    # In nobody's own history: it is in the queue's list of calls that were not answered.
    assert switch.parts(switch.cast.sara) == {}


def test_waiting_callers_hold_lines_once_they_may_leave_the_company(switch: Switch, salg: Queue) -> None:
    with tenant(switch.cast.sara.actor):
        CallPolicy(customer=switch.cast.bixen, calls_at_once=1).save()
    refused = "SELECT switch.call_refusal(%s, '+4511223344')"
    owner = switch.postgres.superuser_url(switch.connection.info.dbname)
    with psycopg.connect(owner, autocommit=True) as server:

        def refusal() -> str | None:
            row = server.execute(refused, [switch.cast.bixen.pk]).fetchone()
            assert row
            return row[0]

        comes(switch, salg, call="rings at a desk")
        queue_does(switch, 1, "offer", "sara-desk", call="rings at a desk")
        assert refusal() is None
        queue_does(switch, 5, "offer", number="+4540404040", call="rings at a desk")
        assert refusal() == "calls_at_once"
        switch.ends(9, "caller", call="rings at a desk")
        assert refusal() is None
        comes(switch, salg, f"2,trunk,0,0,public_network,{ONWARD},{salg.customer_id}", call="may go on")
        assert refusal() == "calls_at_once"


def test_a_stranger_neither_reads_a_queue_leg_nor_begins_one(switch: Switch, salg: Queue) -> None:
    comes(switch, salg)
    freja = switch.cast.freja
    with tenant(freja.actor):
        assert not CallLeg.objects.visible_to(freja.actor).exists()
    # An offer to a phone of another company is not of this call.
    told = f"1,phone,0,{freja.actor.employee_id},queue,;"
    values = (hexed("a"), hexed("tag"), switch.began, told)
    assert switch.ask("SELECT switch.queue_legs(%s, %s, %s, 1, 'offer', %s)", *values) == 0


def test_what_one_switch_begins_or_ends_leaves_the_others_rows_alone(switch: Switch, salg: Queue) -> None:
    """Two switches share the database: each finds agents for, and cleans up after, its own callers alone."""
    one, two = hexed("one"), hexed("two")
    desk = switch.phones["mette-desk"].pk
    started = switch.began - 100
    for node in (one, two):
        assert switch.ask("SELECT switch.node_is_up(%s, %s)", node, started) == 0
        values = (node, salg.pk, hexed("+4511223344"), node)
        assert switch.ask("SELECT switch.queue_enter(%s, %s, 1, 2, %s, '', %s)", *values) == 1
        switch.ask("SELECT switch.queue_waits(%s)", node)
        line = switch.line("r", "talk", 0, 200, "", "", desk, hexed("203"), hexed("201"))
        switch.ask("SELECT switch.tell(%s, %s)", node, line.replace(hexed("talk"), node))
        switch.connection.execute("SELECT switch.watched_changes(false, %s)", [node])
    # The first starts anew, long after it was heard of.
    assert switch.ask("SELECT switch.queue_restart(%s, %s)", one, switch.began + 60) == 1
    switch.ask("SELECT switch.node_is_up(%s, %s)", one, switch.began + 60)
    with psycopg.connect(
        switch.postgres.superuser_url(switch.connection.info.dbname), autocommit=True
    ) as server:

        def rows(statement: str) -> list[str]:
            return [str(row[0]) for row in server.execute(statement).fetchall()]

        assert rows("SELECT node FROM telephony_queuecall WHERE ended_at IS NULL") == ["two"]
        assert rows("SELECT node FROM switch.live_call") == ["two"]
        assert rows("SELECT node FROM switch.heartbeat ORDER BY node") == ["one", "two"]
        server.execute("UPDATE telephony_queue SET max_wait_seconds = 10")
        server.execute("UPDATE telephony_queuecall SET entered_at = now() - interval '20 seconds'")
    assert switch.connection.execute("SELECT what FROM switch.queue_dispatch(%s)", [one]).fetchall() == []
    assert switch.connection.execute("SELECT call FROM switch.queue_dispatch(%s)", [two]).fetchall() == [
        ("two",)
    ]
