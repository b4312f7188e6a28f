"""A domain in use that is pointed elsewhere at real name servers, and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from provisioning.models import Setup
from provisioning.rules.upkeep import EVERY, SECOND_LOOK
from provisioning.services import dns_look
from tests.cast import Cast
from tests.dns_cases import GOOD
from tests.dns_world import RealWorld
from tests.integration.test_upkeep import MOVED, Clock, in_use, mails, row_of, time, work

__all__ = ["in_use", "time"]


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealWorld]:
    made = RealWorld(tmp_path_factory.mktemp("upkeep"))
    try:
        made.start()
        monkeypatch.setattr(dns_look, "gateway", lambda name: made.gateway)
        yield made
    finally:
        made.stop()


def test_real_servers_that_lead_elsewhere_break_it_and_mend_it(
    cast: Cast, in_use: Setup, time: Clock, world: RealWorld
) -> None:
    world.fill(MOVED)
    time.forward(EVERY * 1.5)
    work(time.at)
    time.forward(SECOND_LOOK)
    work(time.at)
    assert row_of(cast).broken_at == time.at
    assert {template for template, _ in mails(cast)} == {"domain_broken"}
    world.clear()
    world.fill(GOOD)
    time.forward(SECOND_LOOK)
    work(time.at)
    seen = row_of(cast)
    assert (seen.broken_at, seen.verdict["decision"]) == (None, "approved")
    assert len(mails(cast)) == 4
