"""Measure `certificate_vs_roundtrips`: time per certificate, over what Pebble's own answers take for the same requests.

Ours: the jobs of a night, from planned to seen by clients, by one worker at real servers: names at Knot through
Unbound, proof through HAProxy and the portal, Pebble as the authority, HAProxy as the front. The reference: the same
requests to the authority in the same order, of which only the time between request and answer counts. Both in turn,
five times; the figure is the median of the five ratios. Keys are P-256; what RSA-2048 costs more is a figure of its
own.
"""

from __future__ import annotations

import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tests.environment  # noqa: F401  starts Postgres and sets the environment, before Django

ROUNDS = 5
EACH = 30
AIM = 1.5
LIMIT = 120.0  # seconds for one round


@dataclass
class Wire:
    """What went to the authority while it was counted: requests, and the seconds until their answers."""

    seconds: float = 0.0
    paths: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Count every request of this process from now on."""
        from requests.adapters import HTTPAdapter

        send = HTTPAdapter.send

        def counted(adapter: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            begin = time.perf_counter()
            answer = send(adapter, request, *args, **kwargs)
            self.seconds += time.perf_counter() - begin
            if answer.ok:  # every twentieth nonce is refused, and the request repeated
                self.paths.append(request.path_url.split("/")[1])
            return answer

        HTTPAdapter.send = counted  # type: ignore[method-assign]

    def reset(self) -> None:
        self.seconds, self.paths = 0.0, []


def main() -> None:
    """Print one JSON line for each figure."""
    from stack import ports
    from stack.machine import DEMO_ZONE, Machine
    from stack.portal import Portal

    kept = {name: os.environ[name] for name in ("SECRET_KEY", "SECRETS_KEYS")}
    with tempfile.TemporaryDirectory(prefix="myfone-bench-") as directory:
        machine = Machine(Path(directory), portal_port=ports.free_port(), durable=False)
        machine.secrets |= kept
        try:
            machine.start_surroundings()
            if not (machine.pebble and machine.knot and machine.unbound and machine.haproxy):
                raise SystemExit("This bench needs Knot, Unbound, HAProxy and Pebble.")
            os.environ.update(machine.settings())
            import django

            django.setup()
            logging.disable(logging.CRITICAL)
            from tests.bench.database import fresh_database

            point(machine, DEMO_ZONE)
            with (
                fresh_database(),
                Portal(machine.directory / "portal", machine.file, machine.portal_port),
            ):
                measure(DEMO_ZONE)
        finally:
            machine.stop()


def point(machine: Any, zone: str) -> None:
    """Let every name of the zone lead to the platform."""
    import dns.query
    import dns.update

    change = dns.update.Update(zone)
    change.replace("*", 600, "CNAME", "sip.flexskype.dk.")
    reply = dns.query.udp(change, machine.knot.addresses[0], port=machine.knot.port, timeout=5)
    assert reply.rcode() == 0


def measure(zone: str) -> None:
    """Run the rounds and print the figures."""
    wire = Wire()
    wire.listen()
    setups = people(zone, (ROUNDS + 1) * EACH)
    bare = Bare(zone)
    ours(setups[:2], wire)  # the account is opened, connections are up
    bare.issue(2, wire)
    ratios, mine, theirs, cpu, counts = [], [], [], [], []
    for number in range(ROUNDS):
        batch = setups[(number + 1) * EACH : (number + 2) * EACH]
        wall, processor, paths = ours(batch, wire)
        answers, same = bare.issue(EACH, wire)
        assert essential(same) == essential(paths), (essential(paths), essential(same))
        mine.append(wall / EACH)
        theirs.append(answers / EACH)
        cpu.append(processor / EACH)
        counts.append(len(paths) / EACH)
        ratios.append(mine[-1] / theirs[-1])
        print(
            f"round {number + 1}: {mine[-1] * 1000:.1f} ms ({cpu[-1] * 1000:.1f} ms of processor), Pebble"
            f" {theirs[-1] * 1000:.1f} ms for {counts[-1]:.1f} requests",
            file=sys.stderr,
        )
    figure("certificate_vs_roundtrips", mine, theirs, statistics.median(ratios), "ms")
    figure(
        "certificate_cpu_vs_roundtrips", cpu, theirs, statistics.median(cpu) / statistics.median(theirs), "ms"
    )
    keys = [timed(lambda: new_key("rsa2048")) - timed(lambda: new_key("p256")) for _ in range(ROUNDS * 4)]
    figure(
        "certificate_rsa_key_more", keys, theirs, statistics.median(keys) / statistics.median(theirs), "ms"
    )


def figure(name: str, ours: list[float], reference: list[float], ratio: float, unit: str) -> None:
    said = {
        "name": name,
        "ours": round(statistics.median(ours) * 1000, 2),
        "reference": round(statistics.median(reference) * 1000, 2),
        "ratio": round(ratio, 2),
        "unit": unit,
    }
    if name == "certificate_vs_roundtrips":
        said["aim"] = AIM
    print(json.dumps(said))


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def new_key(kind: str) -> bytes:
    from provisioning.rules import certificates

    return certificates.new_key(certificates.KeyKind(kind))


def people(zone: str, count: int) -> list[Any]:
    """Write customers with a verified domain each."""
    from myfone.kernel import clock
    from myfone.tenancy.actor import Actor
    from myfone.tenancy.context import admit, tenant
    from myfone.tenancy.models import Customer, Reseller
    from provisioning.models import KeyChoice, Order, Setup

    setups, at = [], clock.now()
    with tenant(Actor.platform(doing="bench")):
        reseller = Reseller(name="Nordlys Tele")
        reseller.save()
        for number in range(count):
            customer = Customer(reseller=reseller, name=f"Kunde {number}")
            customer.save()
            admit(customer.pk)
            domain = f"k{number}.{zone}"
            order = Order(customer=customer, domain=domain, created_by="bench", confirmed_at=at)
            order.save()
            setup = Setup(
                customer=customer, order=order, domain=domain, dns_verified_at=at, key_kind=KeyChoice.P256
            )
            setup.save()
            setups.append(setup)
    return setups


def ours(setups: list[Any], wire: Wire) -> tuple[float, float, list[str]]:
    """Let one worker make these certificates; return wall and processor seconds, and what was asked."""
    from myfone.kernel import clock, jobs
    from myfone.kernel.models import Job
    from myfone.tenancy.actor import Actor
    from myfone.tenancy.context import tenant
    from provisioning.models import Certificate
    from provisioning.services import certificates

    wire.reset()
    wall, processor = time.perf_counter(), time.process_time()
    made = []
    for setup in setups:
        actor = Actor.system(setup.customer_id, doing="night")
        with tenant(actor):
            made.append(certificates.plan(actor=actor, setup=setup, at=clock.now()))
    keys = [certificates.job_key(each) for each in made]
    end = time.monotonic() + LIMIT
    while True:
        waiting = Job.objects.filter(key__in=keys, done_at=None)
        ready = list(waiting.filter(run_at__lte=clock.now()).values_list("pk", flat=True))
        for pk in ready:
            jobs.run(pk)
        if not ready:
            if not waiting.exists():
                break
            time.sleep(0.005)
        if time.monotonic() > end:
            raise SystemExit(f"Not done: {list(waiting.values_list('fault', flat=True))[:3]}")
    taken = time.perf_counter() - wall, time.process_time() - processor
    for each in made:
        actor = Actor.system(each.customer_id)
        with tenant(actor):
            assert Certificate.objects.visible_to(actor).get(pk=each.pk).step == "confirmed"
    return *taken, wire.paths


class Bare:
    """An account that sends what ours sends, and does nothing else."""

    def __init__(self, zone: str) -> None:
        from provisioning.gateways.acme.live import gateway
        from provisioning.rules.certificates import new_key

        self.zone, self.number = zone, 0
        self.acme = gateway()
        self.account = self.acme.open_account(key=new_key(), contact="drift@flexskype.dk")

    def issue(self, count: int, wire: Wire) -> tuple[float, list[str]]:
        """Make so many certificates; return the seconds of the answers, and what was asked."""
        from provisioning.gateways.acme import State
        from provisioning.models import AcmeChallenge
        from provisioning.rules.certificates import names_for, new_key, request_for

        wire.reset()
        acme, account, orders = self.acme, self.account, []
        for _ in range(count):
            self.number += 1
            names = names_for(f"b{self.number}.{self.zone}")
            request = request_for(names, new_key())
            order = acme.order(account, url=acme.new_order(account, names=names).url)
            challenges = acme.challenges(account, order=order)
            AcmeChallenge.objects.bulk_create(
                AcmeChallenge(token=each.token, key_authorization=each.key_authorization)
                for each in challenges
            )
            acme.challenges(account, order=acme.order(account, url=order.url))
            for challenge in challenges:
                acme.answer(account, challenge=challenge)
            orders.append((order, request))
        for order, request in orders:
            while acme.order(account, url=order.url).state is State.PENDING:
                time.sleep(0.01)
            ready = acme.order(account, url=order.url)
            acme.finalize(account, order=ready, request=request)
            while (valid := acme.order(account, url=order.url)).state is not State.VALID:
                time.sleep(0.01)
            acme.download(account, order=valid)
            acme.challenges(account, order=valid)
        return wire.seconds, wire.paths


def essential(paths: list[str]) -> dict[str, int]:
    """Count what was asked, without looks that a slow answer or a refused nonce repeats."""
    repeated = {"my-order", "nonce-plz", "dir", "order-plz"}
    return {path: paths.count(path) for path in sorted(set(paths)) if path not in repeated}


if __name__ == "__main__":
    main()
