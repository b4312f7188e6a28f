"""What the switch writes of calls, under its own role and without SIP."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import translation

from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.call_reasons import reasons
from telephony.models import CallLeg, CallRecord
from telephony.selectors import calls
from telephony.selectors.calls import Wanted
from telephony.services import profiles
from tests.cast import Cast
from tests.contract.switching import eventually
from tests.environment import PASSWORDS
from tests.recording import NODE, Switch, hexed, open_switch


@pytest.fixture
def switch(live_cast: Cast, postgres: Postgres) -> Iterator[Switch]:
    with open_switch(live_cast, postgres) as told:
        yield told


def test_an_answered_call_is_one_record_and_says_who_took_it_on_what(switch: Switch) -> None:
    assert switch.begins(switch.leg(1, "mette-desk")) == 1
    assert switch.begins(switch.leg(1, "mette-desk")) == 0
    assert switch.replies(0.2, 180, "mette-desk") == 1
    assert switch.replies(3, 200, "mette-desk") == 1
    assert switch.ends(60, "callee") == 1
    assert switch.ends(61, "caller") == 0
    record = switch.record(switch.cast.mette)
    assert (record.direction, record.outcome, record.ended_by) == ("internal", "answered", "callee")
    assert (record.dialled, record.node) == ("203", NODE)
    assert record.caller_id == switch.cast.sara.actor.employee_id
    assert record.employee_id == record.answered_by_id == switch.cast.mette.actor.employee_id
    assert (record.answered_at - record.started_at).total_seconds() == pytest.approx(3)
    assert (record.ended_at - record.started_at).total_seconds() == pytest.approx(60)
    assert switch.parts(switch.cast.sara) == {"Sara": "out", "Mette": "answered"}


def test_a_page_that_hangs_in_the_middle_of_a_change_keeps_no_call_from_being_told(switch: Switch) -> None:
    mette = switch.cast.mette
    assert mette.employee is not None
    with tenant(mette.actor):
        profiles.create_templates(actor=mette.actor, employee=mette.employee)
        assert switch.begins(switch.leg(1, "mette-desk")) == 1
        assert switch.replies(3, 200, "mette-desk") == 1
        assert switch.ends(60, "callee") == 1
    assert switch.record(mette).outcome == "answered"


@pytest.mark.parametrize(
    ("by", "status", "outcome"),
    [
        ("switch", 480, "missed"),
        ("switch", 486, "busy"),
        ("switch", 603, "refused"),
        ("cancelled", 487, "cancelled"),
    ],
)
def test_an_unanswered_call_says_why(switch: Switch, by: str, status: int, outcome: str) -> None:
    switch.begins(switch.leg(1, "mette-desk"))
    switch.replies(0.2, 180, "mette-desk")
    switch.ends(20, by, status)
    record = switch.record(switch.cast.mette)
    assert (record.outcome, record.status, record.answered_by_id) == (outcome, status, None)
    assert switch.parts(switch.cast.sara) == {"Sara": "out", "Mette": "missed"}


@pytest.mark.parametrize("goes_on", [("s", 2), ("q", 1, "missed", "")])
def test_a_phone_that_was_never_heard_again_rings_no_longer_than_its_step(
    switch: Switch, goes_on: tuple[str, str | int]
) -> None:
    def rings() -> set[int]:
        with psycopg.connect(
            switch.postgres.superuser_url(switch.connection.info.dbname), autocommit=True
        ) as server:
            return {row[0] for row in server.execute("SELECT phone_id FROM switch.live_call")}

    mette, sara = switch.phones["mette-desk"].pk, switch.phones["sara-desk"].pk
    switch.begins(switch.leg(1, "mette-desk"), switch.leg(2, "line-desk"))
    switch.tell("r", "a", 0.1, 180, hexed("ruid-mette-desk"), "", sara, hexed("201"), hexed("203"))
    assert rings() == {mette, sara}
    switch.tell(goes_on[0], "a", 20, *goes_on[1:])
    assert rings() == {sara}


def test_what_is_told_at_once_is_written_as_what_is_told_one_by_one(switch: Switch) -> None:
    """Whatever happens between two looks of the switch at its queue is one statement."""

    def happens(call: str) -> list[str]:
        def line(kind: str, after: float, *words: str | int) -> str:
            return switch.line(kind, call, after, *words)

        def reply(after: float, status: int, name: str) -> str:
            return line("r", after, status, hexed(f"ruid-{name}"), "", "", "", "")

        words = [hexed(text) for text in ("it-bixen.dk", "sara-desk", "203", "")]
        plan = [switch.leg(1, "mette-desk"), switch.leg(1, "line-desk"), switch.leg(2, "line-desk")]
        return [
            # What a phone tries again at once, as after a 422, is a call of its own under the same name.
            line("b", -1, *words, ";".join(plan[:1]) + ";"),
            reply(-0.9, 422, "mette-desk"),
            line("e", -0.8, "switch", 422),
            line("b", 0, *words, ";".join(plan) + ";"),
            reply(0.1, 180, "mette-desk"),
            reply(0.2, 180, "line-desk"),
            reply(0.3, 183, "mette-desk"),
            reply(2, 486, "line-desk"),
            *([line("s", 9, 2), reply(9.1, 180, "line-desk")] if call.endswith("on") else []),
            reply(10, 200, "line-desk" if call.endswith("on") else "mette-desk"),
            line("e", 60, "callee", 0),
            # Late, and of no account.
            reply(61, 487, "mette-desk"),
        ]

    def written(call: str) -> list[tuple[object, ...]]:
        with psycopg.connect(
            switch.postgres.superuser_url(switch.connection.info.dbname), autocommit=True
        ) as server:
            rows = server.execute(
                "SELECT record.outcome, record.status, record.answered_at, record.ended_at, record.answered_by_id,"
                " leg.phone_id, leg.step, leg.role, leg.part, leg.outcome, leg.status, leg.rang_at, leg.answered_at,"
                " leg.ended_at FROM telephony_callrecord record JOIN telephony_callleg leg ON leg.record_id = record.id"
                " ORDER BY leg.started_at, leg.place, leg.step"
            ).fetchall()
            server.execute("DELETE FROM telephony_callleg")
            server.execute("DELETE FROM telephony_callrecord")
        return rows

    for call in ("first", "goes on"):
        for one in happens(call):
            switch.ask("SELECT switch.tell(%s, %s)", hexed(NODE), one)
        singly = written(call)
        switch.ask("SELECT switch.tell(%s, %s)", hexed(NODE), "\n".join(happens(call)) + "\n")
        assert written(call) == singly
        assert len(singly) == (6 if call.endswith("on") else 5)


def test_what_is_told_again_since_no_answer_came_is_written_once(switch: Switch) -> None:
    words = [hexed(text) for text in ("it-bixen.dk", "sara-desk", "203", "")]
    begins = switch.line("b", "a", 0, *words, switch.leg(1, "mette-desk") + ";")
    told = "\n".join([begins, switch.line("e", "a", 1, "switch", 480)])
    for batch, news in (("1.5", 2), ("1.5", 0)):
        assert switch.ask("SELECT switch.tell(%s, %s, %s)", hexed(NODE), told, batch) == news
    assert switch.ask("SELECT switch.tell_each(%s, %s, %s)", hexed(NODE), told, "1.5") == ""
    assert switch.record(switch.cast.mette).outcome == "missed"
    # A server that hung carries out late what it was asked again, and has been told more since.
    for batch, news in (("1.5/9", 2), ("1.5/10", 2), ("1.5/9", 0), ("1.5/10", 0), ("2.5/1", 2)):
        assert switch.ask("SELECT switch.tell(%s, %s, %s)", hexed(NODE), told, batch) == news, batch


def test_what_is_told_first_is_written_while_the_switch_says_that_it_is_there(switch: Switch) -> None:
    words = (hexed(text) for text in ("it-bixen.dk", "sara-desk", "203", ""))
    told = switch.line("b", "a", 0, *words, switch.leg(1, "mette-desk") + ";")
    with psycopg.connect(switch.connection.info.dsn, password=PASSWORDS["kamailio"]) as other:
        other.execute("SELECT switch.node_is_up(%s, %s)", [hexed("new"), Decimal("1.5")])
        with ThreadPoolExecutor() as pool:
            news = pool.submit(switch.ask, "SELECT switch.tell(%s, %s, %s)", hexed("new"), told, "1.5/1")
            assert eventually(lambda: waits(switch.postgres))
            other.commit()
            assert news.result(10) == 1


def waits(postgres: Postgres) -> bool:
    """Say whether a statement of Kamailio's waits for another."""
    asked = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with psycopg.connect(postgres.superuser_url()) as server:
        (count,) = server.execute(asked).fetchone() or (0,)
    return bool(count)


