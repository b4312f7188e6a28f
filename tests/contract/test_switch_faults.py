"""What must not bring the switch down: hostile texts, and a database that hangs or stops."""

from __future__ import annotations

import time

import pytest

from demo.sipclient import Account, sign_in
from stack.kamailio import Kamailio
from stack.postgres import Postgres
from tests.contract.switching import Linked, Via, eventually, location, refused, welcome
from tests.standstill import held_still, shut_down


@pytest.mark.parametrize(
    "user",
    [
        "x'),pg_sleep(4)--",
        "x\\'; DELETE FROM kam.location; --",
        "o'brien",
        "%27%20OR%201=1",
        "$au",
        "mette;x",
    ],
)
def test_nothing_that_stands_for_a_name_becomes_sql(
    mette: Linked, udp: Via, postgres: Postgres, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is answered at all is answered within that time, see below.
    monkeypatch.setattr("demo.sipclient.client._PATIENCE", 3.5)
    with sign_in(mette.account, via=udp):
        began = time.monotonic()
        status = refused(Account(f"{user}@it-bixen.dk", "x"), udp)
        # What is no address at all is no request either, and gets no answer.
        assert status in (400, 401) or (status == 0 and "\\" in user)
        assert status == 0 or time.monotonic() - began < 3.5
        assert [row[0] for row in location(postgres)] == ["mette"]


def test_nothing_that_stands_for_a_program_becomes_sql(mette: Linked, udp: Via, postgres: Postgres) -> None:
    agent = "x', '', 'UDP'); DELETE FROM kam.location; SELECT pg_sleep(4); --\\' $au æøå"
    began = time.monotonic()
    with sign_in(mette.account, via=udp, agent=agent):
        assert time.monotonic() - began < 3.5
        (client,) = mette.clients()
        assert (client.user_agent, client.is_connected) == (agent, True)


def unavailable(account: Account, via: Via) -> None:
    began = time.monotonic()
    assert refused(account, via) == 503
    assert time.monotonic() - began < 9


def test_a_database_that_hangs_gets_a_refusal_in_time_and_the_switch_recovers(
    mette: Linked, switch: Kamailio, udp: Via, postgres: Postgres
) -> None:
    with held_still(postgres):
        unavailable(mette.account, udp)
        # Known to be away: everybody is told at once, and the switch still answers what needs no database.
        began = time.monotonic()
        for _ in range(20):
            assert switch.speaks_sip(timeout=5)
        assert time.monotonic() - began < 9
        unavailable(mette.account, udp)
    assert eventually(lambda: welcome(mette.account, udp, meanwhile=503))
    assert "the database answers again" in switch.log.read_text()


def test_a_database_that_is_stopped_gets_a_refusal_and_the_switch_recovers(
    mette: Linked, udp: Via, postgres: Postgres
) -> None:
    with shut_down(postgres):
        unavailable(mette.account, udp)
    assert eventually(lambda: welcome(mette.account, udp, meanwhile=503))
