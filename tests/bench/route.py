"""Measure what the portal's database costs a call, against Kamailio's stateful relay that asks nobody.

Three switches in turn, each alone on the machine, five rounds, the same calls from the public network to a registered
phone: `relay` (Kamailio's tm and nothing else), `route` (this product's routing, without records and live state) and
`full` (the product as it runs). Every call must end the same at all three before anything is counted.

`route_added_ms`        median time from INVITE in to first INVITE out, over the relay's
`route_calls_per_cpu`   calls per second of processor time (Kamailio and Postgres, all processes), over the relay's
`full_calls_per_cpu`    the same with records and live state, counted until the last record has ended
`controller_cpu_ms`      milliseconds of processor time of the call controller a call, when calls go through it
`route_call_growth`     buffers that switch.route_call touches at 100,000 employees over those at 1,000

Run by `script/bench route`; `--tiny` proves that it runs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

import tests.environment  # starts Postgres and sets the environment, before Django
from stack import ports
from stack.controller import Controller
from stack.kamailio import CONFIGURATION, Kamailio
from stack.rtpengine import RtpEngine
from tests.bench.cost import processor
from tests.bench.sip import Load

DEPLOY = CONFIGURATION.parent
ROUNDS, CALLS, RATE, WARM = 5, 600, 100.0, 150
SIZE, GROWN = 1_000, 100_000
SLOWER = 20.0  # calls a second through one controller, whose process carries about 50
AIMS = {
    "controller_cpu_ms": 10.0,
    "route_added_ms": 1.0,
    "route_calls_per_cpu": 0.67,
    "full_calls_per_cpu": 0.5,
    "route_call_growth": 1.15,
}
RELAY = """
tcp_accept_haproxy=yes
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
modparam("rr", "enable_full_lr", 1)
request_route {
	if (!mf_process_maxfwd_header("10")) exit;
	if (is_method("OPTIONS")) {
		sl_send_reply("200", "OK");
		exit;
	}
	if (has_totag()) {
		if (loose_route()) t_relay();
		exit;
	}
	record_route();
	$du = "sip:RUNG";
	t_relay();
}
"""


class Switch(Kamailio):
    """A switch with another configuration than the product's."""

    def __init__(self, directory: Path, configuration: Path, **settings: Any) -> None:
        super().__init__(directory, **settings)
        self.other = configuration

    def configure(self) -> None:
        super().configure()
        written = self._configuration.read_text()
        self._configuration.write_text(written.replace(str(CONFIGURATION), str(self.other)))


@dataclass(frozen=True)
class Round:
    """What the calls of a round took: milliseconds to the first INVITE out, and of processor time a call."""

    latency: float
    cpu: float
    kamailio: float
    postgres: float
    said: list[Any]
    late: float


def main() -> None:
    """Print one JSON line for each figure."""
    import logging

    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    tiny = "--tiny" in sys.argv
    sizes = (100, 200) if tiny else (SIZE, GROWN)
    from tests.bench.database import fresh_database

    with fresh_database(), owner() as server, ExitStack() as closing:
        from tests.bench import offices

        source, target, address = (ports.loopback(Path(f"bench-{name}")) for name in ("in", "out", "switch"))
        load = Load(source, target)
        closing.callback(load.close)
        offices.trunk(server, source)
        offices.fill(server, sizes[0])
        numbers = offices.register(server, load.rung, every=5)
        before = buffers(numbers)
        calls(server, load, numbers, address, tiny=tiny)
        controlled(server, load, numbers, address, tiny=tiny)
        offices.register(server, load.rung)
        offices.fill(server, sizes[1] - sizes[0])
        numbers = offices.register(server, load.rung, every=100)
        after = buffers(numbers)
        figure("route_call_growth", after, before, after / before, "buffers touched by one route_call")


@contextmanager
def owner() -> Iterator[psycopg.Connection[Any]]:
    """Connect as the database's owner."""
    from django.conf import settings

    url = tests.environment.POSTGRES.superuser_url(settings.DATABASES["default"]["NAME"])
    with psycopg.connect(url, autocommit=True) as server:
        yield server


def role() -> str:
    """Return the address of the database for the switch's role."""
    from django.conf import settings

    name = settings.DATABASES["default"]["NAME"]
    return tests.environment.POSTGRES.url(name, "kamailio", tests.environment.PASSWORDS["kamailio"])


# Calls.


