"""Calls while the database is away: known routes ring, help is reached, and the rest hear so in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from demo.sipclient import Account
from demo.sipclient.connection import Datagrams
from demo.sipclient.phone import SipPhone
from stack.postgres import Postgres
from tests.contract.calling import GATEWAY_ADDRESS, Office
from tests.contract.switching import eventually
from tests.standstill import held_still, shut_down

LOOKS = 40  # so many that every process of the switch has had one

Away = Callable[[Postgres], Iterator[None]]


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
    sara.call("203").wait("up").hang_up()
    with away(postgres):
        began = time.monotonic()
        help_ = sara.call("112").wait("up")
        assert time.monotonic() - began < 5
        invite = gateway.rung().invite
        assert invite is not None
        assert invite.start.startswith("INVITE sip:112@")
        assert invite.first("p-asserted-identity") == "<sip:+4569142424@it-bixen.dk>"
        help_.hang_up()
        # Where it rang last, it rings; what was never called cannot be found out.
        sara.call("203").wait("up").hang_up()
        assert len(mette.times("rings")) == 2
        began = time.monotonic()
        assert sara.call("22334455").wait("ended").status == 503
        assert time.monotonic() - began < 5
        # A phone that the switch does not know is let through for help, and for nothing else.
        with SipPhone(Datagrams(*place, source="127.205.1.1"), office.accounts["line"]) as stranger:
            assert stranger.call("203").wait("ended").status == 503
            stranger.call("114").wait("up").hang_up()
    assert eventually(lambda: sara.call("299").wait("ended").status == 404)
    # Each process of the switch finds out by itself that its old connection is gone, before anybody is turned away.
    assert [sara.register() for _ in range(LOOKS)] == [200] * LOOKS
