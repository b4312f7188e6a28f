"""What the switch and the database tell each other, at the bounds: long plans, and events that cross each other."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import CallLeg, CallRecord, Phone, PhoneKind, Trunk
from tests.cast import Cast
from tests.recording import Switch, hexed, open_switch


@pytest.fixture
def switch(live_cast: Cast, postgres: Postgres) -> Iterator[Switch]:
    with open_switch(live_cast, postgres) as told:
        yield told


def test_a_long_plan_is_told_in_whole_rows(switch: Switch) -> None:
    """A number or a customer that were cut short would be another's."""
    Trunk.objects.create(name="Nordnet", gateway="127.0.0.9:5060")
    mette = switch.cast.mette
    with tenant(switch.cast.sara.actor):
        Phone.objects.bulk_create(
            Phone(
                customer=switch.cast.bixen,
                employee=mette.employee,
                kind=PhoneKind.MOBILE,
                number=f"+452233{i:04}",
            )
            for i in range(150)
        )
    words = [hexed(text) for text in ("it-bixen.dk", "sara-desk", "203")]
    asked = "SELECT max(told) FROM switch.call_plan(%s, %s, %s)"
    told = switch.ask(asked, *words)
    assert len(told) > 4000
    assert len(told.split(";")) == 150 + 1 + 1
    assert told.endswith(";")
    switch.tell("b", "a", 0.0, *words, "", told)
    with tenant(mette.actor):
        legs = CallLeg.objects.visible_to(mette.actor).filter(role="rung")
        assert legs.count() == 150 + 1
        assert set(legs.values_list("number", flat=True)) == {"", *(f"+452233{i:04}" for i in range(150))}


def rings(switch: Switch, after: float, status: int, name: str, call: str = "a") -> str:
    """Return the line that tells of a reply to a call of Sara's to 203."""
    shown = (switch.phones["sara-desk"].pk, hexed("201"), hexed("203"))
    return switch.line("r", call, after, status, hexed(f"ruid-{name}"), "", *shown)


def live(switch: Switch) -> dict[str, str]:
    """Return the state of each phone that is in a call."""
    names = {phone.pk: name for name, phone in switch.phones.items()}
    with psycopg.connect(switch.postgres.superuser_url(switch.connection.info.dbname)) as server:
        rows = server.execute("SELECT phone_id, state FROM switch.live_call").fetchall()
    return {names[phone]: state for phone, state in rows}


@pytest.mark.parametrize("together", [False, True])
def test_a_phone_that_has_refused_does_not_ring_once_that_is_told_late(
    switch: Switch, together: bool
) -> None:
    """Two workers of the switch tell what the same phone has said, and the second one is quicker."""

    def tell(*lines: str) -> None:
        for told in ["\n".join(lines)] if together else lines:
            switch.ask("SELECT switch.tell(%s, %s)", hexed("one"), told)

    switch.begins(
        switch.leg(1, "mette-desk"),
        switch.leg(1, "line-desk"),
        switch.leg(2, "mette-desk"),
    )
    tell(rings(switch, 0.2, 180, "line-desk"))
    tell(rings(switch, 0.4, 486, "mette-desk"), rings(switch, 0.3, 180, "mette-desk"))
    assert live(switch) == {"sara-desk": "early", "line-desk": "early"}
    with tenant(switch.cast.mette.actor):
        leg = CallLeg.objects.visible_to(switch.cast.mette.actor).get(phone=switch.phones["mette-desk"])
        assert (leg.outcome, leg.ended_at is None) == ("busy", False)
    # It is rung again in the next step, and takes the call; nobody else rings any more, whatever is told of that.
    switch.steps(1, 2)
    tell(rings(switch, 1.2, 180, "mette-desk"))
    assert live(switch) == {"sara-desk": "early", "mette-desk": "early"}
    tell(rings(switch, 2, 200, "mette-desk"), rings(switch, 2.1, 180, "line-desk"))
    assert live(switch) == {"sara-desk": "confirmed", "mette-desk": "confirmed"}
    switch.ends(3, "callee")
    tell(rings(switch, 2.2, 180, "line-desk"))
    assert live(switch) == {}


@pytest.mark.parametrize("together", [False, True])
def test_who_gives_up_a_call_that_has_just_been_taken_is_in_it(switch: Switch, together: bool) -> None:
    switch.begins(switch.leg(1, "mette-desk"))
    lines = [
        rings(switch, 0.2, 180, "mette-desk"),
        rings(switch, 2, 200, "mette-desk"),
        switch.line("o", "a", 2.1),
    ]
    for told in ["\n".join(lines)] if together else lines:
        switch.ask("SELECT switch.tell(%s, %s)", hexed("one"), told)
    assert live(switch) == {"sara-desk": "confirmed", "mette-desk": "confirmed"}
    switch.ends(60, "caller")
    assert live(switch) == {}
    # Before that nobody is in it any more.
    switch.begins(switch.leg(1, "mette-desk"), call="b")
    for told in (rings(switch, 0.2, 180, "mette-desk", "b"), switch.line("o", "b", 0.3)):
        switch.ask("SELECT switch.tell(%s, %s)", hexed("one"), told)
    assert live(switch) == {}


def test_an_answer_counts_though_another_worker_was_later_with_the_ringing(switch: Switch) -> None:
    switch.begins(switch.leg(1, "mette-desk"), switch.leg(1, "line-desk"))
    lines = [rings(switch, 2.1, 180, "mette-desk"), rings(switch, 2, 200, "mette-desk")]
    switch.ask("SELECT switch.tell(%s, %s)", hexed("one"), "\n".join(lines))
    assert live(switch) == {"sara-desk": "confirmed", "mette-desk": "confirmed"}
    switch.ends(60, "caller")
    with tenant(switch.cast.mette.actor):
        leg = CallLeg.objects.visible_to(switch.cast.mette.actor).get(phone=switch.phones["mette-desk"])
        assert (leg.outcome, leg.part) == ("answered", "answered")
        record = CallRecord.objects.visible_to(switch.cast.mette.actor).get(pk=leg.record_id)
        assert record.answered_by_id == leg.employee_id
