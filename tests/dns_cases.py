"""Zones as they may look at a web host, and what must be said of each: one table for every kind of test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from provisioning.gateways.dns import DnsGateway
from provisioning.gateways.dns.fake import FakeDns
from provisioning.rules.dns_findings import Code, State
from provisioning.rules.dns_verdict import Decision, Verdict, names_to_resolve, verdict_on
from provisioning.rules.names import Name
from provisioning.rules.observation import probe_name, questions_for
from provisioning.rules.records import RecordSet, required_records

DOMAIN = "it-bixen.dk"
GOOD = (
    "sip CNAME sip.flexskype.dk.",
    "lyncdiscover CNAME lyncdiscover.flexskype.dk.",
    "_sip._tls SRV 100 1 443 sip.it-bixen.dk.",
    "_sipfederationtls._tcp SRV 100 1 5061 sip.it-bixen.dk.",
)
SIP, LYNCDISCOVER, CLIENT, FEDERATION = GOOD
OFFICE365 = (
    "sip CNAME sipdir.online.lync.com.",
    "lyncdiscover CNAME webdir.online.lync.com.",
    "_sip._tls SRV 100 1 443 sipdir.online.lync.com.",
    "_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.",
)


def records(domain: str = DOMAIN, challenge: str = "") -> RecordSet:
    return required_records(
        Name.parse(domain),
        sip_target=Name.parse("sip.flexskype.dk"),
        lyncdiscover_target=Name.parse("lyncdiscover.flexskype.dk"),
        addresses=frozenset({"198.51.100.7", "2001:db8::7"}),
        challenge=challenge,
    )


def world(lines: tuple[str, ...] = GOOD) -> FakeDns:
    dns = FakeDns()
    dns.add_zone("flexskype.dk", {"ns.flexskype.dk": "192.0.2.3"})
    dns.put("flexskype.dk", "sip", "A", "198.51.100.7")
    dns.put("flexskype.dk", "lyncdiscover", "A", "198.51.100.7")
    dns.add_zone(DOMAIN, {"ns1.webhost.dk": "192.0.2.1", "ns2.webhost.dk": "192.0.2.2"})
    fill(dns, lines)
    return dns


def fill(dns: FakeDns, lines: tuple[str, ...], server: int | None = None) -> None:
    for line in lines:
        owner, type_, data = line.split(maxsplit=2)
        dns.put(DOMAIN, owner, type_, data, server=server)


def look(dns: DnsGateway, domain: str = DOMAIN, challenge: str = "") -> Verdict:
    """Do what the service does: observe, resolve what is in doubt, judge."""
    wanted = records(domain, challenge)
    probe = probe_name(wanted.domain, "x")
    seen = dns.observe(wanted.domain, questions_for(wanted, probe))
    doubts = names_to_resolve(wanted, seen, probe=probe)
    seen = replace(seen, resolutions=tuple(dns.resolve(name) for name in doubts))
    return verdict_on(wanted, seen, probe=probe)


def without(*lines: str) -> tuple[str, ...]:
    return tuple(line for line in GOOD if line not in lines)


@dataclass(frozen=True)
class Case:
    zone: tuple[str, ...]
    key: str = "sip"
    state: State = State.RIGHT
    codes: tuple[Code, ...] = ()
    decision: Decision = Decision.NOT_YET
    notes: tuple[Code, ...] = ()
    leftovers: tuple[Code, ...] = ()
    others_right: bool = field(default=True)


W, M, R = State.WRONG, State.MISSING, State.RIGHT
CASES = {
    "right": Case(GOOD, decision=Decision.APPROVED),
    "right in capitals": Case((*without(SIP), "SIP CNAME Sip.FlexSkype.DK."), decision=Decision.APPROVED),
    "empty zone": Case((), "client", M, (Code.MISSING,), others_right=False),
    "one record missing": Case(without(SIP), "sip", M, (Code.MISSING,)),
    "one service missing": Case(without(FEDERATION), "federation", M, (Code.MISSING,)),
    "wrong target": Case((*without(SIP), "sip CNAME web.host.dk."), "sip", W, (Code.WRONG_TARGET,)),
    "office 365 alias": Case((*without(SIP), OFFICE365[0]), "sip", W, (Code.OFFICE365,)),
    "office 365 discovery": Case(
        (*without(LYNCDISCOVER), OFFICE365[1]), "lyncdiscover", W, (Code.OFFICE365,)
    ),
    "office 365 client service": Case((*without(CLIENT), OFFICE365[2]), "client", W, (Code.OFFICE365,)),
    "office 365 beside ours": Case((*GOOD, OFFICE365[3]), "federation", W, (Code.EXTRA_OFFICE365,)),
    "another service beside ours": Case(
        (*GOOD, "_sip._tls SRV 10 1 443 pbx.other.dk."), "client", W, (Code.EXTRA_RECORD,)
    ),
    "ours twice": Case((*GOOD, "_sip._tls SRV 1 100 443 sip"), "client", W, (Code.EXTRA_RECORD,)),
    "wrong port": Case((*without(CLIENT), "_sip._tls SRV 100 1 5061 sip"), "client", W, (Code.WRONG_PORT,)),
    "priority and weight swapped": Case(
        (*without(CLIENT), "_sip._tls SRV 1 100 443 sip"),
        "client",
        R,
        (Code.PRIORITY_WEIGHT,),
        Decision.APPROVED,
    ),
    "service straight to the platform": Case(
        (*without(CLIENT), "_sip._tls SRV 100 1 443 sip.flexskype.dk."), "client", W, (Code.CROSS_DOMAIN,)
    ),
    "service to somewhere": Case(
        (*without(CLIENT), "_sip._tls SRV 100 1 443 pbx.other.dk."), "client", W, (Code.WRONG_TARGET,)
    ),
    "service switched off": Case(
        (*without(CLIENT), "_sip._tls SRV 0 0 0 ."), "client", W, (Code.SERVICE_OFF,)
    ),
    "alias in place of a service": Case(
        (*without(CLIENT), "_sip._tls CNAME sip.flexskype.dk."), "client", W, (Code.ALIAS_FOR_SERVICE,)
    ),
    "alias without final dot": Case(
        (*without(SIP), "sip CNAME sip.flexskype.dk"), "sip", W, (Code.MISSING_DOT,)
    ),
    "service without final dot": Case(
        (*without(CLIENT), "_sip._tls SRV 100 1 443 sip.it-bixen.dk"), "client", W, (Code.MISSING_DOT,)
    ),
    "address is ours": Case(
        (*without(SIP), "sip A 198.51.100.7", "sip AAAA 2001:db8::7"),
        "sip",
        R,
        (Code.ADDRESS_OURS,),
        Decision.APPROVED,
    ),
    "address is not ours": Case((*without(SIP), "sip A 203.0.113.9"), "sip", W, (Code.ADDRESS_FOREIGN,)),
    "one address of two is not ours": Case(
        (*without(SIP), "sip A 198.51.100.7", "sip AAAA 2001:db8::9"), "sip", W, (Code.ADDRESS_FOREIGN,)
    ),
    "alias chain": Case(
        (*without(SIP), "sip CNAME phone", "phone CNAME sip.flexskype.dk."),
        "sip",
        R,
        (Code.CHAIN,),
        Decision.APPROVED,
    ),
    "wildcard beside right records": Case(
        (*GOOD, "* CNAME web.host.dk."), decision=Decision.APPROVED, notes=(Code.WILDCARD,)
    ),
    "wildcard answers for a missing alias": Case(
        (*without(SIP), "* CNAME web.host.dk."), "sip", M, (Code.MISSING_WILDCARD,), notes=(Code.WILDCARD,)
    ),
    "wildcard address for a missing alias": Case(
        (*without(SIP), "* A 203.0.113.9"), "sip", M, (Code.MISSING_WILDCARD,), notes=(Code.WILDCARD,)
    ),
    "wildcard answers for a missing service": Case(
        (*without(CLIENT), "* CNAME web.host.dk."),
        "client",
        M,
        (Code.MISSING_WILDCARD,),
        notes=(Code.WILDCARD,),
    ),
    "lyncdiscoverinternal left": Case(
        (*GOOD, "lyncdiscoverinternal CNAME webdir.online.lync.com."), leftovers=(Code.LEFTOVER_FIRST,)
    ),
    "internal address left": Case(
        (*GOOD, "lyncdiscoverinternal A 10.0.0.5"), leftovers=(Code.LEFTOVER_FIRST,)
    ),
    "_sipinternaltls left": Case(
        (*GOOD, "_sipinternaltls._tcp SRV 0 0 5061 pool.corp.dk."), leftovers=(Code.LEFTOVER_FIRST,)
    ),
    "sipinternal left": Case(
        (*GOOD, "sipinternal A 10.0.0.5"), decision=Decision.APPROVED, leftovers=(Code.LEFTOVER,)
    ),
    "sipexternal left at office 365": Case(
        (*GOOD, "sipexternal CNAME sipdir.online.lync.com."),
        decision=Decision.APPROVED,
        leftovers=(Code.LEFTOVER_OFFICE365,),
    ),
    "mail and autodiscover are not ours to judge": Case(
        (*GOOD, "autodiscover CNAME autodiscover.outlook.com."), decision=Decision.APPROVED
    ),
}


def check(case: Case, verdict: Verdict) -> None:
    """Assert that a verdict says of a zone what the table says."""
    by_key = {judged.record.key: judged for judged in verdict.records}
    judged = by_key.pop(case.key)

    assert judged.state is case.state
    assert tuple(finding.code for finding in judged.findings) == case.codes
    assert verdict.decision is case.decision
    assert tuple(finding.code for finding in verdict.notes) == case.notes
    assert tuple(finding.code for finding in verdict.leftovers) == case.leftovers
    if case.others_right:
        assert {other.state for other in by_key.values()} == {State.RIGHT}
