"""Every finding has a sentence, and the sentence has its parameters."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from provisioning import dns_texts
from provisioning.gateways.dns.fake import FakeDns
from provisioning.rules import dns_findings
from provisioning.rules.dns_findings import Code
from provisioning.rules.observation import TELLING, Outcome
from tests.dns_cases import CASES, OFFICE365, SIP, look, without, world


def params_of() -> dict[str, set[str]]:
    """Read the parameters of each code from the comment beside it."""
    with open(dns_findings.__file__) as source:
        found = re.findall(r'^    [A-Z0-9_]+ = "(\w+)"  # ([\w, ]+)$', source.read(), re.MULTILINE)
    return {code: set(names.split(", ")) for code, names in found}


@pytest.mark.parametrize("code", Code)
def test_each_code_has_a_text_that_its_parameters_fill(code: Code) -> None:
    filled = dict.fromkeys(params_of()[code], "x")

    text = dns_texts.sentence({"code": code.value, "params": filled})

    assert text.endswith(".")
    assert "%(" not in text


def test_each_reason_for_silence_has_words() -> None:
    assert set(dns_texts.REASONS) == set(Outcome) - TELLING


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_finding_of_a_real_verdict_can_be_said(case) -> None:
    verdict = look(world(case.zone))
    findings = [f for judged in verdict.records for f in judged.findings]

    for finding in (*findings, *verdict.leftovers, *verdict.notes):
        assert set(finding.params) >= params_of()[finding.code]
        assert dns_texts.sentence(finding)


def test_what_is_to_be_done_is_listed_by_record() -> None:
    verdict = look(world((*without(SIP), OFFICE365[0], "lyncdiscoverinternal A 10.0.0.1")))

    with translation.override("en"):
        assert dns_texts.problems(verdict.as_data()) == [
            {
                "name": "CNAME sip.it-bixen.dk",
                "text": "Still points to Office 365. Change it to sip.flexskype.dk.",
            },
            {
                "name": "",
                "text": "lyncdiscoverinternal.it-bixen.dk (10.0.0.1) is tried by the clients before our"
                " records. Delete it, or they never reach us.",
            },
        ]


def test_a_name_with_a_percent_sign_does_no_harm() -> None:
    dns: FakeDns = world((*without(SIP), "sip CNAME 100%.host.dk."))

    assert dns_texts.problems(look(dns).as_data())
