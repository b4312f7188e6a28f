"""A DNS of our own making: zones, servers and faults as a test scripts them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

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
from provisioning.rules.records import Address, Alias, RecordType, Service, Text, Value

LONGEST_CHAIN = 8
STANDIN_ZONE = "standin-{zone}.zone"


@dataclass
class FakeServer:
    """One authoritative server: its own copy of the zone, and how it behaves."""

    name: Name
    address: str
    outcome: Outcome = Outcome.NODATA
    held: dict[Question, dict[Value, int]] = field(default_factory=dict)

    def lookup(self, zone: Name, question: Question) -> Reply:
        """Answer as a server does: the type, or the alias in its place, or the closest wildcard."""
        exact = self._at(question)
        if exact is not None:
            return exact
        if any(held.name.within(question.name) for held in self.held):
            return Reply(question, Outcome.NODATA)
        for depth in range(1, len(question.name.labels) - len(zone.labels) + 1):
            parent = Name(question.name.labels[depth:])
            wild = self._at(Question(parent.under("*"), question.type))
            if wild is not None:
                return Reply(question, wild.outcome, wild.values, wild.ttl)
            if any(held.name.within(parent) for held in self.held):
                break
        return Reply(question, Outcome.NXDOMAIN)

    def _at(self, question: Question) -> Reply | None:
        for type_ in (question.type, RecordType.CNAME):
            held = self.held.get(Question(question.name, type_))
            if held:
                values = tuple(sorted(held, key=str))
                return Reply(question, Outcome.ANSWER, values, min(held.values()))
        return None


@dataclass
class FakeZone:
    name: Name
    servers: list[FakeServer]


class FakeDns:
    """A scriptable DnsGateway; `asked` counts the looks, and `before_look` runs at the start of each."""

    def __init__(self) -> None:
        self.zones: dict[Name, FakeZone] = {}
        self.asked: list[Name] = []
        self.resolver_outcome = Outcome.ANSWER
        self.bogus: set[Name] = set()
        self.certified: dict[Name, list[CaaRecord]] = {}
        self.before_look: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    def add_zone(self, zone: str, servers: dict[str, str]) -> FakeZone:
        """Make an empty zone with these servers: name to address."""
        name = Name.parse(zone)
        made = FakeZone(name, [FakeServer(Name.parse(ns), address) for ns, address in servers.items()])
        self.zones[name] = made
        return made

    def put(
        self, zone: str, owner: str, type_: str, data: str, *, ttl: int = 600, server: int | None = None
    ) -> None:
        """Add a record in zone-file notation, at one server of the zone or at all."""
        found = self.zones[Name.parse(zone)]
        name = Name.parse(owner, found.name)
        if type_ == "CAA":
            flags, tag, text = data.split(maxsplit=2)
            record = CaaRecord(int(flags), tag.lower(), text.strip('"'))
            self.certified.setdefault(name, []).append(record)
            return
        value = parse_value(RecordType(type_), data, found.name)
        for number, each in enumerate(found.servers):
            if server in (None, number):
                each.held.setdefault(Question(name, RecordType(type_)), {})[value] = ttl

    def clear(self, zone: str, owner: str | None = None, *, server: int | None = None) -> None:
        """Remove all records of one name, or of the whole zone."""
        found = self.zones[Name.parse(zone)]
        name = None if owner is None else Name.parse(owner, found.name)
        for number, each in enumerate(found.servers):
            if server in (None, number):
                each.held = {q: v for q, v in each.held.items() if name is not None and q.name != name}

    def observe(self, domain: Name, questions: Sequence[Question]) -> Observation:
        """Answer from the scripted zones."""
        with self._lock:
            self.asked.append(domain)
        self.before_look()
        if self.resolver_outcome is not Outcome.ANSWER:
            return Observation(domain, self.resolver_outcome)
        zone = self._zone_of(domain)
        if zone is None:
            return Observation(domain, Outcome.NXDOMAIN)
        looks = tuple(
            ServerLook(
                server.name,
                server.address,
                Outcome.ANSWER if server.outcome is Outcome.NODATA else server.outcome,
                tuple(server.lookup(zone.name, question) for question in questions)
                if server.outcome is Outcome.NODATA
                else (),
            )
            for server in sorted(zone.servers, key=lambda server: (server.name, server.address))
        )
        return Observation(domain, Outcome.ANSWER, zone.name, looks)

    def resolve(self, name: Name) -> Resolution:
        """Follow aliases through the scripted zones, asking the first server of each."""
        if name in self.bogus:
            return Resolution(name, Outcome.BOGUS)
        chain: list[Name] = []
        at = name
        while len(chain) < LONGEST_CHAIN:
            zone = self._zone_of(at)
            if zone is None:
                return Resolution(name, Outcome.NXDOMAIN, tuple(chain))
            reply = zone.servers[0].lookup(zone.name, Question(at, RecordType.A))
            aliases = [value.target for value in reply.values if isinstance(value, Alias)]
            if not aliases:
                addresses = tuple(str(value) for value in reply.values)
                return Resolution(name, reply.outcome, tuple(chain), addresses)
            at = aliases[0]
            chain.append(at)
        return Resolution(name, Outcome.SERVFAIL, tuple(chain))

    def caa(self, names: Sequence[Name]) -> tuple[CaaLook, ...]:
        """Answer from what was put there; the servers that answer for addresses answer for this too."""
        return tuple(self._caa(name) for name in names)

    def _caa(self, name: Name) -> CaaLook:
        found = self.resolve(name)
        if found.outcome not in TELLING:
            return CaaLook(name, found.outcome)
        holder = found.chain[-1] if found.chain else name
        records = tuple(sorted(self.certified.get(holder, ())))
        return CaaLook(name, Outcome.ANSWER if records else Outcome.NODATA, records, holder)

    def _zone_of(self, name: Name) -> FakeZone | None:
        fits = [zone for zone in self.zones.values() if name.within(zone.name)]
        return max(fits, key=lambda zone: len(zone.name.labels), default=None)


class StandInDns(FakeDns):
    """The DNS of an installation without name servers: it answers from files that the demo writes.

    A file holds a zone, one `owner TYPE data` a line; a domain without a file has no name servers.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.directory = directory

    def observe(self, domain: Name, questions: Sequence[Question]) -> Observation:
        """Read the zone anew, then answer from it."""
        file = self.directory / STANDIN_ZONE.format(zone=domain)
        self.zones.pop(domain, None)
        if file.is_file():
            self.add_zone(str(domain), {"standin.invalid": "192.0.2.1"})
            for line in file.read_text().splitlines():
                owner, type_, data = line.split(maxsplit=2)
                if type_ in RecordType.__members__:
                    self.put(str(domain), owner, type_, data)
        return super().observe(domain, questions)


def gateway() -> StandInDns:
    """Return the stand-in for an installation that asks no name server."""
    return StandInDns(settings.ENVIRONMENT.var_directory)


def parse_value(type_: RecordType, data: str, origin: Name) -> Value:
    """Read record data in zone-file notation; names without a final dot are relative to the origin."""
    if type_ is RecordType.CNAME:
        return Alias(Name.parse(data, origin))
    if type_ is RecordType.SRV:
        priority, weight, port, target = data.split()
        return Service(int(priority), int(weight), int(port), Name.parse(target, origin))
    if type_ is RecordType.TXT:
        return Text(data.strip('"'))
    return Address(data)
