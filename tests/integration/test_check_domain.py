"""The command line gives the verdict, and an exit code that a script can act on."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from provisioning.gateways.dns.fake import FakeDns
from provisioning.rules.names import Name
from provisioning.rules.observation import Outcome
from provisioning.services import dns_look
from tests.dns_cases import DOMAIN, GOOD, OFFICE365, look, world


def run(dns: FakeDns, monkeypatch: pytest.MonkeyPatch, *options: str) -> tuple[int, str]:
    monkeypatch.setattr(dns_look, "gateway", lambda name: dns)
    out = io.StringIO()
    try:
        call_command("check_domain", DOMAIN, *options, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def silent() -> FakeDns:
    dns = world(())
    for server in dns.zones[Name.parse(DOMAIN)].servers:
        server.outcome = Outcome.TIMEOUT
    return dns


@pytest.mark.parametrize(
    ("dns", "code", "decision"),
    [(world(GOOD), 0, "approved"), (world(OFFICE365), 1, "not_yet"), (silent(), 2, "unknown")],
    ids=["approved", "not yet", "unknown"],
)
def test_exit_code_and_json_say_the_same(
    dns: FakeDns, code: int, decision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exit_code, out = run(dns, monkeypatch, "--json")

    assert exit_code == code
    said = json.loads(out)
    assert said["decision"] == decision
    assert said == look(dns).as_data()


def test_without_json_it_is_read_by_people(monkeypatch: pytest.MonkeyPatch) -> None:
    _, out = run(world(OFFICE365), monkeypatch)

    assert "it-bixen.dk: not_yet (0/4)" in out
    assert "SRV _sip._tls.it-bixen.dk: 100 1 443 sipdir.online.lync.com" in out


def test_what_is_no_domain_name_is_refused() -> None:
    with pytest.raises(CommandError):
        call_command("check_domain", "a..b")