def test_what_rang_with_the_database_away_is_made_out_when_it_is_told(switch: Switch) -> None:
    sara, mette = switch.cast.sara, switch.cast.mette
    address = hexed("METTE-desk@it-bixen.dk")
    asked = [
        ("up", "sara-desk", "203", f"?{address}", "internal", "answered"),
        ("help", "sara-desk", "112", "?help", "outbound", "answered"),
        ("abroad", "sara-desk", "004622334455", "?", "outbound", "failed"),
        ("colleague", "sara-desk", "205", "?", "internal", "failed"),
        ("nobody", "nobody", "112", "?help", "", ""),
        ("gone", "sara-desk", "203", f"?{hexed('gone@it-bixen.dk')}", "outbound", "missed"),
    ]
    lines = []
    for after, (call, caller, dialled, plan, _way, outcome) in enumerate(asked):
        words = [hexed(text) for text in ("it-bixen.dk", caller, dialled, "")]
        lines.append(switch.line("b", call, after, *words, plan))
        if outcome == "answered":
            # The registration has ended meanwhile; the address says whose it was.
            ruid = address if call == "up" else ""
            lines.append(switch.line("r", call, after + 0.5, 200, ruid, hexed(dialled), "", "", ""))
        ends = {"answered": ("caller", 0), "failed": ("switch", 503)}.get(outcome, ("switch", 480))
        lines.append(switch.line("e", call, after + 0.7, *ends))
    switch.ask("SELECT switch.tell(%s, %s)", hexed(NODE), "\n".join(lines) + "\n")
    with tenant(sara.actor):
        rows = list(CallRecord.objects.visible_to(sara.actor).order_by("started_at"))
        assert [(row.direction, row.outcome) for row in rows] == [row[4:] for row in asked if row[4]]
        assert [row.trunk for row in rows] == [""] * 5
        assert [row.started_at.timestamp() - switch.began for row in rows] == pytest.approx(
            [0, 1, 2, 3, 5], abs=0.01
        )
        assert rows[0].answered_by_id == mette.actor.employee_id
        said = []
        for row in rows[:4]:
            found = calls.call(actor=sara.actor, public_id=row.public_id)
            assert found
            with translation.override("en"):
                said.append(reasons(*found)[1])
    assert said == [
        "The database was away: it rang where the number had rung last.",
        "The database was away: the call for help went out by the line that is kept for that.",
        "The database was away, and where the number leads could not be looked up.",
        "Line Mark: The database was away, and where the number leads could not be looked up.",
    ]
    for person, part in ((mette, "answered"), (switch.cast.line, "missed")):
        with tenant(person.actor):
            assert [line.part for line in calls.history(actor=person.actor, wanted=Wanted(), limit=9)] == [
                part
            ]


