"""Who is offered a queue's call, under the role that the switch has, without SIP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import (
    CallPolicy,
    Extension,
    Phone,
    PhoneKind,
    ProfileQueue,
    Queue,
    QueueCall,
    QueueHours,
    QueueMember,
    QueueOffer,
    RingProfile,
    SipDomain,
    Strategy,
)
from telephony.selectors.profiles import preview
from telephony.services import profiles
from tests.cast import Cast, Person
from tests.environment import PASSWORDS


@dataclass
class Desk:
    """IT-bixen with a queue on 230, whose agents sit at registered phones."""

    cast: Cast
    switch: psycopg.Connection[Any]
    server: psycopg.Connection[Any]
    url: str
    queue: Queue
    domain: SipDomain
    phones: dict[str, Phone] = field(default_factory=dict)

    def seat(self, name: str, *, signed_in: bool = True) -> QueueMember:
        person: Person = getattr(self.cast, name)
        with tenant(self.cast.sara.actor):
            phone = Phone(
                customer=self.cast.bixen,
                employee=person.employee,
                kind=PhoneKind.DESK,
                sip_domain=self.domain,
                username=name,
            )
            phone.save()
            member = QueueMember(
                customer=self.cast.bixen, queue=self.queue, employee=person.employee, is_signed_in=signed_in
            )
            member.save()
        self.server.execute(
            "INSERT INTO kam.location (ruid, username, domain, contact, expires)"
            " VALUES (%s, %s, 'it-bixen.dk', 'sip:x', now() AT TIME ZONE 'UTC' + interval '1 hour')",
            [f"ruid-{name}", name],
        )
        self.phones[name] = phone
        return member

    def arrive(self, call: str, caller: str = "+4522334455") -> int:
        entered: int = self.ask(
            "SELECT switch.queue_enter(%s, %s, 1, 2, %s, '', '')", h(call), self.queue.pk, h(caller)
        )
        if entered:
            self.ask("SELECT switch.queue_waits(%s)", h(call))
        return entered

    def dispatch(self) -> list[tuple[str, str]]:
        rows = self.switch.execute("SELECT what, call FROM switch.queue_dispatch('')").fetchall()
        return [(what, call) for what, call in rows]

    def rings(self, call: str) -> list[str]:
        rows = self.switch.execute("SELECT uri FROM switch.queue_targets(%s)", [h(call)]).fetchall()
        return sorted(uri.removeprefix("sip:").partition("@")[0] for (uri,) in rows)

    def ask(self, statement: str, *params: Any) -> Any:
        row = self.switch.execute(statement, list(params)).fetchone()
        assert row is not None
        return row[0]

    def answers(self, call: str, name: str) -> None:
        assert self.ask("SELECT switch.queue_answered(%s, %s)", h(call), h(f"ruid-{name}")) == 1

    def over(self, call: str) -> None:
        assert self.ask("SELECT switch.queue_over(%s)", h(call)) == 1

    def set(self, row: Any, **values: Any) -> None:
        with tenant(self.cast.sara.actor):
            type(row).objects.visible_to(self.cast.sara.actor).filter(pk=row.pk).update(**values)

    def stay(self, call: str) -> QueueCall:
        with tenant(self.cast.sara.actor):
            found: QueueCall = QueueCall.objects.visible_to(self.cast.sara.actor).get(call_id=call)
            return found

    def fresh(self, member: QueueMember) -> QueueMember:
        with tenant(self.cast.sara.actor):
            member.refresh_from_db()
        return member


def h(text: str) -> str:
    return text.encode().hex()


@pytest.fixture
def desk(live_cast: Cast, postgres: Postgres) -> Iterator[Desk]:
    name = settings.DATABASES["default"]["NAME"]
    with tenant(live_cast.sara.actor):
        domain = SipDomain(customer=live_cast.bixen, name="it-bixen.dk")
        domain.save()
        extension = Extension(customer=live_cast.bixen, number="230")
        extension.save()
        queue = Queue(customer=live_cast.bixen, name="Salg", extension=extension, wrap_up_seconds=0)
        queue.save()
    url = postgres.url(name, "kamailio", PASSWORDS["kamailio"])
    with (
        psycopg.connect(url, autocommit=True) as switch,
        psycopg.connect(postgres.superuser_url(name), autocommit=True) as server,
    ):
        yield Desk(live_cast, switch, server, url, queue, domain)


def test_whoever_waits_longest_gets_whoever_has_been_free_longest(desk: Desk) -> None:
    sara, mette = desk.seat("sara"), desk.seat("mette")
    desk.set(sara, last_ended_at=clock.now() - dt.timedelta(minutes=1))
    desk.set(mette, last_ended_at=clock.now() - dt.timedelta(minutes=9))
    assert desk.arrive("first")
    assert desk.arrive("second")
    assert desk.arrive("third")
    assert desk.dispatch() == [("ring", "first"), ("ring", "second")]
    assert (desk.rings("first"), desk.rings("second"), desk.rings("third")) == (["mette"], ["sara"], [])
    assert desk.dispatch() == []
    desk.answers("first", "mette")
    assert desk.dispatch() == []
    desk.over("first")
    assert desk.dispatch() == [("ring", "third")]
    assert desk.rings("third") == ["mette"]
    assert desk.stay("first").outcome == "answered"


def test_who_does_not_answer_is_passed_over_and_paused_after_so_many(desk: Desk) -> None:
    sara, mette = desk.seat("sara"), desk.seat("mette")
    desk.set(desk.queue, pause_after_missed=2)
    desk.arrive("call")
    tried = []
    for _ in range(4):
        assert desk.dispatch() == [("ring", "call")]
        tried.append(desk.rings("call")[0])
        assert desk.ask("SELECT switch.queue_waits(%s)", h("call")) == 1
    assert sorted(tried[:2]) == sorted(tried[2:]) == ["mette", "sara"]
    assert desk.dispatch() == []
    assert {desk.fresh(sara).pause_reason, desk.fresh(mette).pause_reason} == {"missed"}


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (Strategy.RING_ALL, ["line", "mette", "sara"]),
        (Strategy.ROUND_ROBIN, ["sara"]),
        (Strategy.FEWEST_CALLS, ["line"]),
    ],
)
def test_each_strategy_rings_whom_it_says(desk: Desk, strategy: str, expected: list[str]) -> None:
    at = clock.now()
    for name, minutes in (("sara", 30), ("mette", 20), ("line", 10)):
        member = desk.seat(name)
        desk.set(member, last_offered_at=at - dt.timedelta(minutes=minutes))
    for number, name in enumerate(("sara", "mette", "sara")):
        desk.arrive(f"earlier-{number}")
        desk.set(desk.stay(f"earlier-{number}"), state="ringing")
        desk.answers(f"earlier-{number}", name)
        desk.over(f"earlier-{number}")
    desk.set(desk.queue, strategy=strategy)
    desk.arrive("call")
    assert desk.dispatch() == [("ring", "call")]
    assert desk.rings("call") == expected


@pytest.mark.parametrize("why", ["call", "paused", "rest", "dnd", "unregistered", "signed out"])
def test_nobody_is_rung_who_is_not_free(desk: Desk, why: str) -> None:
    mette = desk.seat("mette")
    if why == "call":
        desk.ask(
            "SELECT switch.call_is(%s, %s, 'initiator', 'early', '', '')", h("other"), desk.phones["mette"].pk
        )
    elif why == "paused":
        desk.set(mette, paused_at=clock.now(), pause_reason="lunch")
    elif why == "rest":
        desk.set(mette, last_ended_at=clock.now())
        desk.set(desk.queue, wrap_up_seconds=60)
    elif why == "dnd":
        assert desk.switch.execute(
            "SELECT status FROM switch.feature_code(%s, %s)", [desk.phones["mette"].pk, h("7*")]
        ).fetchone() == (480,)
    elif why == "unregistered":
        desk.server.execute("DELETE FROM kam.location")
    else:
        desk.set(mette, is_signed_in=False)
    desk.arrive("call")
    assert desk.dispatch() == []
    if why == "call":
        desk.ask("SELECT switch.call_is_over(%s, 0, '')", h("other"))
        assert desk.dispatch() == [("ring", "call")]


def test_two_callers_and_three_agents_at_once_are_never_offered_twice(desk: Desk) -> None:
    for name in ("sara", "mette", "line"):
        desk.seat(name)
    desk.set(desk.queue, strategy=Strategy.RING_ALL)
    with tenant(desk.cast.sara.actor):
        extension = Extension(customer=desk.cast.bixen, number="231")
        extension.save()
        other = Queue(customer=desk.cast.bixen, name="Service", extension=extension)
        other.save()
        for name in ("sara", "mette", "line"):
            QueueMember(
                customer=desk.cast.bixen,
                queue=other,
                employee=getattr(desk.cast, name).employee,
                is_signed_in=True,
            ).save()

    def look() -> int:
        with psycopg.connect(desk.url, autocommit=True) as switch:
            return len(switch.execute("SELECT * FROM switch.queue_dispatch('')").fetchall())

    for turn in range(5):
        desk.arrive(f"a{turn}")
        assert desk.ask("SELECT switch.queue_enter(%s, %s, 3, 4, '', '', '')", h(f"b{turn}"), other.pk) == 1
        desk.ask("SELECT switch.queue_waits(%s)", h(f"b{turn}"))
        with ThreadPoolExecutor(4) as pool:
            woken = sum(pool.map(lambda _: look(), range(4)))
        with tenant(desk.cast.sara.actor):
            offers = QueueOffer.objects.visible_to(desk.cast.sara.actor).filter(ended_at=None)
            assert offers.count() == 3
            assert woken == offers.values("call").distinct().count()
        desk.over(f"a{turn}")
        desk.over(f"b{turn}")


def test_a_full_queue_and_a_wait_that_is_over_send_the_call_on(desk: Desk) -> None:
    desk.seat("mette", signed_in=False)
    desk.set(desk.queue, max_length=1, overflow="")
    assert (desk.arrive("first"), desk.arrive("second")) == (1, 0)
    assert desk.stay("second").outcome == "full"
    assert desk.dispatch() == []
    desk.set(desk.stay("first"), entered_at=clock.now() - dt.timedelta(minutes=6))
    assert desk.dispatch() == [("over", "first")]
    assert desk.stay("first").outcome == "waited"
    # With somewhere to go, nobody waits for agents who are not there.
    desk.set(desk.queue, overflow="201")
    desk.arrive("third")
    assert desk.dispatch() == [("over", "third")]


def test_who_was_offered_to_many_goes_on_before_the_switch_can_no_more(desk: Desk) -> None:
    desk.seat("sara")
    desk.set(desk.queue, pause_after_missed=0)
    desk.arrive("call")
    said = []
    for _round in range(12):
        said += [what for what, _ in desk.dispatch()]
        desk.ask("SELECT switch.queue_waits(%s)", h("call"))
    assert said == ["ring"] * 11 + ["over"]


def test_what_was_done_by_hand_holds_until_the_profile_changes_or_its_time(desk: Desk) -> None:
    member = desk.seat("mette", signed_in=False)
    mette = desk.cast.mette
    with tenant(mette.actor):
        mine = profiles.create_templates(actor=mette.actor, employee=mette.employee)
        office, move = mine[0], mine[1]
        for profile, signs_in in ((office, True), (move, False)):
            ProfileQueue(
                customer=desk.cast.bixen,
                employee=mette.employee,
                profile=RingProfile(pk=profile.pk),
                queue=desk.queue,
                signs_in=signs_in,
            ).save()

    def settled() -> tuple[bool, str]:
        desk.server.execute("SELECT switch.settle_members(NULL)")
        row = desk.fresh(member)
        return row.is_signed_in, row.set_by

    def by_hand(value: bool, until: dt.datetime | None = None) -> None:
        with tenant(mette.actor), connection.cursor() as cursor:
            cursor.execute("SELECT switch.sign_in_to_queue(%s, %s, 'hand', %s)", [member.pk, value, until])
            assert cursor.fetchone() is not None

    def choose(profile: RingProfile) -> None:
        with tenant(mette.actor):
            profiles.choose(actor=mette.actor, profile=profile, until=None, at=clock.now())

    assert settled() == (True, "profile")
    by_hand(False)
    assert settled() == (False, "hand")
    choose(move)
    assert settled() == (False, "profile")
    by_hand(True)
    assert settled() == (True, "hand")
    choose(office)
    assert settled() == (True, "profile")
    by_hand(False, clock.now() + dt.timedelta(hours=1))
    choose(move)
    choose(office)
    assert settled() == (False, "hand")
    desk.set(member, holds_until=clock.now() - dt.timedelta(seconds=1))
    assert settled() == (True, "profile")


def test_signing_out_in_a_call_takes_effect_after_it(desk: Desk) -> None:
    member = desk.seat("mette")
    desk.arrive("call")
    desk.dispatch()
    desk.answers("call", "mette")
    phone = desk.phones["mette"].pk
    said = desk.switch.execute("SELECT status, reason FROM switch.feature_code(%s, %s)", [phone, h("20*230")])
    assert said.fetchone() == (480, "Logges ud af Salg efter kaldet")
    assert desk.fresh(member).is_signed_in
    desk.over("call")
    desk.server.execute("SELECT switch.settle_members(NULL)")
    assert not desk.fresh(member).is_signed_in


def test_a_switch_that_starts_forgets_who_waited_before_and_nobody_else(desk: Desk) -> None:
    desk.arrive("before")
    desk.arrive("after")
    at = clock.now()
    desk.set(desk.stay("before"), entered_at=at - dt.timedelta(minutes=1))
    started = (at - dt.timedelta(seconds=30)).timestamp()
    assert desk.ask("SELECT switch.queue_restart('', %s::numeric)", started) == 1
    assert (desk.stay("before").state, desk.stay("after").state) == ("ended", "waiting")


def test_a_queue_has_hours_and_never_sends_a_call_in_a_circle(desk: Desk) -> None:
    with tenant(desk.cast.sara.actor):
        CallPolicy(customer=desk.cast.bixen).save()
        QueueHours(
            customer=desk.cast.bixen, queue=desk.queue, weekday=1, opens=dt.time(8), closes=dt.time(16)
        ).save()
        Extension(customer=desk.cast.bixen, number="201", employee=desk.cast.sara.employee).save()
        desk.set(desk.queue, overflow="230", closed_to="201")

        def planned(at: dt.datetime) -> list[tuple[str, str]]:
            rows = preview("it-bixen.dk", "+4511223344", "230", at)
            return [(row.kind, row.why) for row in rows]

        monday = dt.datetime(2026, 11, 23, 7, 30, tzinfo=dt.UTC)  # 8.30 in Copenhagen
        assert planned(monday) == [("queue", "queue"), ("end", "loop")]
        assert planned(monday - dt.timedelta(hours=1)) == [("end", "offline")]


def test_a_stranger_neither_signs_anybody_in_nor_sees_the_board(desk: Desk) -> None:
    member = desk.seat("mette", signed_in=False)
    with tenant(desk.cast.stig.actor), connection.cursor() as cursor:
        cursor.execute("SELECT switch.sign_in_to_queue(%s, true, 'hand', NULL)", [member.pk])
        assert cursor.fetchone() in (None, (None,))
        cursor.execute("SELECT * FROM switch.queue_board(ARRAY[%s]::bigint[])", [desk.queue.pk])
        assert cursor.fetchall() == []
        cursor.execute("SELECT * FROM switch.customer_codes(%s)", [desk.cast.bixen.pk])
        assert cursor.fetchall() == []
    assert not desk.fresh(member).is_signed_in
