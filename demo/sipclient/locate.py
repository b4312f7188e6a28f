"""From a SIP domain to the server behind it (RFC 3263), asked at a resolver of the caller's choice."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver

from demo.sipclient.steps import Step

# Clients by the standard ask for _sips._tcp; _sip._tls is the name that the guide has customers publish.
SECURE_NAMES = ("_sips._tcp", "_sip._tls")


class LocateFailed(Exception):
    """No server could be found for the domain."""


@dataclass(frozen=True)
class Target:
    """A server to try: the host name to check its certificate against, its port and its addresses."""

    host: str
    port: int
    addresses: tuple[str, ...]


def locate(domain: str, resolvers: Sequence[str], steps: list[Step], *, timeout: float = 5.0) -> list[Target]:
    """Return the TLS servers of a domain, best first.

    `resolvers` are "address:port". What was asked and answered is appended to `steps`.
    Raises LocateFailed when no SRV record leads to an address.
    """
    resolver = _resolver(resolvers, timeout)
    for service in SECURE_NAMES:
        name = f"{service}.{domain}"
        records = _ask(resolver, name, "SRV", steps)
        if not records:
            continue
        targets = []
        for record in _in_order(records):
            host = record.target.to_text(omit_final_dot=True)
            addresses = tuple(
                str(answer) for kind in ("A", "AAAA") for answer in _ask(resolver, host, kind, steps)
            )
            if addresses:
                targets.append(Target(host, record.port, addresses))
        if targets:
            return targets
    raise LocateFailed(f"No server was found for {domain}.")


def _resolver(addresses: Sequence[str], timeout: float) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=not addresses)
    if addresses:
        servers: list[str | dns.nameserver.Nameserver] = []
        for item in addresses:
            host, _, port = item.rpartition(":")
            servers.append(
                dns.nameserver.Do53Nameserver((host or item).strip("[]"), int(port) if host else 53)
            )
        resolver.nameservers = servers
    resolver.lifetime = timeout
    return resolver


def _ask(resolver: dns.resolver.Resolver, name: str, kind: str, steps: list[Step]) -> list:
    try:
        answer = resolver.resolve(name, kind, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        # A host without an IPv6 address is the rule, so its absence is no news.
        if kind != "AAAA":
            steps.append(Step("dns_nothing", ok=False, params={"name": name, "kind": kind}))
        return []
    except dns.exception.DNSException as error:
        steps.append(
            Step("dns_failed", ok=False, params={"name": name, "kind": kind, "why": type(error).__name__})
        )
        return []
    records = list(answer)
    steps.append(
        Step(
            "dns_answer",
            params={
                "name": name,
                "kind": kind,
                "answers": [record.to_text() for record in records],
                "canonical": answer.canonical_name.to_text(omit_final_dot=True),
            },
        )
    )
    return records


def _in_order(records: list) -> list:
    """Order SRV records by priority, and by weighted chance within one (RFC 2782)."""
    ordered = []
    for priority in sorted({record.priority for record in records}):
        left = [record for record in records if record.priority == priority]
        while left:
            weights = [record.weight + 1 for record in left]
            chosen = random.choices(left, weights)[0]  # noqa: S311
            left.remove(chosen)
            ordered.append(chosen)
    return ordered
