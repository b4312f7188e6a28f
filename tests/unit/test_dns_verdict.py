"""The DNS verdict, case by case, on scripted name servers."""

from __future__ import annotations

import pytest

from provisioning.rules.dns_findings import Code, State
from provisioning.rules.dns_verdict import Decision, verdict_on
from provisioning.rules.names import Name
from provisioning.rules.observation import Outcome, probe_name, questions_for
from provisioning.rules.records import required_records
from tests.dns_cases import CASES, DOMAIN, OFFICE365, SIP, Case, check, fill, look, without, world


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_state_of_a_zone_has_its_verdict(case: Case) -> None:
    check(case, look(world(case.zone)))


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
        "at": [],
    }
