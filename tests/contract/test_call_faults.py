"""Calls while the database is away: known routes ring, help is reached, the rest hear so in time, all are recorded."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator

import pytest

from demo.sipclient import Account
from demo.sipclient.connection import Datagrams
from demo.sipclient.message import Request
from demo.sipclient.phone import SipPhone
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import CallLeg, CallRecord
from tests.contract.calling import GATEWAY_ADDRESS, Office
from tests.contract.switching import as_superuser, eventually
from tests.standstill import held_still, shut_down

LOOKS = 40  # so many that every process of the switch has had one
CLOSE = dt.timedelta(seconds=2)  # the switch notes the time a moment after a phone has spoken

Away = Callable[[Postgres], Iterator[None]]


class Posing(SipPhone):
    """A phone that signs in as itself, and says that somebody else calls."""

    def __init__(self, link: Datagrams, account: Account, *, poses_as: str) -> None:
        super().__init__(link, account)
        self.poses_as = poses_as

    def _new(self, method: str, uri: str, call_id: str, sequence: int, tag: str = "") -> Request:
        request = super()._new(method, uri, call_id, sequence, tag)
        mine, other = self.account.address, f"{self.poses_as}@{self.account.domain}"
        request.headers = [(n, v.replace(mine, other) if n == "From" else v) for n, v in request.headers]
        return request


def records(office: Office) -> list[CallRecord]:
    with tenant(office.cast.sara.actor):
        return list(CallRecord.objects.visible_to(office.cast.sara.actor).order_by("started_at"))


def told(office: Office) -> list[tuple[str, str, str, str, tuple[tuple[str, str], ...]]]:
    """Return what was dialled and became of it; for each leg but the caller's why, and whose it was."""
    with tenant(office.cast.sara.actor):
        legs = list(
            CallLeg.objects.visible_to(office.cast.sara.actor)
            .exclude(role="caller")
            .select_related("employee")
            .order_by("place")
        )
    return [
        (
            record.dialled,
            record.direction,
            record.outcome,
            record.ended_by,
            tuple(
                (leg.why, leg.employee.name.split()[0] if leg.employee else leg.number)
                for leg in legs
                if leg.record_id == record.pk
            ),
        )
        for record in records(office)
    ]


