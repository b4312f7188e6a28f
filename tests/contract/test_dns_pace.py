"""One name server is asked at one pace by all processes together, and a single look does not wait."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from myfone.kernel.ratelimit import Pace, reserve
from provisioning.gateways.dns import pace
from provisioning.gateways.dns.live import LiveDns
from tests.dns_cases import GOOD, look
from tests.dns_world import RealWorld

ROOT = Path(__file__).parents[2]
ADDRESS, LOOK, LOOKS = "192.0.2.53", 30, 8
PACE = Pace("test-dns-server", per_second=150, at_once=60, longest_wait=60)


def test_two_processes_share_one_pace(live_db: None) -> None:
    workers = [spawn() for _ in range(2)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    began = time.clock_gettime(time.CLOCK_MONOTONIC)
    said = [worker.communicate("go\n", timeout=60) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said

    turns = sorted(float(line) - began for out, _ in said for line in out.split())
    assert len(turns) == 2 * LOOKS
    for number, turn in enumerate(turns):
        # After what may begin at once, each look has to wait until those before it are paid for.
        paid = ((number + 1) * LOOK - PACE.at_once) / PACE.per_second
        assert turn >= paid - 0.01, turns
    assert min(turns) < LOOK / PACE.per_second


def spawn() -> subprocess.Popen[str]:
    database = settings.DATABASES["default"]
    place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    url = f"postgresql://{database['USER']}:{database['PASSWORD']}@{place}"
    return subprocess.Popen(
        [sys.executable, "-m", "tests.contract.pace_worker", str(LOOKS)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_single_look_does_not_wait_and_a_crowd_is_turned_away(live_db: None) -> None:
    crowd = Pace("test-crowd", per_second=10, at_once=30, longest_wait=3)

    began = time.monotonic()
    assert reserve(crowd, ADDRESS, 30) == 0
    second = reserve(crowd, ADDRESS, 30)
    assert second is not None
    assert 3 - (time.monotonic() - began) - 0.01 < second <= 3
    assert reserve(crowd, ADDRESS, 30) is None
    # Turned away, it has booked nothing, and other servers are other rows.
    assert reserve(crowd, "192.0.2.54", 30) == 0


def test_a_look_books_at_each_server_before_it_asks(
    live_db: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = RealWorld(tmp_path_factory.mktemp("pace"))
    monkeypatch.setattr(pace, "SERVER", Pace("test-look", per_second=1, at_once=60, longest_wait=1))
    try:
        world.start()
        world.fill(GOOD)
        gateway = LiveDns([f"{world.resolver}:53"], private_servers=True, tries=(0.4,), turn_at=pace.turn_at)
        began = time.monotonic()
        assert look(gateway).right == 4
        assert time.monotonic() - began < 2

        asked = [proxy.questions for proxy in world.proxies]
        look(gateway)
        with pytest.raises(pace.ServerBusy) as busy:
            look(gateway)
        assert busy.value.retry_after
        assert [proxy.questions for proxy in world.proxies] == [2 * n for n in asked]
    finally:
        world.stop()
