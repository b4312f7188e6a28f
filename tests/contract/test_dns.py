"""One contract for the DNS gateway: the fake and real servers (Knot, Unbound) say the same of each zone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pytest

from provisioning.gateways.dns import DnsGateway
from provisioning.gateways.dns.fake import FakeDns
from provisioning.gateways.dns.live import LiveDns
from provisioning.rules.dns_findings import Code, State
from provisioning.rules.dns_verdict import Decision
from provisioning.rules.names import Name
from provisioning.rules.observation import Outcome
from stack import ports
from tests.dns_cases import CASES, DOMAIN, GOOD, OFFICE365, SIP, Case, check, fill, look, without, world
from tests.dns_world import BOGUS, MISBEHAVING, NAMESERVERS, RealWorld


class World(Protocol):
    gateway: DnsGateway

    def fill(self, lines: tuple[str, ...], server: int | None = None) -> None: ...
    def hold_still(self, server: int) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.gateway = self.dns = world(())
        for domain, outcome in MISBEHAVING.items():
            zone = self.dns.add_zone(domain, dict.fromkeys(NAMESERVERS, "192.0.2.1"))
            for server in zone.servers:
                server.outcome = outcome
        self.dns.add_zone(BOGUS, {"ns1.webhost.dk": "192.0.2.1"})
        for line in GOOD:
            owner, type_, data = line.replace(DOMAIN, BOGUS).split(maxsplit=2)
            self.dns.put(BOGUS, owner, type_, data)
        self.dns.bogus = {Name.parse(f"sip.{BOGUS}")}

    def fill(self, lines: tuple[str, ...], server: int | None = None) -> None:
        fill(self.dns, lines, server)

    def hold_still(self, server: int) -> None:
        self.dns.zones[Name.parse(DOMAIN)].servers[server].outcome = Outcome.TIMEOUT


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorld]:
    made = RealWorld(tmp_path_factory.mktemp("dns"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(params=["fake", "real"])
def there(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    made: RealWorld = request.getfixturevalue("real")
    yield made
    made.clear()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_state_of_a_zone_has_its_verdict(there: World, case: Case) -> None:
    there.fill(case.zone)

    check(case, look(there.gateway))


@pytest.mark.parametrize("domain", MISBEHAVING)
def test_servers_that_fail_leave_it_unknown_and_never_missing(there: World, domain: str) -> None:
    verdict = look(there.gateway, domain)

    assert verdict.decision is Decision.UNKNOWN
    assert {judged.state for judged in verdict.records} == {State.UNKNOWN}
    assert {finding.params["reason"] for judged in verdict.records for finding in judged.findings} == {
        MISBEHAVING[domain].value
    }


def test_one_silent_server_of_two_is_a_warning(there: World) -> None:
    there.fill(GOOD)
    there.hold_still(1)

    verdict = look(there.gateway)

    assert verdict.decision is Decision.APPROVED
    assert [(note.code, note.params) for note in verdict.notes] == [
        (Code.SERVER_SILENT, {"server": "ns2.webhost.dk", "reason": "timeout"})
    ]


def test_a_server_that_lags_behind_is_told_apart_from_a_fault(there: World) -> None:
    there.fill(without(SIP))
    there.fill((SIP,), server=0)
    there.fill((OFFICE365[0],), server=1)

    (sip, *_) = look(there.gateway).records

    assert [finding.code for finding in sip.findings] == [Code.PROPAGATING]
    assert (sip.findings[0].params["ready"], sip.findings[0].params["late"]) == NAMESERVERS


def test_an_answer_too_large_for_a_datagram_is_fetched_whole(there: World) -> None:
    extra = tuple(
        f"_sip._tls SRV 10 {n} 443 a-rather-long-name-of-a-server-number-{n}.other.dk." for n in range(40)
    )
    there.fill((*GOOD, *extra))

    verdict = look(there.gateway)

    assert len(verdict.records[2].found) == 41
    assert [f.code for f in verdict.records[2].findings] == [Code.EXTRA_RECORD] * 40


def test_a_domain_without_a_zone_is_no_domain(there: World) -> None:
    verdict = look(there.gateway, "nobody-has-this.invalid")

    assert verdict.decision is Decision.NOT_YET
    assert [note.code for note in verdict.notes] == [Code.DOMAIN_UNKNOWN]


def test_a_domain_below_the_zone_is_asked_at_its_zone(there: World) -> None:
    there.fill(("sip.kontor CNAME sip.flexskype.dk.",))

    verdict = look(there.gateway, f"kontor.{DOMAIN}")

    assert verdict.zone == Name.parse(DOMAIN)
    assert [judged.state for judged in verdict.records] == [State.RIGHT, *[State.MISSING] * 3]


def test_a_broken_dnssec_chain_is_seen(there: World) -> None:
    assert there.gateway.resolve(Name.parse(f"sip.{BOGUS}")).outcome is Outcome.BOGUS


def test_resolving_follows_aliases_to_the_addresses(there: World) -> None:
    there.fill(("desk CNAME phone", "phone CNAME sip.flexskype.dk."))

    found = there.gateway.resolve(Name.parse(f"desk.{DOMAIN}"))

    assert found.chain == (Name.parse(f"phone.{DOMAIN}"), Name.parse("sip.flexskype.dk"))
    assert found.addresses == ("198.51.100.7",)


def caa(there: World, *names: str) -> list[tuple[Outcome, list[str], str]]:
    looks = there.gateway.caa([Name.parse(name) for name in names])
    return [(look.outcome, [str(record) for record in look.records], str(look.holder)) for look in looks]


def test_who_may_issue_is_asked_at_each_name_and_follows_aliases(there: World) -> None:
    there.fill((*GOOD, '@ CAA 0 issue "digicert.com"', '@ CAA 128 Issuewild ";"', '_sip CAA 0 iodef "x:"'))
    there.fill(("chair CNAME stool", 'stool CAA 0 issue "letsencrypt.org; accounturi=https://a.dk/7"'))

    apex, sip, chair, absent = caa(there, DOMAIN, f"sip.{DOMAIN}", f"chair.{DOMAIN}", f"nobody.{DOMAIN}")

    assert apex == (Outcome.ANSWER, ['0 issue "digicert.com"', '128 issuewild ";"'], DOMAIN)
    assert sip[:2] == (Outcome.NODATA, [])
    bound = '0 issue "letsencrypt.org; accounturi=https://a.dk/7"'
    assert chair == (Outcome.ANSWER, [bound], f"stool.{DOMAIN}")
    assert absent[:2] in [(Outcome.NXDOMAIN, []), (Outcome.NODATA, [])]


def test_who_may_issue_is_not_believed_without_its_signature(there: World) -> None:
    assert caa(there, f"sip.{BOGUS}")[0][0] is Outcome.BOGUS


def test_a_real_server_inside_our_own_network_is_not_asked(real: RealWorld) -> None:
    careful = LiveDns([f"{real.resolver}:53"], tries=(0.4,))

    verdict = look(careful)

    assert verdict.decision is Decision.UNKNOWN
    assert {server.outcome for server in verdict.servers} == {Outcome.FORBIDDEN}


def test_a_real_resolver_that_is_silent_leaves_it_unknown(real: RealWorld) -> None:
    nobody = ports.free_port(real.resolver, udp=True)
    verdict = look(LiveDns([f"{real.resolver}:{nobody}"], tries=(0.1,), resolver_lifetime=0.3))

    assert verdict.decision is Decision.UNKNOWN
    assert [note.code for note in verdict.notes] == [Code.RESOLVER_SILENT]


def test_the_fake_counts_its_looks() -> None:
    dns = FakeDns()
    look(dns)

    assert dns.asked == [Name.parse(DOMAIN)]