def calls(
    server: psycopg.Connection[Any], load: Load, numbers: list[str], address: str, *, tiny: bool
) -> None:
    """Run the rounds and print the figures of calls."""
    rounds: dict[str, list[Round]] = {"relay": [], "route": [], "full": []}
    with tempfile.TemporaryDirectory(prefix="myfone-bench-") as directory:
        switches = {
            "relay": Switch(Path(directory) / "relay", relay(Path(directory), load.rung), **place(address)),
            "route": Switch(Path(directory) / "route", routing(Path(directory)), **place(address)),
            "full": Switch(Path(directory) / "full", CONFIGURATION, **place(address)),
        }
        for number in range(1 if tiny else ROUNDS):
            for name, switch in switches.items():
                if "--only" in sys.argv and name not in sys.argv[-1]:
                    continue
                rounds[name].append(measure(server, load, numbers, switch, name=name, tiny=tiny))
                last = rounds[name][-1]
                print(
                    f"round {number + 1} {name:5}: {last.latency:.2f} ms (95 %: {last.late:.2f}), {last.cpu:.2f} ms of"
                    f" processor a call (Kamailio {last.kamailio:.2f}, Postgres {last.postgres:.2f});"
                    f" load {os.getloadavg()[0]:.1f}",
                    file=sys.stderr,
                )
    expected = rounds["relay"][0].said
    for name, of_switch in rounds.items():
        for one in of_switch:
            assert one.said == expected, (
                f"calls end otherwise with {name}: {set(one.said)}, not {set(expected)}"
            )
    added = [
        ours.latency - theirs.latency for ours, theirs in zip(rounds["route"], rounds["relay"], strict=True)
    ]
    relayed = statistics.median(one.latency for one in rounds["relay"])
    figure(
        "route_added_ms",
        statistics.median(added),
        relayed,
        statistics.median(added) / relayed,
        "ms from INVITE in to first INVITE out, over the relay's",
        full=round(statistics.median(one.latency for one in rounds["full"]), 2),
        calls=len(expected),
    )
    for name, of in (("route_calls_per_cpu", "route"), ("full_calls_per_cpu", "full")):
        ratios = [theirs.cpu / ours.cpu for ours, theirs in zip(rounds[of], rounds["relay"], strict=True)]
        figure(
            name,
            1000 / statistics.median(one.cpu for one in rounds[of]),
            1000 / statistics.median(one.cpu for one in rounds["relay"]),
            statistics.median(ratios),
            "calls per second of processor time",
            cpu_ms={
                "kamailio": round(statistics.median(one.kamailio for one in rounds[of]), 2),
                "postgres": round(statistics.median(one.postgres for one in rounds[of]), 2),
                "relay": round(statistics.median(one.cpu for one in rounds["relay"]), 2),
            },
        )


def controlled(
    server: psycopg.Connection[Any], load: Load, numbers: list[str], address: str, *, tiny: bool
) -> None:
    """Send calls through the call controller, media through rtpengine, and print what a call takes of each."""
    if shutil.which("rtpengine") is None:
        print("controller_cpu_ms is left out: rtpengine is not installed", file=sys.stderr)
        return
    spent: dict[str, list[float]] = {"controller": [], "switch": [], "media": [], "database": []}
    with tempfile.TemporaryDirectory(prefix="myfone-bench-") as name, ExitStack() as closing:
        directory = Path(name)
        beside = ports.loopback(Path("bench-controller"))
        media = closing.enter_context(
            RtpEngine(directory / "media", address=ports.loopback(Path("bench-media")))
        )
        switch = Kamailio(directory / "switch", controller=f"{beside}:5080", **place(address))
        closing.enter_context(switch)
        controller = closing.enter_context(
            Controller(
                directory / "controller",
                edge=f"{address}:{switch.port}",
                secret=switch.controller_secret,
                address=beside,
                port=5080,
                media=media.ng,
            )
        )
        to, count, end = (address, switch.port), 5 if tiny else CALLS // 6, time.monotonic() + 20
        while heard(server) is None or load.run(to, numbers, calls=1, rate=1.0)[0].caller[-1:] != [200]:
            assert time.monotonic() < end, switch.tail(3000)
            time.sleep(0.1)
        mine = (server.info.backend_pid,)
        roots = {
            "controller": controller.pid,
            "switch": switch.pid,
            "media": media.pid,
            "database": psutil.Process(*mine).ppid(),
        }
        for _ in range(1 if tiny else ROUNDS):
            settle(server, "controlled", 0)
            before = {part: processor(pid or 0, without=mine) for part, pid in roots.items()}
            outcomes = load.run(to, numbers, calls=count, rate=SLOWER)
            settle(server, "controlled", 0)
            # A BYE is answered by the controller, and may be on its way to the callee still.
            told = {(one.ended, *sorted(one.caller), *one.callee[:1]) for one in outcomes}
            assert told == {(True, 180, 200, 200, "INVITE")}, told
            for part, pid in roots.items():
                spent[part].append((processor(pid or 0, without=mine) - before[part]) * 1000 / count)
    ms = {part: statistics.median(rounds) for part, rounds in spent.items()}
    figure(
        "controller_cpu_ms",
        ms["controller"],
        AIMS["controller_cpu_ms"],
        ms["controller"] / AIMS["controller_cpu_ms"],
        "ms of the controller's processor time a call; the reference is the aim",
        beside={part: round(value, 2) for part, value in ms.items() if part != "controller"},
    )


