"""The DNS verdict, case by case: a zone as it may look at a web host, and what we must say of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from provisioning.gateways.dns.fake import FakeDns
from provisioning.rules.dns_findings import Code, State
from provisioning.rules.dns_verdict import Decision, Verdict, names_to_resolve, verdict_on
from provisioning.rules.names import Name
from provisioning.rules.observation import Outcome, probe_name, questions_for
from provisioning.rules.records import RecordSet, required_records

DOMAIN = "it-bixen.dk"
PROBE = probe_name(Name.parse(DOMAIN), "x")
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


def records() -> RecordSet:
    return required_records(
        Name.parse(DOMAIN),
        sip_target=Name.parse("sip.flexskype.dk"),
        lyncdiscover_target=Name.parse("lyncdiscover.flexskype.dk"),
        addresses=frozenset({"198.51.100.7", "2001:db8::7"}),
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


def look(dns: FakeDns) -> Verdict:
    """Do what the service does: observe, resolve what is in doubt, judge."""
    from dataclasses import replace

    wanted = records()
    seen = dns.observe(wanted.domain, questions_for(wanted, PROBE))
    doubts = names_to_resolve(wanted, seen, probe=PROBE)
    seen = replace(seen, resolutions=tuple(dns.resolve(name) for name in doubts))
    return verdict_on(wanted, seen, probe=PROBE)


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


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_state_of_a_zone_has_its_verdict(case: Case) -> None:
    verdict = look(world(case.zone))
    by_key = {judged.record.key: judged for judged in verdict.records}
    judged = by_key.pop(case.key)

    assert judged.state is case.state
    assert tuple(finding.code for finding in judged.findings) == case.codes
    assert verdict.decision is case.decision
    assert tuple(finding.code for finding in verdict.notes) == case.notes
    assert tuple(finding.code for finding in verdict.leftovers) == case.leftovers
    if case.others_right:
        assert {other.state for other in by_key.values()} == {State.RIGHT}


def test_two_leftover_aliases_of_office_365_are_both_named() -> None:
    verdict = look(world(OFFICE365))

    assert [j.state for j in verdict.records] == [State.WRONG] * 4
    assert verdict.records[1].found == ("webdir.online.lync.com",)


@pytest.mark.parametrize(
    "outcome", [Outcome.TIMEOUT, Outcome.SERVFAIL, Outcome.REFUSED, Outcome.LAME, Outcome.FORBIDDEN]
)
def test_servers_that_do_not_answer_leave_it_unknown_and_never_missing(outcome: Outcome) -> None:
    dns = world(())
    for server in dns.zones[Name.parse(DOMAIN)].servers:
        server.outcome = outcome

    verdict = look(dns)

    assert verdict.decision is Decision.UNKNOWN
    assert {judged.state for judged in verdict.records} == {State.UNKNOWN}
    assert {f.params["reason"] for judged in verdict.records for f in judged.findings} == {outcome.value}


def test_one_silent_server_of_two_is_a_warning() -> None:
    dns = world()
    dns.zones[Name.parse(DOMAIN)].servers[1].outcome = Outcome.TIMEOUT

    verdict = look(dns)

    assert verdict.decision is Decision.APPROVED
    assert [(f.code, f.params["server"]) for f in verdict.notes] == [(Code.SERVER_SILENT, "ns2.webhost.dk")]


def test_a_server_that_lags_behind_is_told_apart_from_a_fault() -> None:
    dns = world(without(SIP))
    fill(dns, (SIP,), server=0)
    fill(dns, (OFFICE365[0],), server=1)

    (sip, *_) = look(dns).records

    assert sip.state is State.WRONG
    assert [f.code for f in sip.findings] == [Code.PROPAGATING]
    assert sip.findings[0].params["ready"] == "ns1.webhost.dk"
    assert sip.findings[0].params["late"] == "ns2.webhost.dk"
    assert sip.found == ("sipdir.online.lync.com",)


def test_servers_that_are_wrong_in_different_ways_are_both_told() -> None:
    dns = world(without(SIP))
    fill(dns, (OFFICE365[0],), server=1)

    (sip, *_) = look(dns).records

    assert sip.state is State.WRONG
    assert [f.code for f in sip.findings] == [Code.SERVERS_DISAGREE, Code.MISSING, Code.OFFICE365]


def test_a_domain_that_nobody_has_registered_is_said_so() -> None:
    dns = world()
    del dns.zones[Name.parse(DOMAIN)]

    verdict = look(dns)

    assert verdict.decision is Decision.NOT_YET
    assert [f.code for f in verdict.notes] == [Code.DOMAIN_UNKNOWN]


def test_a_silent_resolver_leaves_it_unknown() -> None:
    dns = world()
    dns.resolver_outcome = Outcome.TIMEOUT

    verdict = look(dns)

    assert verdict.decision is Decision.UNKNOWN
    assert [f.code for f in verdict.notes] == [Code.RESOLVER_SILENT]


def test_a_broken_dnssec_chain_is_no_approval() -> None:
    dns = world()
    dns.bogus = {Name.parse("sip.it-bixen.dk")}

    verdict = look(dns)

    assert verdict.decision is Decision.NOT_YET
    assert [f.code for f in verdict.notes] == [Code.DNSSEC_BOGUS]


def test_a_long_ttl_is_told() -> None:
    dns = world(without(SIP))
    dns.put(DOMAIN, "sip", "CNAME", "sip.flexskype.dk.", ttl=86400)

    (sip, *_) = look(dns).records

    assert [(f.code, f.params["minutes"]) for f in sip.findings] == [(Code.TTL_LONG, "1440")]


def test_the_dot_is_missed_at_the_zone_too_when_the_domain_is_no_zone_of_its_own() -> None:
    wanted = required_records(
        Name.parse("kontor.it-bixen.dk"),
        sip_target=Name.parse("sip.flexskype.dk"),
        lyncdiscover_target=Name.parse("lyncdiscover.flexskype.dk"),
    )
    dns = world(("sip.kontor CNAME sip.flexskype.dk",))
    probe = probe_name(wanted.domain, "x")

    verdict = verdict_on(wanted, dns.observe(wanted.domain, questions_for(wanted, probe)), probe=probe)

    assert [f.code for f in verdict.records[0].findings] == [Code.MISSING_DOT]


def test_the_stored_verdict_holds_codes_and_no_sentences() -> None:
    data = look(world((*without(SIP), OFFICE365[0]))).as_data()

    assert data["decision"] == "not_yet"
    assert data["right"] == 3
    assert data["records"][0] == {  # type: ignore[index]
        "key": "sip",
        "type": "CNAME",
        "name": "sip.it-bixen.dk",
        "expected": "sip.flexskype.dk",
        "state": "wrong",
        "found": ["sipdir.online.lync.com"],
        "findings": [
            {
                "code": "office365",
                "severity": "error",
                "params": {
                    "name": "sip.it-bixen.dk",
                    "found": "sipdir.online.lync.com",
                    "expected": "sip.flexskype.dk",
                },
            }
        ],
    }
