"""The zones of the demo and the tests, as zone-file text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

TTL = 600


def zone_text(zone: str, nameservers: Sequence[str], lines: Sequence[str] = ()) -> str:
    """Return a zone file: SOA and NS records, then the given lines (`owner TYPE data`).

    The zone's negative TTL is 5 s, so that a resolver soon sees what was added.
    """
    first = nameservers[0]
    head = [
        f"$ORIGIN {zone}.",
        f"$TTL {TTL}",
        f"@ SOA {first}. hostmaster.{zone}. 1 3600 600 86400 5",
        *(f"@ NS {server}." for server in nameservers),
    ]
    return "\n".join([*head, *lines]) + "\n"


def host_zone(zone: str, hosts: Mapping[str, str]) -> str:
    """Return the zone of a web host: its name servers (label to address) and nothing else."""
    names = [f"{label}.{zone}" for label in hosts]
    return zone_text(zone, names, [f"{label} A {address}" for label, address in hosts.items()])


def platform_zone(zone: str, nameservers: Sequence[str], address: str) -> str:
    """Return the platform's own zone: where the customers' records point to."""
    return zone_text(
        zone, nameservers, [f"{name} A {address}" for name in ("@", "sip", "lyncdiscover", "www")]
    )


# What Office 365 asks for, plus what many a company has besides: the zone of a new customer.
OFFICE365 = (
    "sip CNAME sipdir.online.lync.com.",
    "lyncdiscover CNAME webdir.online.lync.com.",
    "_sip._tls SRV 100 1 443 sipdir.online.lync.com.",
    "_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.",
)
ORDINARY = (
    "@ A 192.0.2.80",
    "www CNAME @",
    "@ MX 10 it--bixen-dk01c.mail.protection.outlook.com.",
    "autodiscover CNAME autodiscover.outlook.com.",
)
LEFT_BEHIND = ("lyncdiscoverinternal CNAME webdir.online.lync.com.",)


def office365_zone(zone: str, nameservers: Sequence[str]) -> str:
    """Return the zone of a customer that still runs Skype for Business Online."""
    return zone_text(zone, nameservers, [*ORDINARY, *OFFICE365, *LEFT_BEHIND])
