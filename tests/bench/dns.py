"""Measure `dns_verify_10k`: the four records of 10,000 domains, asked and judged, against asking alone.

One Knot on loopback holds all of them. Ours is the product's own way: questions by the rules, the gateway, the verdict.
The reference asks the very same questions with dnspython's `dns.asyncquery.udp`, with as many workers, and looks at
nothing. Both do a fifth of the domains in turn, five times. Every verdict is compared with what the zone holds before
a figure counts. `dns_verify_10k_faults` is all 10,000 through a proxy that loses 2 % of the questions and answers
SERVFAIL to 1 %. Run by `script/bench dns`.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

DOMAINS = int(os.environ.get("BENCH_DOMAINS", "10000"))
ROUNDS = 5
WORKERS = 100
ZONE = "kunder.dk"
RIGHT = ("right", "right", "right", "right")
# One domain in ten is not as it should be: what stands in place of its records, and what is to be found.
FAULTY = {
    3: ("sip CNAME sipdir.online.lync.com.", "sip", "wrong"),
    13: ("lyncdiscover CNAME web.host.dk.", "lyncdiscover", "wrong"),
    23: ("_sip._tls SRV 100 1 5061 sip.{domain}.", "_sip._tls", "wrong"),
    33: ("_sipfederationtls._tcp SRV 100 1 5061 sip.flexskype.dk.", "_sipfederationtls._tcp", "wrong"),
    43: ("", "_sip._tls", "missing"),
    53: ("sip A 198.51.100.7", "sip", "right"),
    63: ("_sip._tls SRV 1 100 443 sip.{domain}.", "_sip._tls", "right"),
    73: ("", "sip", "missing"),
    83: ("_sip._tls CNAME sip.flexskype.dk.", "_sip._tls", "wrong"),
    93: ("sip CNAME sip.flexskype.dk.kunder.dk.", "sip", "wrong"),
}
OWNERS = ("sip", "lyncdiscover", "_sip._tls", "_sipfederationtls._tcp")


@dataclass(frozen=True)
class Spent:
    wall: float
    cpu: float


def domain_of(number: int) -> str:
    return f"k{number:05}.{ZONE}"


def lines_of(number: int) -> Iterator[str]:
    """Yield what the zone holds of one domain."""
    domain = domain_of(number)
    lines = {
        "sip": "sip CNAME sip.flexskype.dk.",
        "lyncdiscover": "lyncdiscover CNAME lyncdiscover.flexskype.dk.",
        "_sip._tls": f"_sip._tls SRV 100 1 443 sip.{domain}.",
        "_sipfederationtls._tcp": f"_sipfederationtls._tcp SRV 100 1 5061 sip.{domain}.",
    }
    line, owner, _ = FAULTY.get(number % 100, ("", "", ""))
    if owner:
        lines[owner] = line.format(domain=domain)
    for text in filter(None, lines.values()):
        label, rest = text.split(maxsplit=1)
        yield f"{label}.{domain}. {rest}"


def expected(number: int) -> tuple[str, ...]:
    _, owner, state = FAULTY.get(number % 100, ("", "", ""))
    return tuple(state if owner == one else "right" for one in OWNERS)


def ours(address: str, port: int, numbers: range) -> list[tuple[str, ...]]:
    """Ask and judge; return the states of the four records of each domain."""
    from provisioning.gateways.dns.live import LiveDns
    from provisioning.rules.dns_judgement import Bench, judge
    from provisioning.rules.names import Name
    from provisioning.rules.observation import Observation, Outcome, Question
    from provisioning.rules.records import RecordType
    from tests.dns_cases import records

    wanted = [records(domain_of(number)) for number in numbers]
    zone, server = Name.parse(ZONE), Name.parse("ns.host.dk")
    gateway = LiveDns(["127.0.0.1:1"], port=port, private_servers=True)
    asked = [[Question(record.name, record.type) for record in one] for one in wanted]
    looks = gateway.examine(server, address, asked, at_once=WORKERS)
    # A name without an alias may hold an address of ours in its place: ask on for those alone.
    bare = [
        (place, record)
        for place, (one, look) in enumerate(zip(wanted, looks, strict=True))
        for record, reply in zip(one, look.replies, strict=True)
        if record.type is RecordType.CNAME and reply.outcome in (Outcome.NODATA, Outcome.NXDOMAIN)
    ]
    hosts = [
        [Question(record.name, type_) for type_ in (RecordType.A, RecordType.AAAA)] for _, record in bare
    ]
    for (place, _), more in zip(bare, gateway.examine(server, address, hosts, at_once=WORKERS), strict=True):
        look = looks[place]
        looks[place] = type(look)(server, address, look.outcome, (*look.replies, *more.replies))
    states = []
    for one, look in zip(wanted, looks, strict=True):
        seen = Observation(one.domain, Outcome.ANSWER, zone, (look,))
        states.append(tuple(judge(record, Bench(one, seen, look, zone)).state.value for record in one))
    return states


def reference(address: str, port: int, numbers: range) -> int:
    """Ask the same, and count what was answered."""
    import dns.asyncquery
    import dns.message

    queries = iter(
        [
            (f"{owner}.{domain_of(number)}.", "CNAME" if owner in OWNERS[:2] else "SRV")
            for number in numbers
            for owner in OWNERS
        ]
    )
    answered = 0

    async def work() -> None:
        nonlocal answered
        for name, type_ in queries:
            query = dns.message.make_query(name, type_, use_edns=0, payload=1232)
            await dns.asyncquery.udp(query, address, port=port, timeout=5)
            answered += 1

    async def run() -> None:
        await asyncio.gather(*(work() for _ in range(WORKERS)))

    asyncio.run(run())
    return answered


def measure(what: Callable[[], object]) -> tuple[object, Spent]:
    used, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    result = what()
    wall, now = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    return result, Spent(wall, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime)


def compare(states: object, numbers: range) -> None:
    assert isinstance(states, list)
    wrong = [
        (domain_of(number), state)
        for number, state in zip(numbers, states, strict=True)
        if state != expected(number)
    ]
    if wrong:
        raise SystemExit(f"{len(wrong)} of {len(numbers)} verdicts are wrong: {wrong[:3]}")


def main() -> None:
    """Print one JSON line for each figure."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "myfone.config.settings")
    from stack import ports, zones
    from stack.knot import Knot

    with tempfile.TemporaryDirectory(prefix="myfone-bench-") as place:
        directory = Path(place)
        directory.chmod(0o755)
        address = ports.loopback(directory / "knot")
        lines = [line for number in range(DOMAINS) for line in lines_of(number)]
        knot = Knot(
            directory / "knot", [address], {ZONE: zones.zone_text(ZONE, ["ns.host.dk"], lines)}, port=5300
        )
        knot.start()
        try:
            rounds = list(measured(address))
            faults = through_faults(address)
        finally:
            knot.stop()
    clean = [(mine.wall / bare.wall, mine.cpu / bare.cpu) for mine, bare in rounds]
    figure = {
        "name": "dns_verify_10k",
        "ours": round(statistics.median(mine.wall for mine, _ in rounds), 2),
        "reference": round(statistics.median(bare.wall for _, bare in rounds), 2),
        "ratio": round(statistics.median(wall for wall, _ in clean), 2),
        "unit": f"s for {DOMAINS // ROUNDS} domains x 4 records",
        "cpu_ours": round(statistics.median(mine.cpu for mine, _ in rounds), 2),
        "cpu_reference": round(statistics.median(bare.cpu for _, bare in rounds), 2),
        "cpu_ratio": round(statistics.median(cpu for _, cpu in clean), 2),
        "rounds": [[round(mine.wall, 2), round(bare.wall, 2)] for mine, bare in rounds],
    }
    sys.stdout.write(json.dumps(figure) + "\n")
    bare_rate = statistics.median(bare.wall for _, bare in rounds) * ROUNDS
    sys.stdout.write(
        json.dumps(
            {
                "name": "dns_verify_10k_faults",
                "ours": round(faults.wall, 2),
                "reference": round(bare_rate, 2),
                "ratio": round(faults.wall / bare_rate, 2),
                "unit": f"s for {DOMAINS} domains x 4 records; reference without faults",
                "cpu_ours": round(faults.cpu, 2),
            }
        )
        + "\n"
    )


def measured(address: str) -> Iterator[tuple[Spent, Spent]]:
    share = DOMAINS // ROUNDS
    for turn in range(ROUNDS):
        numbers = range(turn * share, (turn + 1) * share)
        states, mine = measure(lambda numbers=numbers: ours(address, 5300, numbers))  # type: ignore[misc]
        compare(states, numbers)
        answered, bare = measure(lambda numbers=numbers: reference(address, 5300, numbers))  # type: ignore[misc]
        assert answered == share * len(OWNERS)
        yield mine, bare


def through_faults(address: str) -> Spent:
    """Verify all domains through a proxy that loses and fails."""
    proxy = subprocess.Popen(
        [
            *(
                sys.executable,
                "-m",
                "stack.dns_faults",
                "--listen",
                f"{address}:5301",
                "--to",
                f"{address}:5300",
            ),
            *("--drop", "0.02", "--servfail", "0.01"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert proxy.stdout is not None
        assert proxy.stdout.readline() == "ready\n"
        states, spent = measure(lambda: ours(address, 5301, range(DOMAINS)))
        compare(states, range(DOMAINS))
    finally:
        proxy.terminate()
        proxy.wait(10)
    return spent


if __name__ == "__main__":
    main()
