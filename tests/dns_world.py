"""Real name servers for the tests: two Knots that fail by script, and an Unbound that validates."""

from __future__ import annotations

from pathlib import Path

import dns.query
import dns.rcode
import dns.update

from provisioning.gateways.dns.live import LiveDns
from provisioning.rules.observation import Outcome
from stack import ports, zones
from stack.dns_faults import FaultyDns
from stack.knot import Knot
from stack.unbound import Unbound
from tests.dns_cases import DOMAIN, GOOD

BEHIND = 5300  # where the real servers listen, behind the proxies on port 53
NAMESERVERS = ("ns1.webhost.dk", "ns2.webhost.dk")
# Domains whose servers misbehave, as the registry still lists them.
REFUSED, LAME, BROKEN, DEAD = "refused.dk", "child.parent.dk", "broken.dk", "dead.dk"
MISBEHAVING = {
    REFUSED: Outcome.REFUSED,
    LAME: Outcome.LAME,
    BROKEN: Outcome.SERVFAIL,
    DEAD: Outcome.TIMEOUT,
}
# Signed by nobody, but its parent holds this fingerprint of a key.
BOGUS = "bogus.dk"
# Right at its servers, while a resolver still has the old answer.
CACHED = "cached.dk"
OLD = {CACHED: "203.0.113.80"}
IDN = "xn--blbrgrd-fxak7p.dk"  # blåbærgrød.dk
ANCHOR = f"{BOGUS}. DS 12345 13 2 {'ab' * 32}"


def right_for(domain: str) -> tuple[str, ...]:
    """Return the guide's records for another domain."""
    return tuple(line.replace(DOMAIN, domain) for line in GOOD)


class RealWorld:
    """Two Knots as ns1 and ns2, each with a copy of its own, and an Unbound that knows where they are.

    Before each Knot stands a proxy that fails by script; Unbound and the updates go past it.
    """

    def __init__(self, directory: Path) -> None:
        self.addresses = [ports.loopback(directory / name) for name in ("ns1", "ns2")]
        resolver, dead = ports.loopback(directory / "resolver"), ports.loopback(directory / "dead")
        hosts = dict(zip(("ns1", "ns2"), self.addresses, strict=True))
        good = right_for(BOGUS)
        served = {
            DOMAIN: zones.zone_text(DOMAIN, NAMESERVERS),
            "webhost.dk": zones.zone_text(
                "webhost.dk",
                NAMESERVERS,
                [*(f"{host} A {address}" for host, address in hosts.items()), f"dead A {dead}"],
            ),
            "flexskype.dk": zones.platform_zone("flexskype.dk", NAMESERVERS, "198.51.100.7"),
            "parent.dk": zones.zone_text("parent.dk", NAMESERVERS, ["child NS ns1.webhost.dk."]),
            BROKEN: "this is no zone file\n",
            BOGUS: zones.zone_text(BOGUS, NAMESERVERS, good),
            CACHED: zones.zone_text(CACHED, NAMESERVERS, right_for(CACHED)),
            IDN: zones.zone_text(IDN, NAMESERVERS, right_for(IDN)),
        }
        self.knots = [
            Knot(directory / f"knot{n}", [address], served, port=BEHIND, name=f"knot{n}")
            for n, address in enumerate(self.addresses, 1)
        ]
        self.proxies = [FaultyDns((address, 53), (address, BEHIND)) for address in self.addresses]
        self.unbound = Unbound(
            directory / "unbound",
            resolver,
            {
                zone: [f"{address}@{BEHIND}" for address in self.addresses]
                for zone in served
                if zone not in MISBEHAVING and zone not in OLD
            },
            local={
                domain: [
                    f"{domain}. 60 IN SOA ns1.webhost.dk. hostmaster.{domain}. 1 60 60 60 60",
                    f"{domain}. 60 IN NS {'dead' if domain == DEAD else 'ns1'}.webhost.dk.",
                ]
                for domain in MISBEHAVING
            }
            | {
                domain: [
                    f"{domain}. 60 IN SOA ns1.webhost.dk. hostmaster.{domain}. 1 60 60 60 60",
                    *(f"{domain}. 60 IN NS {server}." for server in NAMESERVERS),
                    *(f"{host}.{domain}. 60 IN A {address}" for host in ("sip", "lyncdiscover")),
                ]
                for domain, address in OLD.items()
            },
            trust_anchors=[ANCHOR],
            cache=30,
        )
        self.gateway = LiveDns([f"{resolver}:53"], private_servers=True, tries=(0.4, 0.4))
        self.resolver = resolver
        self.held: list[set[tuple[str, ...]]] = [set(), set()]

    def start(self) -> None:
        for server in (*self.knots, *self.proxies, self.unbound):
            server.start()

    def stop(self) -> None:
        for server in (self.unbound, *self.proxies, *self.knots):
            server.stop()

    def fill(self, lines: tuple[str, ...], server: int | None = None) -> None:
        for number in (0, 1) if server is None else (server,):
            self._change(number, lines)

    def clear(self, *, forget: bool = True) -> None:
        """Put the zone back to nothing; the resolver forgets what it was, or keeps it as long as it may."""
        for number, names in enumerate(self.held):
            self.knots[number].thaw()
            self.proxies[number].behave()
            update = dns.update.UpdateMessage(DOMAIN)
            for name in names:
                update.delete(*name)
            self._send(number, update)
            names.clear()
        if forget:
            self.unbound.forget(DOMAIN)

    def hold_still(self, server: int) -> None:
        self.knots[server].freeze()

    def _change(self, number: int, lines: tuple[str, ...]) -> None:
        update = dns.update.UpdateMessage(DOMAIN)
        for line in lines:
            owner, rest = line.split(maxsplit=1)
            ttl, rest = rest.split(maxsplit=1) if rest[0].isdigit() else ("600", rest)
            type_, data = rest.split(maxsplit=1)
            update.add(owner, int(ttl), type_, data)
            self.held[number].add((owner, type_) if owner == "@" else (owner,))
        self._send(number, update)

    def _send(self, number: int, update: dns.update.UpdateMessage) -> None:
        # Over TCP, since a long update is larger than a datagram.
        reply = dns.query.tcp(update, self.addresses[number], port=BEHIND, timeout=5)
        assert reply.rcode() == dns.rcode.NOERROR
