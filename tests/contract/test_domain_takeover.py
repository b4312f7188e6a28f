"""The takeover of a leaver's domain, tried on real name servers: records that still lead here are not enough."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from provisioning.models import WatchState
from provisioning.services import claims, dns_look
from tests.cast import Cast
from tests.dns_cases import DOMAIN, GOOD
from tests.dns_world import RealWorld
from tests.integration.test_claims import Clock, fresh, ordered, txt, watch, work


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealWorld]:
    made = RealWorld(tmp_path_factory.mktemp("takeover"))
    try:
        made.start()
        monkeypatch.setattr(dns_look, "gateway", lambda name: made.gateway)
        yield made
    finally:
        made.stop()


def test_dangling_records_of_a_leaver_do_not_hand_over_its_domain(
    cast: Cast, world: RealWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Clock()
    monkeypatch.setattr(clock, "now", time)
    leaver = ordered(cast.jonas, cast.bixen)
    world.fill(GOOD)
    assert watch(cast.jonas, leaver, time).state == WatchState.APPROVED
    with tenant(cast.jonas.actor):
        claims.release(actor=cast.jonas.actor, customer_id=cast.bixen.pk, domain=DOMAIN, at=time.at)

    attacker = ordered(cast.olga, cast.fremmed)
    seen = watch(cast.olga, attacker, time)
    assert seen.state == WatchState.RUNNING
    assert seen.verdict["right"] == 4
    assert fresh(cast.olga, attacker).dns_verified_at is None
    # A server of the zone that the attacker runs is not the zone.
    world.fill((txt(cast.olga, attacker),), server=0)
    next_look(time)
    assert fresh(cast.olga, attacker).dns_verified_at is None
    world.hold_still(1)
    next_look(time)
    assert fresh(cast.olga, attacker).dns_verified_at is None

    world.knots[1].thaw()
    world.fill((txt(cast.olga, attacker),), server=1)
    next_look(time)
    assert fresh(cast.olga, attacker).dns_verified_at == time.at


def next_look(time: Clock) -> None:
    time.at += dt.timedelta(minutes=2)
    work("provisioning.dns_watch")