@pytest.mark.parametrize("away", [shut_down, held_still], ids=["stopped", "hung"])
def test_known_routes_ring_and_help_is_reached_while_the_database_is_away(
    office: Office, postgres: Postgres, away: Away
) -> None:
    place = office.switch.address, office.switch.port
    gateway = SipPhone(
        Datagrams(*place, source=GATEWAY_ADDRESS, source_port=5060),
        Account("@gateway.invalid", ""),
        answers_after=0,
    )
    office.closing.callback(gateway.close)
    sara, mette = office.connect("sara"), office.connect("mette", answers_after=0)
    times = [clock.now()]
    sara.call("203").wait("up").hang_up()
    with away(postgres):
        times.append(clock.now())
        began = time.monotonic()
        help_ = sara.call("112").wait("up")
        assert time.monotonic() - began < 9
        invite = gateway.rung().invite
        assert invite is not None
        assert invite.start.startswith("INVITE sip:112@")
        assert invite.first("p-asserted-identity") == "<sip:+4569142424@it-bixen.dk>"
        help_.hang_up()
        # Where it rang last, it rings; what was never called cannot be found out.
        times.append(clock.now())
        sara.call("203").wait("up").hang_up()
        assert len(mette.times("rings")) == 2
        times.append(clock.now())
        mette.answers_after = None
        sara.call("203").wait("ringing").hang_up()
        for number in ("22334455", "205"):
            times.append(clock.now())
            began = time.monotonic()
            assert sara.call(number).wait("ended").status == 503
            assert time.monotonic() - began < 9
        # Nobody calls as a colleague, by their own password.
        own = office.accounts["mette"]
        with Posing(Datagrams(*place, source="127.205.1.2"), own, poses_as="sara") as posing:
            assert posing.call("203").wait("ended").status == 503
        # A phone that the switch does not know is let through for help, and for nothing else.
        with SipPhone(Datagrams(*place, source="127.205.1.1"), office.accounts["line"]) as stranger:
            assert stranger.call("203").wait("ended").status == 503
            times.append(clock.now())
            stranger.call("114").wait("up").hang_up()
        times.append(clock.now())
        mette.answers_after = 0
        goes_on = sara.call("203").wait("up")
        times.append(clock.now())
    assert eventually(lambda: sara.call("299").wait("ended").status == 404)
    # Each process of the switch finds out by itself that its old connection is gone, before anybody is turned away.
    assert [sara.register() for _ in range(LOOKS)] == [200] * LOOKS
    # What was called meanwhile has its record now, and its times are those of the call.
    answered, cancelled = (
        ("203", "internal", "answered", "caller"),
        ("203", "internal", "cancelled", "caller"),
    )
    known = [
        (*answered, (("every_phone", "Mette"),)),
        ("112", "outbound", "answered", "caller", (("outage", "Sara"),)),
        (*answered, (("outage", "Mette"),)),
        (*cancelled, (("outage", "Mette"),)),
        ("22334455", "outbound", "failed", "switch", (("outage", ""),)),
        ("205", "internal", "failed", "switch", (("outage", "Line"),)),
        ("114", "outbound", "answered", "caller", (("outage", "Line"),)),
    ]
    up = ("203", "internal", "", "", (("outage", "Mette"),))
    if not eventually(lambda: told(office)[:8] == [*known, up]):
        assert told(office)[:8] == [*known, up]
    hung_up = clock.now()
    goes_on.hang_up()
    assert eventually(lambda: told(office)[:8] == [*known, (*answered, up[-1])]), told(office)
    *over, last = list(zip(records(office), times, times[1:], strict=False))
    for record, began_at, ended_at in over:
        assert record.ended_at is not None
        assert began_at - CLOSE < record.started_at <= record.ended_at < ended_at + CLOSE
        assert record.answered_at is None or began_at < record.answered_at + CLOSE
    record, began_at, up_at = last
    assert record.answered_at is not None
    assert record.ended_at is not None
    assert began_at - CLOSE < record.started_at <= record.answered_at < up_at + CLOSE
    assert record.ended_at > hung_up - CLOSE


def test_a_plan_that_fails_is_no_outage_for_others(office: Office, postgres: Postgres) -> None:
    sara, mette = office.connect("sara"), office.connect("mette", answers_after=0)
    sara.call("203").wait("up").hang_up()
    mette.rung().wait("ended")
    said = office.switch.log.read_text().count("the database does not answer")
    as_superuser(postgres, "ALTER FUNCTION switch.call_plan(text, text, text) RENAME TO call_plan_gone")
    try:
        # It rings where it rang last, and all else goes on.
        sara.call("203").wait("up").hang_up()
        mette.rung(after=1).wait("ended")
    finally:
        as_superuser(postgres, "ALTER FUNCTION switch.call_plan_gone(text, text, text) RENAME TO call_plan")
    assert office.switch.log.read_text().count("the database does not answer") == said


def test_a_caller_who_cannot_be_looked_up_is_no_outage_for_others(office: Office, postgres: Postgres) -> None:
    sara, mette = office.connect("sara"), office.connect("mette", answers_after=0)
    office.trunk.answers_after = 0
    sara.call("203").wait("up").hang_up()
    mette.rung().wait("ended")
    said = office.switch.log.read_text().count("the database does not answer")
    gone = (("sign_in", "text, text, text"), ("is_trunk_by", "text, integer"))
    for name, types in gone:
        as_superuser(postgres, f"ALTER FUNCTION switch.{name}({types}) RENAME TO {name}_gone")
    try:
        # Who was known is still; the number is one that never rang, so its plan is asked for.
        sara.call("22334455").wait("up").hang_up()
        assert mette.register() == 503
    finally:
        for name, types in gone:
            as_superuser(postgres, f"ALTER FUNCTION switch.{name}_gone({types}) RENAME TO {name}")
    assert office.switch.log.read_text().count("the database does not answer") == said
