"""Ask real name servers, with dnspython.

The zone and its servers come from the configured recursive resolvers; every answer about the customer's
records comes from the authoritative servers themselves, so that no cache stands between a change and us.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import operator
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import dns.asyncquery
import dns.asyncresolver
import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.IN.SRV
import dns.resolver
from django.conf import settings

from myfone.kernel.gateways import GatewayError
from provisioning.gateways.dns.answers import chain_of, outcome_of, reply_of, serial_of, wire_name
from provisioning.gateways.dns.pace import turn_at
from provisioning.gateways.dns.wire import Wire
from provisioning.rules.caa import CaaLook, CaaRecord
from provisioning.rules.names import Name
from provisioning.rules.observation import (
    TELLING,
    Observation,
    Outcome,
    Question,
    Reply,
    Resolution,
    ServerLook,
)

# Many customers share one web host: never more than this many questions to one server at a time.
QUESTIONS_AT_ONCE = 4
SERVERS_AT_MOST = 12
EDNS_PAYLOAD = 1232  # bytes; larger UDP answers get lost on the way (DNS flag day 2020)
# Seconds. One datagram in thirty may get lost on a bad day; after five none of ten thousand domains is unknown.
TRIES = (0.6, 1.0, 1.5, 2.0, 3.0)
EXAMINE_SOCKETS = 8
# What stands around the question: a header with no flag set (RD=0), and EDNS's record (RFC 6891).
PLAIN = struct.pack("!HHHHHH", 0, 0, 1, 0, 0, 0)
WITH_EDNS = struct.pack("!HHHHHH", 0, 0, 1, 0, 0, 1)
OPT = struct.pack("!BHHIH", 0, dns.rdatatype.OPT, EDNS_PAYLOAD, 0, 0)
WHOLE_LOOK = 20.0  # seconds, after which what is missing counts as silence
FINDING_SERVERS = 12.0  # seconds
RESOLVER_LIFETIME = 4.0


@dataclass(frozen=True, slots=True)
class _Server:
    name: Name
    address: str


class LiveDns:
    """The DnsGateway on the real network.

    `resolvers` are `address:port` of recursive resolvers that validate DNSSEC. `private_servers` allows
    authoritative servers on addresses that are not of the internet: right for a test or a demo, and a way
    into our own network anywhere else, since a customer decides where its name servers are. `turn_at` books a number of
    questions to a server and returns how many seconds to wait.
    """

    def __init__(
        self,
        resolvers: Sequence[str],
        *,
        port: int = 53,
        private_servers: bool = False,
        tries: Sequence[float] = TRIES,
        whole_look: float = WHOLE_LOOK,
        resolver_lifetime: float = RESOLVER_LIFETIME,
        turn_at: Callable[[str, int], float] | None = None,
    ) -> None:
        if not resolvers:
            raise GatewayError("No recursive resolver is configured (DNS_RESOLVERS).", permanent=True)
        self.resolvers = [_split(resolver) for resolver in resolvers]
        self.port = port
        self.private_servers = private_servers
        self.tries = tuple(tries)
        self.whole_look = whole_look
        self.resolver_lifetime = resolver_lifetime
        self.turn_at = turn_at

    def observe(self, domain: Name, questions: Sequence[Question]) -> Observation:
        """Find the zone of a domain and put every question to every authoritative server of it."""
        return asyncio.run(self._observe(domain, questions))

    def resolve(self, name: Name) -> Resolution:
        """Ask the validating recursive resolver where a name leads."""
        return asyncio.run(self._resolve(name))

    def caa(self, names: Sequence[Name]) -> tuple[CaaLook, ...]:
        """Ask the validating recursive resolver for the CAA records at each of these names."""
        return asyncio.run(self._caa(names))

    def examine(
        self, name: Name, address: str, asked: Iterable[Sequence[Question]], *, at_once: int
    ) -> list[ServerLook]:
        """Put the questions of many domains to one server that holds them all, so many domains at a time.

        Unlike a look it does not book at the server, and takes for granted that it is there.
        """
        return asyncio.run(self._examine(_Server(name, address), iter(asked), at_once))

    # --- through the recursive resolvers ---------------------------------------------------------

    def _resolver(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = [
            dns.nameserver.Do53Nameserver(address, port) for address, port in self.resolvers
        ]
        resolver.use_edns(0, 0, EDNS_PAYLOAD)
        resolver.timeout = min(2.0, self.resolver_lifetime)
        resolver.lifetime = self.resolver_lifetime
        return resolver

    async def _resolve(self, name: Name) -> Resolution:
        resolver = self._resolver()
        found = await asyncio.gather(*(self._resolve_type(resolver, name, type_) for type_ in ("A", "AAAA")))
        first = next((one for one in found if one.outcome is Outcome.BOGUS), found[0])
        addresses = tuple(address for one in found for address in one.addresses)
        outcome = Outcome.ANSWER if addresses and first.outcome in TELLING else first.outcome
        chain = next((one.chain for one in found if one.chain), ())
        return Resolution(name, outcome, chain, addresses)

    async def _resolve_type(self, resolver: dns.asyncresolver.Resolver, name: Name, type_: str) -> Resolution:
        try:
            answer = await resolver.resolve(wire_name(name), type_, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN as absent:
            chain = chain_of(absent.response(wire_name(name)))
            return Resolution(name, Outcome.NXDOMAIN, chain)
        except dns.resolver.NoNameservers:
            bogus = await self._answers_unchecked(name, type_)
            return Resolution(name, Outcome.BOGUS if bogus else Outcome.SERVFAIL)
        except dns.exception.DNSException:
            return Resolution(name, Outcome.TIMEOUT)
        outcome = Outcome.ANSWER if answer.rrset else Outcome.NODATA
        addresses = tuple(sorted(rdata.address for rdata in answer.rrset or ()))
        return Resolution(name, outcome, chain_of(answer.response), addresses)

    async def _caa(self, names: Sequence[Name]) -> tuple[CaaLook, ...]:
        resolver = self._resolver()
        return tuple(await asyncio.gather(*(self._caa_at(resolver, name) for name in names)))

    async def _caa_at(self, resolver: dns.asyncresolver.Resolver, name: Name) -> CaaLook:
        try:
            answer = await resolver.resolve(wire_name(name), "CAA", raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN:
            return CaaLook(name, Outcome.NXDOMAIN)
        except dns.resolver.NoNameservers:
            bogus = await self._answers_unchecked(name, "CAA")
            return CaaLook(name, Outcome.BOGUS if bogus else Outcome.SERVFAIL)
        except dns.exception.DNSException:
            return CaaLook(name, Outcome.TIMEOUT)
        if not answer.rrset:
            return CaaLook(name, Outcome.NODATA)
        records = sorted(
            CaaRecord(rdata.flags, rdata.tag.decode().lower(), rdata.value.decode(errors="replace"))
            for rdata in answer.rrset
        )
        holder = Name.parse(answer.rrset.name.to_text())
        return CaaLook(name, Outcome.ANSWER, tuple(records), holder)

    async def _answers_unchecked(self, name: Name, type_: str) -> bool:
        """Tell whether the resolver only fails because it validates: with CD set it answers (RFC 4035)."""
        query = dns.message.make_query(wire_name(name), type_, use_edns=0, payload=EDNS_PAYLOAD)
        query.flags |= dns.flags.CD
        for address, port in self.resolvers:
            with contextlib.suppress(dns.exception.DNSException, OSError):
                reply = await dns.asyncquery.udp(query, address, timeout=2.0, port=port)
                return reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
        return False

    async def _find_servers(self, domain: Name) -> tuple[Outcome, Name | None, list[_Server]]:
        resolver = self._resolver()
        try:
            zone = Name.parse(
                (await dns.asyncresolver.zone_for_name(wire_name(domain), resolver=resolver)).to_text()
            )
            if len(zone.labels) < 2:
                # The cut is the registry's own zone: nobody has been given this domain.
                return Outcome.NXDOMAIN, None, []
            answer = await resolver.resolve(wire_name(zone), "NS", search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.NoRootSOA):
            return Outcome.NXDOMAIN, None, []
        except dns.resolver.NoNameservers:
            bogus = await self._answers_unchecked(domain, "SOA")
            return Outcome.BOGUS if bogus else Outcome.SERVFAIL, None, []
        except dns.exception.DNSException:
            return Outcome.TIMEOUT, None, []
        names = sorted({Name.parse(rdata.target.to_text()) for rdata in answer})
        found = await asyncio.gather(*(self._addresses(resolver, name) for name in names))
        servers = [
            _Server(name, address)
            for name, addresses in zip(names, found, strict=True)
            for address in addresses
        ]
        return Outcome.ANSWER, zone, servers[:SERVERS_AT_MOST]

    async def _addresses(self, resolver: dns.asyncresolver.Resolver, name: Name) -> list[str]:
        found: list[str] = []
        for type_ in ("A", "AAAA"):
            with contextlib.suppress(dns.exception.DNSException):
                answer = await resolver.resolve(wire_name(name), type_, search=False)
                found += sorted(rdata.address for rdata in answer)
        return found

    # --- at the authoritative servers ------------------------------------------------------------

    async def _observe(self, domain: Name, questions: Sequence[Question]) -> Observation:
        try:
            async with asyncio.timeout(FINDING_SERVERS):
                outcome, zone, servers = await self._find_servers(domain)
        except TimeoutError:
            return Observation(domain, Outcome.TIMEOUT)
        if zone is None:
            return Observation(domain, outcome)
        deadline = asyncio.get_running_loop().time() + self.whole_look
        looks = await asyncio.gather(*(self._look(server, zone, questions, deadline) for server in servers))
        # An address family that this machine has no route to says nothing about the server.
        reached = [look for look in looks if look.outcome is not Outcome.MALFORMED] or list(looks)
        return Observation(domain, Outcome.ANSWER, zone, tuple(reached))

    async def _look(
        self, server: _Server, zone: Name, questions: Sequence[Question], deadline: float
    ) -> ServerLook:
        if not (self.private_servers or _of_the_internet(server.address)):
            return ServerLook(server.name, server.address, Outcome.FORBIDDEN)
        if self.turn_at is not None:
            wait = await asyncio.to_thread(self.turn_at, server.address, len(questions) + 1)
            await asyncio.sleep(wait)
            deadline += wait
        try:
            wire = await Wire.open(server.address, self.port)
        except OSError:
            return ServerLook(server.name, server.address, Outcome.TIMEOUT)
        try:
            # One question first: a dead server is found out once, not once for each question.
            outcome, soa = await self._ask(wire, server, wire_name(zone), dns.rdatatype.SOA, deadline)
            if outcome not in TELLING:
                return ServerLook(server.name, server.address, outcome)
            gate = asyncio.Semaphore(QUESTIONS_AT_ONCE)

            async def put(question: Question) -> Reply:
                async with gate:
                    return await self._put(wire, server, question, deadline)

            replies = tuple(await asyncio.gather(*(put(question) for question in questions)))
        finally:
            wire.close()
        return ServerLook(server.name, server.address, Outcome.ANSWER, replies, serial_of(soa))

    async def _examine(
        self, server: _Server, asked: Iterator[Sequence[Question]], at_once: int
    ) -> list[ServerLook]:
        looks: list[tuple[int, ServerLook]] = []
        numbered = enumerate(asked)
        wires = [await Wire.open(server.address, self.port) for _ in range(min(at_once, EXAMINE_SOCKETS))]

        async def work(wire: Wire) -> None:
            for number, questions in numbered:
                deadline = asyncio.get_running_loop().time() + self.whole_look
                replies = [await self._put(wire, server, question, deadline) for question in questions]
                look = ServerLook(server.name, server.address, Outcome.ANSWER, tuple(replies))
                looks.append((number, look))

        try:
            await asyncio.gather(*(work(wires[turn % len(wires)]) for turn in range(at_once)))
        finally:
            for wire in wires:
                wire.close()
        return [look for _, look in sorted(looks, key=operator.itemgetter(0))]

    async def _put(self, wire: Wire, server: _Server, question: Question, deadline: float) -> Reply:
        name, type_ = wire_name(question.name), dns.rdatatype.from_text(question.type)
        outcome, message = await self._ask(wire, server, name, type_, deadline)
        return reply_of(question, name, type_, outcome, message)

    async def _ask(
        self,
        wire: Wire,
        server: _Server,
        name: dns.name.Name,
        type_: dns.rdatatype.RdataType,
        deadline: float,
    ) -> tuple[Outcome, dns.message.Message | None]:
        outcome = Outcome.TIMEOUT
        edns = True
        question = (name.to_wire() or b"") + struct.pack("!HH", type_, dns.rdataclass.IN)
        for patience in self.tries:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            query = PLAIN + question if not edns else WITH_EDNS + question + OPT
            try:
                answer = await wire.ask(query, question.lower(), min(patience, left))
                # Else only the last of several CNAMEs would be seen.
                reply = dns.message.from_wire(answer, one_rr_per_rrset=True)
                if reply.flags & dns.flags.TC:
                    whole = dns.message.from_wire(query, one_rr_per_rrset=True)
                    reply = await dns.asyncquery.tcp(
                        whole,
                        server.address,
                        timeout=min(patience, left),
                        port=self.port,
                        one_rr_per_rrset=True,
                    )
            except (dns.exception.Timeout, TimeoutError, OSError, EOFError):
                # EOFError: the server hung up on TCP.
                outcome = Outcome.TIMEOUT
                continue
            except dns.exception.DNSException:
                outcome = Outcome.MALFORMED
                continue
            if reply.rcode() in (dns.rcode.FORMERR, dns.rcode.NOTIMP) and edns:
                edns = False
                continue
            if reply.rcode() == dns.rcode.SERVFAIL:
                # Often over in a moment: a busy server, or one of several behind an address.
                outcome = Outcome.SERVFAIL
                continue
            return outcome_of(reply, name, type_), reply
        return outcome, None


def gateway() -> LiveDns:
    """Return the gateway that the settings describe; only a demo may have its servers on this machine."""
    environment = settings.ENVIRONMENT
    return LiveDns(
        [str(resolver) for resolver in environment.dns_resolvers],
        port=environment.dns_authoritative_port,
        private_servers=settings.DEMO,
        turn_at=turn_at,
    )


def _split(resolver: str) -> tuple[str, int]:
    host, separator, port = resolver.rpartition(":")
    if not separator:
        return resolver, 53
    return host.strip("[]"), int(port)


def _of_the_internet(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return parsed.is_global and not parsed.is_multicast
