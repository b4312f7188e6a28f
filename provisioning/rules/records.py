"""The DNS records that a customer's domain needs (G14), the one that proves control, and those that must go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from provisioning.rules.names import Name

# The guide prints these for both SRV records; see G14.
PRIORITY = 100
WEIGHT = 1
TTL = 600
CLIENT_PORT = 443
FEDERATION_PORT = 5061

# Where a customer shows that it controls the domain, and what the record says in front of the token.
CHALLENGE_LABEL = "_myfone-challenge"
CHALLENGE_PREFIX = "myfone="


class RecordType(StrEnum):
    A = "A"
    AAAA = "AAAA"
    CNAME = "CNAME"
    SRV = "SRV"
    TXT = "TXT"


@dataclass(frozen=True, slots=True)
class Alias:
    """What a CNAME record says."""

    target: Name

    def __str__(self) -> str:
        return str(self.target)

    @property
    def zone_text(self) -> str:
        """Return the record's data as a zone file wants it."""
        return self.target.absolute


@dataclass(frozen=True, slots=True)
class Service:
    """What an SRV record says (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: Name

    def __str__(self) -> str:
        return f"{self.priority} {self.weight} {self.port} {self.target}"

    @property
    def zone_text(self) -> str:
        """Return the record's data as a zone file wants it."""
        return f"{self.priority} {self.weight} {self.port} {self.target.absolute}"


@dataclass(frozen=True, slots=True)
class Address:
    """What an A or AAAA record says: an address in its canonical text."""

    address: str

    def __str__(self) -> str:
        return self.address

    @property
    def zone_text(self) -> str:
        """Return the record's data as a zone file wants it."""
        return self.address


@dataclass(frozen=True, slots=True)
class Text:
    """What a TXT record says, its strings run together."""

    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def zone_text(self) -> str:
        """Return the record's data as a zone file wants it; ours has no quotation mark and fits one string."""
        return f'"{self.text}"'


Value = Alias | Service | Address | Text


@dataclass(frozen=True, slots=True)
class Record:
    """One record that we ask for; the key names it in verdicts, mails and pages."""

    key: str
    name: Name
    type: RecordType
    value: Alias | Service | Text
    ttl: int = TTL

    @property
    def zone_line(self) -> str:
        """Return the record as one line of a zone file, with absolute names."""
        return f"{self.name.absolute} {self.ttl} IN {self.type} {self.value.zone_text}"


@dataclass(frozen=True, slots=True)
class RecordSet:
    """The four records of one domain, and the addresses that also count as ours (G14).

    ownership is the record that proves control, where the four prove too little.
    """

    domain: Name
    sip: Record
    lyncdiscover: Record
    client: Record
    federation: Record
    addresses: frozenset[str] = frozenset()
    ownership: Record | None = None

    def __iter__(self) -> Iterator[Record]:
        four = (self.sip, self.lyncdiscover, self.client, self.federation)
        return iter(four if self.ownership is None else (*four, self.ownership))

    def __len__(self) -> int:
        return 4 if self.ownership is None else 5

    def zone_file(self) -> str:
        """Render the records as text that a zone file or an import field takes."""
        return "".join(f"{record.zone_line}\n" for record in self)


def required_records(
    domain: Name,
    *,
    sip_target: Name,
    lyncdiscover_target: Name,
    addresses: frozenset[str] = frozenset(),
    challenge: str = "",
) -> RecordSet:
    """Build the record set of the guide for a domain; with a challenge, also the record that proves control.

    Both SRV records point at `sip.<domain>`, in the customer's own domain: the client trusts no other
    (G14), though RFC 2782 forbids that this name is itself an alias.
    """
    sip = domain.under("sip")
    return RecordSet(
        domain=domain,
        sip=Record("sip", sip, RecordType.CNAME, Alias(sip_target)),
        lyncdiscover=Record(
            "lyncdiscover", domain.under("lyncdiscover"), RecordType.CNAME, Alias(lyncdiscover_target)
        ),
        client=Record(
            "client",
            domain.under("_sip", "_tls"),
            RecordType.SRV,
            Service(PRIORITY, WEIGHT, CLIENT_PORT, sip),
        ),
        federation=Record(
            "federation",
            domain.under("_sipfederationtls", "_tcp"),
            RecordType.SRV,
            Service(PRIORITY, WEIGHT, FEDERATION_PORT, sip),
        ),
        addresses=addresses,
        ownership=_ownership(domain, challenge) if challenge else None,
    )


def _ownership(domain: Name, challenge: str) -> Record:
    value = Text(f"{CHALLENGE_PREFIX}{challenge}")
    return Record("ownership", domain.under(CHALLENGE_LABEL), RecordType.TXT, value)


@dataclass(frozen=True, slots=True)
class LeftoverName:
    """A name of an older Skype setup that must not exist beside ours."""

    labels: tuple[str, ...]
    types: tuple[RecordType, ...]
    # Clients try lyncdiscoverinternal, _sipinternaltls and _sipinternal before the names that are ours,
    # so these keep people away from us; the rest is only tried after ours.
    tried_before_ours: bool


_HOST = (RecordType.A, RecordType.AAAA)
_SRV = (RecordType.SRV,)
LEFTOVERS = (
    LeftoverName(("lyncdiscoverinternal",), _HOST, True),
    LeftoverName(("_sipinternaltls", "_tcp"), _SRV, True),
    LeftoverName(("_sipinternal", "_tcp"), _SRV, True),
    LeftoverName(("_sip", "_tcp"), _SRV, False),
    LeftoverName(("_sipexternal", "_tls"), _SRV, False),
    LeftoverName(("sipinternal",), _HOST, False),
    LeftoverName(("sipexternal",), _HOST, False),
    LeftoverName(("ucupdates-r2",), _HOST, False),
)

# Where the records of Skype for Business Online point: sipdir, webdir and sipfed.online.lync.com.
OFFICE365_ZONES = (Name(("lync", "com")), Name(("skype", "com")))


def is_office365(name: Name) -> bool:
    """Tell whether a target belongs to Skype for Business Online."""
    return any(name.within(zone) for zone in OFFICE365_ZONES)