def heard(server: psycopg.Connection[Any]) -> object:
    row = server.execute("SELECT switch.controller_seen()").fetchone()
    assert row is not None
    return row[0]


def place(address: str) -> dict[str, Any]:
    return {"database": role(), "address": address, "port": 5060, "workers": 4}


def measure(
    server: psycopg.Connection[Any], load: Load, numbers: list[str], switch: Switch, *, name: str, tiny: bool
) -> Round:
    """Run one switch alone, and count what its calls take once it is warm."""
    to, count = (switch.address, switch.port), 5 if tiny else CALLS
    with switch:
        assert switch.pid is not None
        warm = 5 if tiny else WARM
        # Phones are known to a switch a moment after it answers: it reads them beside its work.
        recorded, end, ready = count_records(server), time.monotonic() + 20, False
        while not ready:
            assert time.monotonic() < end, switch.tail(3000)
            answered = [one.caller[-1:] == [200] for one in load.run(to, numbers, calls=warm, rate=RATE)]
            recorded += sum(answered) if name == "full" else 0
            ready = all(answered)
        settle(server, name, recorded)
        mine = (server.info.backend_pid,)
        database = psutil.Process(*mine).ppid()
        before = processor(switch.pid), processor(database, without=mine)
        outcomes = load.run(to, numbers, calls=count, rate=RATE)
        settle(server, name, recorded + (count if name == "full" else 0))
        after = processor(switch.pid), processor(database, without=mine)
    times = sorted((one.arrived - one.sent) * 1000 for one in outcomes)
    kamailio = (after[0] - before[0]) * 1000 / count
    postgres = (after[1] - before[1]) * 1000 / count if name != "relay" else 0.0
    return Round(
        statistics.median(times),
        kamailio + postgres,
        kamailio,
        postgres,
        [one.said for one in outcomes],
        times[int(len(times) * 0.95)],
    )


def settle(server: psycopg.Connection[Any], name: str, recorded: int) -> None:
    """Wait until all that was told of calls is written, so many answered calls among it."""
    if name == "relay":
        return
    end = time.monotonic() + 30
    row: Any = (1,)
    while any(row) or count_records(server) < recorded:
        if time.monotonic() > end:
            rows = server.execute(
                "SELECT outcome, status, count(*) FROM telephony_callrecord GROUP BY 1, 2"
            ).fetchall()
            raise SystemExit(f"still open: {row}; {recorded} answered calls should be recorded: {rows}")
        time.sleep(0.05)
        row = server.execute(
            "SELECT (SELECT count(*) FROM switch.open_call), (SELECT count(*) FROM switch.live_call),"
            " (SELECT count(*) FROM switch.presence_change)"
        ).fetchone()


def count_records(server: psycopg.Connection[Any]) -> int:
    row = server.execute("SELECT count(*) FROM telephony_callrecord WHERE outcome = 'answered'").fetchone()
    assert row is not None
    return int(row[0])


def relay(directory: Path, rung: str) -> Path:
    """Write the configuration of a switch that relays every call to one place."""
    path = directory / "relay.cfg"
    path.write_text(RELAY.replace("RUNG", rung))
    return path


def routing(directory: Path) -> Path:
    """Write the product's configuration without what tells of calls: its routes are there and do nothing."""
    for part in DEPLOY.glob("kamailio*.cfg"):
        written = part.read_text()
        if part.name in ("kamailio-records.cfg", "kamailio-live.cfg"):
            kept = re.findall(r"^(?:loadmodule|modparam).*\n", written, re.MULTILINE)
            # What they set when the switch starts is asked for elsewhere too.
            kept += re.findall(r"^event_route\[htable.*?^\}\n", written, re.MULTILINE | re.DOTALL)
            routes = re.findall(r"^route\[(\w+)\]", written, re.MULTILINE)
            written = "".join(kept) + "".join(f"route[{name}] {{\n\treturn;\n}}\n" for name in routes)
        (directory / part.name).write_text(written)
    return directory / CONFIGURATION.name


# Growth.


def buffers(numbers: list[str]) -> float:
    """Return how many buffers one question touches, once a connection knows its functions' plans."""
    said = []
    with psycopg.connect(role(), autocommit=True) as switch:
        for number in [*numbers[:8], *numbers[-8:]]:
            for _ in range(2):
                row = switch.execute(
                    "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"
                    " SELECT * FROM switch.route_call('', '+4522334455', %s)",
                    [number],
                ).fetchone()
            assert row is not None
            plan = row[0][0]["Plan"]
            assert plan["Actual Rows"] >= 1
            said.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
    return statistics.median(said)


def figure(name: str, ours: float, reference: float, ratio: float, unit: str, **more: Any) -> None:
    said = {
        "name": name,
        "ours": round(ours, 2),
        "reference": round(reference, 2),
        "ratio": round(ratio, 2),
        "unit": unit,
        "aim": AIMS[name],
    }
    print(json.dumps(said | more), flush=True)


if __name__ == "__main__":
    main()
