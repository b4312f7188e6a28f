"""What the switch and the database tell each other, at the bounds: long plans, and events that cross each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import CallLeg, Phone, PhoneKind, Trunk
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
