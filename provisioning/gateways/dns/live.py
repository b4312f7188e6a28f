"""Ask real name servers, with dnspython.

The zone and its servers come from the configured recursive resolvers; every answer about the customer's
records comes from the authoritative servers themselves, so that no cache stands between a change and us.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Callable, Sequence
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
import dns.rdatatype
import dns.rdtypes.IN.SRV
import dns.resolver
from django.conf import settings

from myfone.kernel.gateways import GatewayError
from provisioning.gateways.dns.pace import turn_at
from provisioning.rules.caa import CaaLook, CaaRecord
from provisioning.rules.names import BadName, Name
from provisioning.rules.observation import (
    TELLING,
    Observation,
    Outcome,
    Question,
    Reply,
    Resolution,
    ServerLook,
)
from provisioning.rules.records import Address, Alias, Service, Text, Value

# Many customers share one web host: never more than this many questions to one server at a time.
QUESTIONS_AT_ONCE = 4
SERVERS_AT_MOST = 12
TRIES = (1.0, 2.0, 3.0)  # seconds; dnspython itself never asks twice
WHOLE_LOOK = 20.0  # seconds, after which what is missing counts as silence
FINDING_SERVERS = 12.0  # seconds
EDNS_PAYLOAD = 1232  # bytes; larger UDP answers get lost on the way (DNS flag day 2020)
RESOLVER_LIFETIME = 4.0

RCODES = {
    dns.rcode.NXDOMAIN: Outcome.NXDOMAIN,
    dns.rcode.SERVFAIL: Outcome.SERVFAIL,
    dns.rcode.REFUSED: Outcome.REFUSED,
}


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
            answer = await resolver.resolve(_dns(name), type_, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN as absent:
            chain = _chain_of(absent.response(_dns(name)))
            return Resolution(name, Outcome.NXDOMAIN, chain)
        except dns.resolver.NoNameservers:
            bogus = await self._answers_unchecked(name, type_)
            return Resolution(name, Outcome.BOGUS if bogus else Outcome.SERVFAIL)
        except dns.exception.DNSException:
            return Resolution(name, Outcome.TIMEOUT)
        outcome = Outcome.ANSWER if answer.rrset else Outcome.NODATA
        addresses = tuple(sorted(rdata.address for rdata in answer.rrset or ()))
        return Resolution(name, outcome, _chain_of(answer.response), addresses)

    async def _caa(self, names: Sequence[Name]) -> tuple[CaaLook, ...]:
        resolver = self._resolver()
        return tuple(await asyncio.gather(*(self._caa_at(resolver, name) for name in names)))

    async def _caa_at(self, resolver: dns.asyncresolver.Resolver, name: Name) -> CaaLook:
        try:
            answer = await resolver.resolve(_dns(name), "CAA", raise_on_no_answer=False, search=False)
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
        query = dns.message.make_query(_dns(name), type_, use_edns=0, payload=EDNS_PAYLOAD)
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
                (await dns.asyncresolver.zone_for_name(_dns(domain), resolver=resolver)).to_text()
            )
            if len(zone.labels) < 2:
                # The cut is the registry's own zone: nobody has been given this domain.
                return Outcome.NXDOMAIN, None, []
            answer = await resolver.resolve(_dns(zone), "NS", search=False)
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
                answer = await resolver.resolve(_dns(name), type_, search=False)
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
        # One question first: a dead server is found out once, not once for each question.
        outcome, soa = await self._ask(server, _dns(zone), dns.rdatatype.SOA, deadline)
        if outcome not in TELLING:
            return ServerLook(server.name, server.address, outcome)
        gate = asyncio.Semaphore(QUESTIONS_AT_ONCE)

        async def put(question: Question) -> Reply:
            async with gate:
                type_ = dns.rdatatype.from_text(question.type)
                told, message = await self._ask(server, _dns(question.name), type_, deadline)
                return _reply(question, told, message)

        replies = tuple(await asyncio.gather(*(put(question) for question in questions)))
        return ServerLook(server.name, server.address, Outcome.ANSWER, replies, _serial(soa))

    async def _ask(
        self, server: _Server, name: dns.name.Name, type_: dns.rdatatype.RdataType, deadline: float
    ) -> tuple[Outcome, dns.message.Message | None]:
        outcome = Outcome.TIMEOUT
        edns = True
        for patience in self.tries:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            query = dns.message.make_query(
                name, type_, use_edns=0 if edns else False, payload=EDNS_PAYLOAD if edns else None
            )
            query.flags &= ~dns.flags.RD
            try:
                reply, _ = await dns.asyncquery.udp_with_fallback(
                    query,
                    server.address,
                    timeout=min(patience, left),
                    port=self.port,
                    ignore_unexpected=True,
                    # Else only the last of several CNAMEs would be seen.
                    one_rr_per_rrset=True,
                )
            except (dns.exception.Timeout, OSError, EOFError):
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
            return _outcome(reply, name, type_), reply
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


def _outcome(reply: dns.message.Message, name: dns.name.Name, type_: dns.rdatatype.RdataType) -> Outcome:
    code = reply.rcode()
    if code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return RCODES.get(code, Outcome.MALFORMED)
    if not reply.flags & dns.flags.AA:
        # A referral, or an answer out of a cache: this server does not hold the zone.
        return Outcome.LAME
    if any(rrset.name == name and rrset.rdtype in (type_, dns.rdatatype.CNAME) for rrset in reply.answer):
        # NXDOMAIN beside an alias is about the alias's target, which belongs to another name.
        return Outcome.ANSWER
    return RCODES.get(code, Outcome.NODATA)


def _reply(question: Question, outcome: Outcome, message: dns.message.Message | None) -> Reply:
    if message is None or outcome is not Outcome.ANSWER:
        return Reply(question, outcome)
    owner = _dns(question.name)
    wanted = dns.rdatatype.from_text(question.type)
    values: list[Value] = []
    ttls: list[int] = []
    for rrset in message.answer:
        if rrset.name == owner and rrset.rdtype in (wanted, dns.rdatatype.CNAME):
            try:
                values += [_value(rdata) for rdata in rrset]
            except BadName:
                return Reply(question, Outcome.MALFORMED)
            ttls.append(rrset.ttl)
    return Reply(question, outcome, tuple(sorted(values, key=str)), min(ttls))


def _value(rdata: object) -> Value:
    if isinstance(rdata, dns.rdtypes.IN.SRV.SRV):
        target = Name.parse(rdata.target.to_text())
        return Service(rdata.priority, rdata.weight, rdata.port, target)
    if hasattr(rdata, "address"):
        return Address(str(ipaddress.ip_address(rdata.address)))
    if hasattr(rdata, "strings"):
        return Text(b"".join(rdata.strings).decode("utf-8", errors="replace"))
    return Alias(Name.parse(rdata.target.to_text()))  # type: ignore[attr-defined]


def _chain_of(message: dns.message.Message) -> tuple[Name, ...]:
    aliases = {rrset.name: rrset[0].target for rrset in message.answer if rrset.rdtype == dns.rdatatype.CNAME}
    chain: list[Name] = []
    at = message.question[0].name
    while at in aliases and len(chain) < len(aliases):
        at = aliases[at]
        chain.append(Name.parse(at.to_text()))
    return tuple(chain)


def _serial(message: dns.message.Message | None) -> int | None:
    for rrset in message.answer if message else ():
        if rrset.rdtype == dns.rdatatype.SOA:
            return int(rrset[0].serial)
    return None


def _dns(name: Name) -> dns.name.Name:
    return dns.name.from_text(name.absolute)


def _split(resolver: str) -> tuple[str, int]:
    host, separator, port = resolver.rpartition(":")
    if not separator:
        return resolver, 53
    return host.strip("[]"), int(port)


def _of_the_internet(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return parsed.is_global and not parsed.is_multicast
