""" "Next steps" claims what is true at the moment, and names the moment of the certificate as every other page does."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from myfone.tenancy.context import tenant
from provisioning.gateways.dns.fake import FakeDns
from provisioning.models import DnsWatch, Setup, WatchState
from tests.cast import Cast
from tests.dns_cases import DOMAIN, GOOD, fill
from tests.integration.test_dns_page import as_, dns, press, setup, text, work

__all__ = ["dns", "setup"]
NOW = dt.datetime(2026, 11, 12, 9, 0, tzinfo=dt.UTC)
POINT_HERE = "The DNS records are right"


def steps(cast: Cast) -> str:
    answer = as_(cast.jonas).get(f"/admin/customers/{cast.bixen.public_id}/skype/next/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.django_db(databases=["default", "counters"])
@time_machine.travel(NOW, tick=False)
def test_each_step_says_how_far_it_is(cast: Cast, setup: Setup, dns: FakeDns) -> None:
    before = steps(cast)
    assert "As soon as you have said on the DNS page" in before
    assert "It is made in the night after the DNS records are in place." in before
    assert POINT_HERE not in before

    press(cast.jonas, setup)
    work()
    running = steps(cast)
    assert "2 of 4 records found. The report goes to jonas@nordlystele.dk." in running
    assert POINT_HERE not in running
    assert "just after" not in running

    with tenant(cast.jonas.actor):
        DnsWatch.objects.visible_to(cast.jonas.actor).update(state=WatchState.GAVE_UP)
    assert "The DNS records are not in place yet" in steps(cast)

    with tenant(cast.jonas.actor):
        DnsWatch.objects.visible_to(cast.jonas.actor).update(state=WatchState.STOPPED, ended_at=NOW)
    dns.clear(DOMAIN)
    fill(dns, GOOD)
    press(cast.jonas, setup)
    work()
    phrase = "The certificate is made just after midnight on November 13"
    right = steps(cast)
    assert POINT_HERE in right
    assert phrase in right
    # The DNS stage and the users' say the same.
    assert f"{phrase}. As soon as it is in use, the employees can create" in text(as_(cast.jonas), setup)
    users = as_(cast.jonas).get(f"/admin/customers/{cast.bixen.public_id}/skype/users/")
    assert phrase in users.content.decode()
