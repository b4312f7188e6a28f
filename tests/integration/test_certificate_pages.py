"""What a person reads of a certificate: the step, since when, what is wrong and what happens next."""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.template.loader import render_to_string
from django.utils import translation

from provisioning.certificate_texts import FAULTS, fault_text, report
from provisioning.models import CertificateStep
from provisioning.rules.caa import CaaVerdict
from tests.cast import Cast
from tests.certificates import verified

AT = dt.datetime(2026, 11, 21, 20, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize("step", CertificateStep)
@pytest.mark.parametrize("language", ["da", "en", "sv"])
def test_every_step_has_words(step: CertificateStep, language: str) -> None:
    with translation.override(language):
        said = report(step=step, since=AT, verified=True, at=AT)
        page = render_to_string("provisioning/certificate.html", {"certificate": said})

    assert said.heading in page
    assert ("aria-current" in page) == (step != CertificateStep.CONFIRMED)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            {"code": "dns_moved", "params": {"name": "sip.a.dk", "addresses": "192.0.2.1"}},
            "sip.a.dk does not point to us any more (it leads to 192.0.2.1)",
        ),
        ({"code": "dns_moved", "params": {"name": "sip.a.dk", "addresses": ""}}, "sip.a.dk is gone"),
        ({"code": "acme_unreachable", "params": {"detail": "x"}}, "does not answer"),
        (
            {"code": "acme_refused", "params": {"name": "sip.a.dk", "detail": "404"}},
            "at sip.a.dk. It says: “404”",
        ),
        ({"code": "acme_refused", "params": {"detail": "policy"}}, "refuses the order. It says: “policy”"),
        ({"code": "front_unreachable", "params": {"detail": "x"}}, "issued and kept"),
        (
            {
                "code": "caa_refused",
                "params": {"name": "sip.a.dk", "at": "a.dk", "records": '0 issue "b.dk"', "issuer": "le.org"},
            },
            'Add this record at a.dk: CAA 0 issue "le.org".',
        ),
        ({"code": "something_new"}, "something_new"),
    ],
)
def test_faults_say_what_and_what_to_do(fault: dict, said: str) -> None:
    with translation.override("en"):
        assert said in fault_text(fault)


def test_a_fault_says_when_the_next_attempt_is() -> None:
    with translation.override("en"):
        lasting = {"code": "dns_moved", "params": {"name": "a", "addresses": ""}, "permanent": True}
        passing = {"code": "acme_unreachable", "params": {}, "permanent": False}

        stopped = report(step="key", since=AT, fault=lasting, verified=True, at=AT)
        waiting = report(step="key", since=AT, fault=passing, verified=True, at=AT)

    assert (stopped.tone, waiting.tone) == ("bad", "warn")
    assert "just after midnight on November 22" in stopped.text
    assert "quarter of an hour" in waiting.text
    assert stopped.lines[0]["state"] == "failed"


def test_faults_in_the_code_all_have_words() -> None:
    source = "".join(path.read_text() for path in Path("provisioning/services").glob("certificate*.py"))
    raised = set(re.findall(r'CertificateFault\(\s*"(\w+)"', source))
    raised |= {f"caa_{each}" for each in CaaVerdict if each is not CaaVerdict.ALLOWED}
    raised |= {"acme_busy", "acme_unreachable", "front_unreachable", "front_refused", "front_not_served"}

    assert raised <= set(FAULTS)


def test_the_night_can_be_run_by_hand(cast: Cast) -> None:
    verified(cast.bixen, cast.sara)
    said, again = io.StringIO(), io.StringIO()

    call_command("run_night", stdout=said)
    call_command("run_night", "--date", "2020-01-01", stdout=again)

    assert said.getvalue().startswith("sip.it-bixen.dk, lyncdiscover.it-bixen.dk: ")
    assert again.getvalue().startswith("sip.it-bixen.dk, lyncdiscover.it-bixen.dk: ")
