"""Which call a pickup code takes, asked as the switch asks (G26)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import CallLeg, CallRecord, Extension, PickupGroup, PickupMember, QueueCall
from telephony.services import presence
from tests.cast import Cast
from tests.queue_office import opened
from tests.recording import Switch, hexed, open_switch

NOTHING = (480, "Intet opkald at hente", None)


@pytest.fixture
def switch(live_cast: Cast, postgres: Postgres) -> Iterator[Switch]:
    with open_switch(live_cast, postgres) as switch:
        yield switch


def dial(switch: Switch, name: str, code: str) -> tuple[Any, ...]:
    statement = "SELECT status, reason, call FROM switch.feature_code(%s, %s)"
    row = switch.connection.execute(statement, (switch.phones[name].pk, hexed(code))).fetchone()
    assert row
    return row


def key(switch: Switch, call: str) -> str:
    return str(switch.ask("SELECT md5(%s)", f"{hexed(call)}/{hexed('tag')}"))


def test_the_call_that_rings_longest_is_taken_until_somebody_answers(switch: Switch) -> None:
    from_sara = (480, "Henter opkald fra Sara Abildgaard")
    assert dial(switch, "line-desk", "8*203") == NOTHING
    for at, call in ((2.0, "b"), (1.0, "a")):
        switch.begins(switch.leg(1, "mette-desk"), call=call)
        assert dial(switch, "line-desk", "8*203") == (
            NOTHING if call == "b" else (*from_sara, key(switch, "b"))
        )
        switch.replies(at, 180, "mette-desk", call=call)
    assert dial(switch, "line-desk", "8*203") == (*from_sara, key(switch, "a"))
    # Whoever calls does not take the own call back, and nobody else is rung.
    assert dial(switch, "sara-desk", "8*203") == NOTHING
    assert dial(switch, "mette-desk", "8*201") == NOTHING
    picked = (hexed("a"), hexed("tag"), switch.began + 3, switch.phones["line-desk"].pk)
    assert switch.ask("SELECT switch.call_picked_up(%s, %s, %s, %s)", *picked) == 1
    switch.replies(4.0, 200, "line-desk", call="a")
    assert dial(switch, "line-desk", "8*203") == (*from_sara, key(switch, "b"))
    switch.ends(9.0, "caller", call="b")
    switch.ends(9.0, "caller", call="a")
    assert dial(switch, "line-desk", "8*203") == NOTHING
    with tenant(switch.cast.sara.actor):
        taken = CallRecord.objects.visible_to(switch.cast.sara.actor).get(outcome="answered")
        assert taken.answered_by_id == switch.cast.line.employee.pk
        legs = CallLeg.objects.visible_to(switch.cast.sara.actor).filter(record_id=taken.pk, role="rung")
        assert [(leg.why, leg.part, leg.outcome) for leg in legs.order_by("place")] == [
            ("every_phone", "elsewhere", "elsewhere"),
            ("picked_up", "answered", "answered"),
        ]


def test_what_a_colleague_calls_outside_is_taken_by_nobody(switch: Switch) -> None:
    mette = switch.cast.mette.employee.pk
    for call, why, number in (("a", "emergency", "112"), ("b", "public_network", "+4570102030")):
        switch.begins(f"1,trunk,0,{mette},{why},{number}", caller="mette-desk", dialled=number, call=call)
        switch.replies(1.0, 180, number=number, call=call)
        assert dial(switch, "line-desk", "8*203") == NOTHING


def test_a_queues_call_is_not_taken_by_who_is_not_to_be_disturbed(
    live_cast: Cast, postgres: Postgres
) -> None:
    with opened(live_cast, postgres) as office:
        office.phone(live_cast.line, "line-desk")
        assert office.arrive("call") == 1
        with tenant(live_cast.line.actor):
            presence.set_state(actor=live_cast.line.actor, state="dnd", until=None, at=clock.now())
        assert office.dial("line-desk", "8*230") == (480, "Intet opkald at hente")
        with tenant(live_cast.sara.actor):
            assert QueueCall.objects.visible_to(live_cast.sara.actor).get().state == "waiting"


def test_a_queues_call_that_was_fetched_is_woken_where_it_sleeps(live_cast: Cast, postgres: Postgres) -> None:
    with opened(live_cast, postgres) as office:
        office.phone(live_cast.line, "line-desk")
        for call in ("first", "second"):
            assert office.arrive(call) == 1
        assert office.dial("line-desk", "8*230")[1].startswith("Henter opkald fra")
        # One at a time: until the phone has rung, the next is left where it is.
        assert office.dial("line-desk", "8*230") == (480, "Intet opkald at hente")
        for node, woken in (("other", []), ("", [("ring", "first")]), ("", [])):
            rows = office.switch.execute("SELECT what, call FROM switch.queue_dispatch(%s)", [hexed(node)])
            assert rows.fetchall() == woken


def test_another_companys_numbers_and_groups_are_not_there(switch: Switch) -> None:
    cast = switch.cast
    with tenant(cast.freja.actor):
        Extension(customer=cast.havnen, number="777", employee=cast.freja.employee).save()
        group = PickupGroup(customer=cast.havnen, name="Kaj")
        group.save()
        PickupMember(customer=cast.havnen, employee=cast.freja.employee, group=group).save()
    for code in ("8*777", "8*", "88*203", "8*+4569142403"):
        assert dial(switch, "line-desk", code)[0] == 404
    assert dial(switch, "line-desk", "88*") == (403, "Du er ikke i en gruppe", None)


def test_a_group_is_those_who_are_in_one_with_me(switch: Switch) -> None:
    cast = switch.cast
    with tenant(cast.sara.actor):
        for name, people in (("Salg", (cast.line, cast.mette)), ("Lager", (cast.mette, cast.sara))):
            group = PickupGroup(customer=cast.bixen, name=name)
            group.save()
            for person in people:
                PickupMember(customer=cast.bixen, employee=person.employee, group=group).save()
    switch.begins(switch.leg(1, "mette-desk"))
    switch.replies(1.0, 183, "mette-desk")
    assert dial(switch, "line-desk", "88*")[2] == key(switch, "a")
    switch.begins(switch.leg(1, "line-desk"), caller="mette-desk", dialled="205", call="b")
    switch.replies(0.5, 180, "line-desk", call="b")
    # Sara is in a group with Mette alone; Line's own calls are Line's, and what Mette herself calls is not Mette's.
    assert dial(switch, "sara-desk", "88*") == NOTHING
    assert dial(switch, "line-desk", "88*")[2] == key(switch, "a")