def test_a_line_that_cannot_be_read_takes_no_other_with_it(switch: Switch) -> None:
    told = f"r|zz|{hexed('tag')}|when|180|||||\n" + switch.line("e", "b", 3, "caller", 0) + "\n"
    switch.begins(switch.leg(1, "mette-desk"), call="b")
    with pytest.raises(psycopg.Error):
        switch.ask("SELECT switch.tell(%s, %s)", hexed(NODE), told)
    assert "r|zz|" in switch.ask("SELECT switch.tell_each(%s, %s)", hexed(NODE), told)
    assert switch.record(switch.cast.mette).ended_by == "caller"


def test_each_step_has_legs_and_the_others_hear_who_took_it(switch: Switch) -> None:
    switch.begins(switch.leg(1, "mette-desk", "profile"), switch.leg(2, "line-desk", "profile"))
    switch.replies(0.1, 180, "mette-desk")
    switch.steps(10, 2)
    switch.replies(10.1, 180, "line-desk")
    switch.replies(12, 200, "line-desk")
    switch.ends(30, "caller")
    assert switch.parts(switch.cast.sara) == {"Sara": "out", "Mette": "elsewhere", "Line": "answered"}
    with tenant(switch.cast.sara.actor):
        legs = CallLeg.objects.visible_to(switch.cast.sara.actor).filter(role="rung").order_by("step")
        assert [(leg.step, leg.outcome, leg.why) for leg in legs] == [
            (1, "unanswered", "profile"),
            (2, "answered", "profile"),
        ]


