"""For an hour after a call for help, whoever helps reaches the caller on the number that was shown (RFC 7090)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.utils import translation

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony import call_texts as texts
from telephony.call_reasons import reasons
from telephony.models import (
    BlockedNumber,
    Ddi,
    Extension,
    Phone,
    PhoneKind,
    Presence,
    Queue,
    RingProfile,
    RingTarget,
    Trunk,
)
from telephony.selectors import calls
from telephony.selectors.calls import Wanted
from tests.cast import Cast
from tests.recording import Switch, open_switch

MAIN, POLICE = "+4569142424", "+4511400000"


@pytest.fixture
def switch(live_cast: Cast, postgres: Postgres) -> Iterator[Switch]:
    """Mette shows the main number, which leads to a queue; she wants no calls, and has blocked the police."""
    Trunk.objects.create(name="carrier", gateway="192.0.2.1:5060")
    with open_switch(live_cast, postgres) as told, translation.override("en"):
        of = {"customer": live_cast.bixen}
        mine = {**of, "employee": live_cast.mette.employee}
        with tenant(live_cast.sara.actor):
            extension = Extension(number="230", **of)
            extension.save()
            Queue(name="Salg", extension=extension, **of).save()
            Ddi(number=MAIN, extension=extension, is_main=True, **of).save()
            Presence(state="dnd", state_since=clock.now(), **mine).save()
            profile = RingProfile(name="Off", **mine)
            profile.save()
            RingTarget(profile=profile, situation="always", callers="everybody", **mine).save()
            BlockedNumber(number=POLICE, **mine).save()
            Phone(kind=PhoneKind.MOBILE, number="+4540404040", **mine).save()
        yield told


def call_for_help(switch: Switch, ago: dt.timedelta = dt.timedelta(), dialled: str = "112") -> None:
    switch.began -= ago.total_seconds()
    mette = switch.cast.mette.employee
    assert mette
    switch.begins(
        f"1,trunk,0,{mette.pk},emergency,{dialled}", caller="mette-desk", dialled=dialled, call="help"
    )


def rings(switch: Switch, dialled: str = MAIN) -> list[tuple[int, str, str]]:
    rows = switch.connection.execute(
        "SELECT step, kind, why FROM switch.route_call('', %s, %s)", [POLICE, dialled]
    ).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def test_whoever_helps_gets_past_everything_that_keeps_callers_out(switch: Switch) -> None:
    assert rings(switch) == [(1, "queue", "queue")]
    call_for_help(switch)
    assert rings(switch) == [(1, "trunk", "call_back"), (1, "phone", "call_back"), (2, "queue", "queue")]
    rows = switch.connection.execute(
        "SELECT if_busy, if_unanswered, shows FROM switch.route_call('', %s, %s) WHERE step = 1",
        [POLICE, MAIN],
    ).fetchall()
    assert rows == [(2, 2, MAIN), (2, 2, None)]


def test_her_own_number_passes_her_own_profile_and_block(switch: Switch) -> None:
    with tenant(switch.cast.sara.actor):
        extension = Extension.objects.visible_to(switch.cast.sara.actor).get(number="203")
        Ddi(number="+4569142403", customer=switch.cast.bixen, extension=extension).save()
    assert rings(switch, "+4569142403") == [(1, "end", "blocked")]
    call_for_help(switch, dialled="114")
    assert [row[2] for row in rings(switch, "+4569142403")] == ["call_back", "call_back", "ended_by_profile"]
    assert rings(switch) == [(1, "queue", "queue")]


def seconds(switch: Switch, dialled: str) -> set[int]:
    rows = switch.connection.execute(
        "SELECT seconds FROM switch.route_call('', %s, %s) WHERE why = 'call_back'", [POLICE, dialled]
    ).fetchall()
    return {row[0] for row in rows}


def test_a_number_of_everybodys_keeps_its_callers_waiting_for_twenty_seconds(switch: Switch) -> None:
    call_for_help(switch)
    assert seconds(switch, MAIN) == {20}
    with tenant(switch.cast.sara.actor):
        extension = Extension.objects.visible_to(switch.cast.sara.actor).get(number="203")
        Ddi(number="+4569142403", customer=switch.cast.bixen, extension=extension).save()
    mette = switch.cast.mette.employee
    assert mette
    switch.begins(f"1,trunk,0,{mette.pk},emergency,112", caller="mette-desk", dialled="112", call="own")
    assert seconds(switch, "+4569142403") == {60}


@pytest.mark.parametrize("number", ["+4590123456", "+881612345678"])
def test_nobody_who_calls_back_is_sent_to_a_number_that_costs(switch: Switch, number: str) -> None:
    call_for_help(switch)
    assert [row[1] for row in rings(switch)] == ["trunk", "phone", "queue"]
    with tenant(switch.cast.sara.actor):
        Phone.objects.visible_to(switch.cast.sara.actor).filter(kind=PhoneKind.MOBILE).update(number=number)
    assert [row[1] for row in rings(switch)] == ["phone", "queue"]


def test_it_holds_for_an_hour_and_for_calls_for_help_alone(switch: Switch) -> None:
    call_for_help(switch, ago=dt.timedelta(minutes=61))
    assert rings(switch) == [(1, "queue", "queue")]
    switch.began += 120
    mette = switch.cast.mette.employee
    assert mette
    switch.begins(
        f"1,trunk,0,{mette.pk},public_network,{POLICE}", caller="mette-desk", dialled=POLICE, call="other"
    )
    assert rings(switch) == [(1, "queue", "queue")]
    switch.begins(f"1,trunk,0,{mette.pk},emergency,112", caller="mette-desk", dialled="112", call="again")
    assert rings(switch)[0] == (1, "trunk", "call_back")


def test_phones_that_are_gone_keep_nobody_from_where_the_number_leads(switch: Switch) -> None:
    call_for_help(switch)
    with tenant(switch.cast.sara.actor):
        Phone.objects.visible_to(switch.cast.sara.actor).update(is_enabled=False)
    assert rings(switch) == [(1, "queue", "queue")]


def test_the_history_says_that_those_who_help_get_through(switch: Switch) -> None:
    mette = switch.cast.mette
    call_for_help(switch, ago=dt.timedelta(minutes=10))
    switch.replies(1, 200, number="112", call="help")
    switch.ends(60, "caller", call="help")
    assert (
        switch.begins(
            switch.leg(1, "mette-desk", "call_back"), caller=POLICE, domain="", dialled=MAIN, call="back"
        )
        == 1
    )
    switch.replies(61, 200, "mette-desk", call="back")
    with tenant(mette.actor):
        back, called = calls.history(actor=mette.actor, wanted=Wanted(), limit=5)
        found = calls.call(actor=mette.actor, public_id=back.public_id)
    assert found
    assert "Mette Hansen had called for help: every phone rang, whatever the profile says." in reasons(*found)
    assert texts.call_back(called, clock.now()).startswith("Until ")
    assert (
        texts.call_back(called, clock.now() + dt.timedelta(minutes=51))
        == texts.call_back(back, clock.now())
        == ""
    )
