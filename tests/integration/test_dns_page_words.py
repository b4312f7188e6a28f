"""What the DNS stage says in words: what runs while it runs, old records by name, nothing twice."""

from __future__ import annotations

from html import unescape
from urllib.parse import unquote

import pytest

from provisioning.gateways.dns.fake import FakeDns
from provisioning.models import Setup
from provisioning.rules.records import LEFTOVERS
from tests.cast import Cast
from tests.dns_cases import DOMAIN, GOOD, fill
from tests.integration.test_dns_page import as_, dns, press, setup, text, work

__all__ = ["dns", "setup"]
pytestmark = pytest.mark.django_db(databases=["default", "counters"])
OLDER = [".".join((*one.labels, DOMAIN)) for one in LEFTOVERS]


def test_we_check_every_minute_only_while_we_do(cast: Cast, setup: Setup, dns: FakeDns) -> None:
    client = as_(cast.jonas)
    before = text(client, setup)
    assert "every minute" not in before
    assert "write to jonas@nordlystele.dk" not in before
    press(cast.jonas, setup)
    assert "We check every minute and write to jonas@nordlystele.dk" in text(client, setup)
    dns.clear(DOMAIN)
    fill(dns, GOOD)
    work()
    after = text(client, setup)
    assert "All four records are right" in after
    assert "every minute" not in after
    assert "Leave them as they are" in after


def test_old_records_are_named_before_the_check_and_found_by_it(
    cast: Cast, setup: Setup, dns: FakeDns
) -> None:
    client = as_(cast.jonas)
    before = text(client, setup)
    assert "Must be deleted if they exist" in before
    letter = unescape(unquote(before[before.index("mailto:") :].split('"')[0]))
    for name in OLDER:
        assert f"<code>{name}</code>" in before
        assert name in letter
    dns.put(DOMAIN, "lyncdiscoverinternal", "A", "192.0.2.9")
    press(cast.jonas, setup)
    work()
    after = text(client, setup)
    assert "Must be deleted if they exist" not in after
    assert "lyncdiscoverinternal.it-bixen.dk (192.0.2.9) is tried by the clients before our records" in after
    assert OLDER[1] not in after


def test_what_is_missing_is_said_once(cast: Cast, setup: Setup, dns: FakeDns) -> None:
    dns.clear(DOMAIN)
    fill(dns, GOOD[1:])
    press(cast.jonas, setup)
    work()
    shown = text(as_(cast.jonas), setup)
    assert shown.count("Not found") == 1
    assert '<span class="hint">Add this record at the web host.</span>' in shown
    # Alone, as in a mail, the sentence says both.
    letter = unescape(unquote(shown[shown.index("mailto:") :].split('"')[0]))
    assert f"- CNAME sip.{DOMAIN}: Not found. Add this record at the web host." in letter