def test_calls_out_and_calls_that_ring_nothing_are_kept(switch: Switch) -> None:
    sara = switch.cast.sara.employee
    assert sara
    switch.begins(f"1,trunk,0,{sara.pk},public_network,+4522334455", dialled="22334455")
    switch.replies(1, 200, number="+4522334455")
    switch.ends(9, "caller")
    switch.begins(f"1,end,0,{sara.pk},premium,403", dialled="90123456", call="b")
    switch.ends(0, "switch", 403, call="b")
    switch.begins("1,end,0,0,nobody,480", caller="+4511111111", domain="", dialled="+4569999999", call="c")
    with tenant(switch.cast.sara.actor):
        rows = CallRecord.objects.visible_to(switch.cast.sara.actor).order_by("id")
        assert [(row.direction, row.outcome) for row in rows] == [
            ("outbound", "answered"),
            ("outbound", "refused"),
        ]


def test_calls_of_a_switch_that_is_gone_end_and_those_that_are_up_may_go_on(switch: Switch) -> None:
    started = switch.began - 100
    assert switch.ask("SELECT switch.node_is_up(%s, %s)", hexed(NODE), started) == 0
    for call in ("ringing", "up"):
        switch.begins(switch.leg(1, "mette-desk"), call=call)
    switch.replies(1, 200, "mette-desk", call="up")
    # The same process says again that it is there.
    assert switch.ask("SELECT switch.node_is_up(%s, %s)", hexed(NODE), started) == 0
    assert switch.ask("SELECT switch.node_is_up(%s, %s)", hexed(NODE), switch.began + 5) == 1
    # Who hung up is heard after the restart.
    assert switch.ends(90, "caller", call="up") == 1
    switch.begins(switch.leg(1, "mette-desk"), call="lost")
    switch.replies(1, 200, "mette-desk", call="lost")
    assert switch.ask("SELECT switch.node_is_up(%s, %s)", hexed(NODE), switch.began + 60) == 1
    with tenant(switch.cast.sara.actor):
        rows = CallRecord.objects.visible_to(switch.cast.sara.actor).order_by("id")
        assert [(row.outcome, row.ended_by) for row in rows] == [
            ("failed", "lost"),
            ("answered", "caller"),
            ("answered", "lost"),
        ]


def test_the_portal_reads_its_own_customers_history_and_writes_none(switch: Switch) -> None:
    switch.begins(switch.leg(1, "mette-desk"))
    stranger = switch.cast.freja
    with tenant(stranger.actor):
        assert not CallRecord.objects.visible_to(stranger.actor).exists()
    with (
        tenant(switch.cast.sara.actor),
        pytest.raises(ProgrammingError, match="denied"),
        transaction.atomic(),
    ):
        connection.cursor().execute("DELETE FROM telephony_callrecord")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        switch.connection.execute("SELECT * FROM public.telephony_callrecord")


def test_months_are_made_ahead_and_dropped_when_they_are_old(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT telephony_call_partitions(3, 12)")
        assert cursor.fetchone() == (2,)
        cursor.execute("SELECT telephony_call_partitions(3, 12)")
        assert cursor.fetchone() == (0,)
