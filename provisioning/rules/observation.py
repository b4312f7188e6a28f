"""What the authoritative name servers of a domain answered, before anyone judges it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from provisioning.rules.names import Name
from provisioning.rules.records import LEFTOVERS, RecordSet, RecordType, Value


class Outcome(StrEnum):
    """How one question to one server ended."""

    ANSWER = "answer"
    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    TIMEOUT = "timeout"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    LAME = "lame"
    MALFORMED = "malformed"
    FORBIDDEN = "forbidden"
    BOGUS = "bogus"


# Only these say something about the zone; after any other, what the zone holds is unknown.
TELLING = frozenset({Outcome.ANSWER, Outcome.NXDOMAIN, Outcome.NODATA})


@dataclass(frozen=True, slots=True, order=True)
class Question:
    name: Name
    type: RecordType


@dataclass(frozen=True, slots=True)
class Reply:
    """One server's answer: the values of the asked type, or the alias found in their place."""

    question: Question
    outcome: Outcome
    values: tuple[Value, ...] = ()
    ttl: int | None = None


@dataclass(frozen=True, slots=True)
class ServerLook:
    """All that one authoritative server said; `outcome` is how it answered for the zone itself (SOA)."""

    name: Name
    address: str
    outcome: Outcome
    replies: tuple[Reply, ...] = ()
    serial: int | None = None

    def reply(self, question: Question) -> Reply:
        """Return the answer to a question; one that was never asked counts as a silent server."""
        for reply in self.replies:
            if reply.question == question:
                return reply
        silent = Outcome.TIMEOUT if self.outcome in TELLING else self.outcome
        return Reply(question, silent)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a recursive resolver makes of a name: the aliases on the way, and the addresses at the end."""

    name: Name
    outcome: Outcome
    chain: tuple[Name, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at a domain: its zone, and every server of it.

    `outcome` tells how finding the zone and its servers went; with any other than ANSWER, there are none.
    """

    domain: Name
    outcome: Outcome
    zone: Name | None = None
    servers: tuple[ServerLook, ...] = ()
    resolutions: tuple[Resolution, ...] = ()

    def resolution(self, name: Name) -> Resolution | None:
        """Return what the recursive resolver said of a name, or None if it was not asked."""
        return next((found for found in self.resolutions if found.name == name), None)


def probe_name(domain: Name, label: str) -> Name:
    """Return a name that nobody has made: if it answers, the zone has a wildcard."""
    return domain.under(f"myfone-probe-{label}")


def questions_for(records: RecordSet, probe: Name) -> tuple[Question, ...]:
    """List what to ask every authoritative server: the four records, the leftovers, and the probe."""
    asked: list[Question] = []
    for record in records:
        asked.append(Question(record.name, record.type))
        if record.type is RecordType.CNAME:
            asked += [Question(record.name, RecordType.A), Question(record.name, RecordType.AAAA)]
    for leftover in LEFTOVERS:
        asked += [Question(records.domain.under(*leftover.labels), type_) for type_ in leftover.types]
    asked += [Question(probe, type_) for type_ in (RecordType.A, RecordType.AAAA, RecordType.SRV)]
    return tuple(asked)
