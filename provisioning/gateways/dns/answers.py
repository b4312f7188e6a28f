"""Read the answers of name servers: the library's messages in, our own values out."""

from __future__ import annotations

import ipaddress

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rdtypes.IN.SRV

from provisioning.rules.names import BadName, Name
from provisioning.rules.observation import Outcome, Question, Reply
from provisioning.rules.records import Address, Alias, Service, Text, Value

RCODES = {
    dns.rcode.NXDOMAIN: Outcome.NXDOMAIN,
    dns.rcode.SERVFAIL: Outcome.SERVFAIL,
    dns.rcode.REFUSED: Outcome.REFUSED,
}


def outcome_of(reply: dns.message.Message, name: dns.name.Name, type_: dns.rdatatype.RdataType) -> Outcome:
    """Say what an authoritative server's answer means for a question."""
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


def reply_of(
    question: Question,
    owner: dns.name.Name,
    wanted: dns.rdatatype.RdataType,
    outcome: Outcome,
    message: dns.message.Message | None,
) -> Reply:
    """Take the values of a question out of an answer: those of its type, or the alias in their place."""
    if message is None or outcome is not Outcome.ANSWER:
        return Reply(question, outcome)
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


def chain_of(message: dns.message.Message) -> tuple[Name, ...]:
    """Follow the aliases of a resolver's answer."""
    aliases = {rrset.name: rrset[0].target for rrset in message.answer if rrset.rdtype == dns.rdatatype.CNAME}
    chain: list[Name] = []
    at = message.question[0].name
    while at in aliases and len(chain) < len(aliases):
        at = aliases[at]
        chain.append(Name.parse(at.to_text()))
    return tuple(chain)


def serial_of(message: dns.message.Message | None) -> int | None:
    """Return the zone's serial number, where the answer has it."""
    for rrset in message.answer if message else ():
        if rrset.rdtype == dns.rdatatype.SOA:
            return int(rrset[0].serial)
    return None


def wire_name(name: Name) -> dns.name.Name:
    """Return a name as the library has it."""
    return dns.name.from_text(name.absolute)
