"""The table of DNS scenarios, played on real servers; none is decided by a fake."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from provisioning import dns_texts
from provisioning.gateways.dns.live import LiveDns
from provisioning.rules.dns_findings import Code
from provisioning.rules.dns_verdict import Decision, Verdict
from provisioning.rules.names import Name
from stack import ports
from tests.dns_cases import DOMAIN, GOOD, SIP, look, without
from tests.dns_scenarios import SCENARIOS, Scenario
from tests.dns_world import RealWorld


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorld]:
    made = RealWorld(tmp_path_factory.mktemp("scenarios"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_each_scenario_gives_exactly_its_codes(world: RealWorld, scenario: Scenario) -> None:
    first, second = scenario.zone, scenario.zone if scenario.second is None else scenario.second
    try:
        world.fill(first, 0)
        world.fill(second, 1)
        for number in scenario.at:
            world.proxies[number].behave(scenario.fault)
        gateway = world.gateway if scenario.resolver else without_resolver(world)

        verdict = look(gateway, scenario.domain, scenario.challenge)
    finally:
        world.clear()

    assert codes_of(verdict) == scenario.codes
    assert verdict.decision is scenario.decision


def test_a_circle_is_none_the_less_for_what_a_resolver_remembers(world: RealWorld) -> None:
    """Its cache may still hold the alias that led to us, of which the servers know no more."""
    try:
        world.fill(GOOD)
        assert look(world.gateway).decision is Decision.APPROVED
        world.clear(forget=False)
        world.fill((*without(SIP), "sip CNAME round", "round CNAME sip"))
        remembered = world.gateway.resolve(Name.parse(f"round.{DOMAIN}"))
        assert Name.parse("sip.flexskype.dk") in remembered.chain

        verdict = look(world.gateway)
    finally:
        world.clear()

    assert codes_of(verdict) == {"sip": [Code.WRONG_TARGET]}


def codes_of(verdict: Verdict) -> dict[str, list[Code]]:
    """Return all codes of a verdict by where they stand; records without any are right."""
    found = {judged.record.key: [f.code for f in judged.findings] for judged in verdict.records}
    found["leftovers"] = [f.code for f in verdict.leftovers]
    found["notes"] = [f.code for f in verdict.notes]
    return {where: codes for where, codes in found.items() if codes}


def without_resolver(world: RealWorld) -> LiveDns:
    nobody = ports.free_port(world.resolver, udp=True)
    return LiveDns([f"{world.resolver}:{nobody}"], tries=(0.1,), resolver_lifetime=0.3)


def test_there_are_enough_and_each_code_has_one() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(set(names)) == len(names) >= 40
    assert {code for scenario in SCENARIOS for codes in scenario.codes.values() for code in codes} == set(
        Code
    )


@pytest.mark.parametrize("language", ["da", "en", "sv"])
def test_each_code_is_said_in_every_language(language: str) -> None:
    with translation.override(language):
        texts = {code: str(dns_texts.TEXTS[code]) for code in Code}
    assert all(texts.values())
    if language != "en":
        with translation.override("en"):
            same = [code for code in Code if str(dns_texts.TEXTS[code]) == texts[code]]
        assert same == []
