"""Read and change a zone: by dynamic update (RFC 2136) at the real name server, or in the stand-in's file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import dns.exception
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.update
import dns.zone
from django.conf import settings

from provisioning.gateways.dns.fake import STANDIN_ZONE
from stack.zones import LEFT_BEHIND, OFFICE365, ORDINARY, TTL

TYPES = ("CNAME", "SRV", "A", "AAAA", "MX", "TXT")
TIMEOUT = 3.0


class BadRecord(ValueError):
    """The record cannot be read; the text says which part."""


class NameServerSilent(Exception):
    """The name server does not answer."""


class NotTaken(Exception):
    """The name server kept the zone as it was."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One record of the zone, names relative to it as in a web host's form."""

    owner: str
    type: str
    data: str
    ttl: int = TTL

    @classmethod
    def parse(cls, zone: str, owner: str, type_: str, data: str, ttl: int = TTL) -> Entry:
        """Read what a person typed, and write it as the zone holds it. Raises BadRecord."""
        if type_ not in TYPES:
            raise BadRecord(type_)
        origin = dns.name.from_text(zone)
        try:
            name = dns.name.from_text(owner.strip() or "@", origin)
            parsed = dns.rdata.from_text(dns.rdataclass.IN, type_, data.strip(), origin, relativize=False)
        except (dns.exception.DNSException, ValueError) as error:
            raise BadRecord(f"{owner} {type_} {data}") from error
        if not name.is_subdomain(origin):
            raise BadRecord(owner)
        return cls(name.relativize(origin).to_text(), type_, parsed.to_text(), ttl)

    @classmethod
    def of_line(cls, zone: str, line: str) -> Entry:
        """Read `owner TYPE data`."""
        words = line.split(maxsplit=2)
        if len(words) != 3:
            raise BadRecord(line)
        owner, type_, data = words
        return cls.parse(zone, owner, type_, data)

    @property
    def key(self) -> str:
        return f"{self.owner} {self.type} {self.data}"


class ZoneHost(Protocol):
    """Where the zone is kept."""

    zone: str
    live: bool

    def entries(self) -> list[Entry]:
        """Return all records but SOA and NS, sorted. Raises NameServerSilent."""
        ...

    def change(self, *, remove: Iterable[Entry] = (), add: Iterable[Entry] = ()) -> None:
        """Take records out and put records in, all at once. Raises NameServerSilent, NotTaken."""
        ...


class KnotHost:
    """The zone at a real name server."""

    live = True

    def __init__(self, zone: str, server: str) -> None:
        self.zone = zone
        address, _, port = server.rpartition(":")
        self.address, self.port = address, int(port)

    def entries(self) -> list[Entry]:
        """Fetch the zone by transfer."""
        try:
            messages = dns.query.xfr(
                self.address, self.zone, port=self.port, timeout=TIMEOUT, relativize=False
            )
            found = dns.zone.from_xfr(messages, relativize=False)
        except (OSError, EOFError, dns.exception.DNSException) as error:
            raise NameServerSilent from error
        origin = dns.name.from_text(self.zone)
        return sorted(
            Entry(
                name.relativize(origin).to_text(), dns.rdatatype.to_text(rdata.rdtype), rdata.to_text(), ttl
            )
            for name, ttl, rdata in found.iterate_rdatas()
            if rdata.rdtype not in (dns.rdatatype.SOA, dns.rdatatype.NS)
        )

    def change(self, *, remove: Iterable[Entry] = (), add: Iterable[Entry] = ()) -> None:
        """Send one dynamic update, then look whether it was taken.

        Knot answers NOERROR to a record that may not stand there, such as a CNAME beside others.
        """
        removed, added = list(remove), list(add)
        taken = self._send(removed, added)
        held = {entry.key.lower() for entry in self.entries()}
        if not taken or any(entry.key.lower() not in held for entry in added):
            # What was taken out in the same breath must not be lost for it.
            self._send([], [entry for entry in removed if entry.key.lower() not in held])
            raise NotTaken

    def _send(self, remove: list[Entry], add: list[Entry]) -> bool:
        update = dns.update.UpdateMessage(self.zone)
        for entry in remove:
            update.delete(entry.owner, entry.type, entry.data)
        for entry in add:
            update.add(entry.owner, entry.ttl, entry.type, entry.data)
        try:
            reply = dns.query.tcp(update, self.address, port=self.port, timeout=TIMEOUT)
        except (OSError, EOFError, dns.exception.DNSException) as error:
            raise NameServerSilent from error
        return reply.rcode() == dns.rcode.NOERROR


class StandInHost:
    """The zone in the file that the stand-in for DNS reads."""

    live = False

    def __init__(self, zone: str, file: Path) -> None:
        self.zone = zone
        self.file = file

    def entries(self) -> list[Entry]:
        """Read the file; where there is none yet, lay out the zone of a customer on Office 365."""
        try:
            lines = self.file.read_text().splitlines()
        except FileNotFoundError:
            self._write(office365_entries(self.zone))
            return office365_entries(self.zone)
        return sorted(Entry.of_line(self.zone, line) for line in lines if line)

    def change(self, *, remove: Iterable[Entry] = (), add: Iterable[Entry] = ()) -> None:
        """Write the file anew."""
        gone = {entry.key for entry in remove}
        kept = {entry.key: entry for entry in self.entries() if entry.key not in gone}
        for entry in add:
            others = [one for one in kept.values() if one.owner == entry.owner and one.key != entry.key]
            if any("CNAME" in (one.type, entry.type) for one in others):
                raise NotTaken
            kept[entry.key] = entry
        self._write(kept.values())

    def _write(self, entries: Iterable[Entry]) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_name(f"{self.file.name}.new")
        fresh.write_text("".join(f"{entry.key}\n" for entry in entries))
        fresh.replace(self.file)


def office365_entries(zone: str) -> list[Entry]:
    """Return the records of a customer that still runs Skype for Business Online."""
    return sorted(Entry.of_line(zone, line) for line in (*ORDINARY, *OFFICE365, *LEFT_BEHIND))


def zone_host(zone: str) -> ZoneHost:
    """Return where this installation keeps the customer's zone."""
    server = os.environ.get("DEMO_DNS_SERVER")
    if server:
        return KnotHost(zone, server)
    return StandInHost(zone, settings.ENVIRONMENT.var_directory / STANDIN_ZONE.format(zone=zone))
