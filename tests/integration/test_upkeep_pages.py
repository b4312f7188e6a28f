"""What people see of a domain in use that no longer points at us."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from provisioning.gateways.dns.fake import FakeDns
from provisioning.models import DnsWatch, Setup, StageConfirmation, Upkeep
from provisioning.rules.upkeep import EVERY, SECOND_LOOK
from provisioning.services import skype_accounts
from tests.cast import Cast, signed_in
from tests.integration.test_upkeep import MOVED, Clock, become, dns, in_use, time, work

__all__ = ["dns", "in_use", "time"]
HEADING = "it-bixen.dk peger ikke længere på os – medarbejdere kan ikke logge på"


def text(client: Client, address: str) -> str:
    answer = client.get(address, headers={"accept-language": "da"})
    assert answer.status_code == 200, address
    return " ".join(answer.content.decode().split())


@pytest.fixture
def staged(cast: Cast, in_use: Setup, time: Clock) -> Setup:
    with tenant(cast.jonas.actor):
        for stage in ("contacts", "deactivation"):
            StageConfirmation(
                customer=cast.bixen, setup=in_use, stage=stage, confirmed_by="x", confirmed_at=time.at
            ).save()
    return in_use


@pytest.fixture
def broken(staged: Setup, dns: FakeDns, time: Clock) -> Setup:
    become(dns, MOVED)
    time.forward(EVERY * 1.5)
    work(time.at)
    time.forward(SECOND_LOOK)
    work(time.at)
    return staged


def test_it_stands_first_on_today_for_reseller_and_administrator(cast: Cast, broken: Setup) -> None:
    for person in (cast.jonas, cast.sara):
        shown = text(signed_in(person), "/")
        assert HEADING in shown
        assert "CNAME lyncdiscover.it-bixen.dk" in shown
        assert (f"/admin/setup/{broken.public_id}/dns/" in shown) is person.actor.is_staff
    for person in (cast.mette, cast.olga, cast.stig):
        assert "peger ikke længere" not in text(signed_in(person), "/")


def test_an_employee_reads_that_clients_cannot_sign_in(
    cast: Cast, staged: Setup, dns: FakeDns, time: Clock
) -> None:
    with tenant(cast.mette.actor):
        skype_accounts.link_account(
            actor=cast.mette.actor, username="mette", password="Gul-Kanin-47", at=time.at
        )
    mette, page = signed_in(cast.mette), "/settings/skype-for-business/"
    assert "Klienter kan ikke logge på lige nu" not in text(mette, page)
    become(dns, MOVED)
    time.forward(EVERY * 1.5)
    work(time.at)
    time.forward(SECOND_LOOK)
    work(time.at)
    shown = text(mette, page)
    assert "Klienter kan ikke logge på lige nu" in shown
    assert "it-bixen.dk peger ikke længere på os" in shown


def test_the_lists_and_the_stages_say_it(cast: Cast, broken: Setup) -> None:
    client = signed_in(cast.jonas)
    assert "Peger ikke længere på os: se hvorfor" in text(client, "/admin/")
    setup = f"/admin/customers/{cast.bixen.public_id}/skype/"
    assert "Gennemfør uden resten" not in text(client, f"{setup}users/")
    done = client.post(f"{setup}done/", headers={"accept-language": "da"})
    assert done.status_code == 409
    assert "Få DNS-records rettet først" in done.content.decode()
    assert "bruger Skype for Business" not in text(client, f"{setup}done/")


def test_the_page_of_a_domain_in_use_is_not_that_of_a_first_setup(
    cast: Cast, staged: Setup, dns: FakeDns, time: Clock
) -> None:
    client, page = signed_in(cast.jonas), f"/admin/setup/{staged.public_id}/dns/"
    time.forward(EVERY * 1.5)
    work(time.at)
    shown = text(client, page)
    assert "Domænet er i brug." in shown
    assert "hvert minut" not in shown
    become(dns, MOVED)
    time.forward(dt.timedelta(minutes=1))
    client.post(f"{page}start/")
    with tenant(cast.jonas.actor):
        assert DnsWatch.objects.visible_to(cast.jonas.actor).count() == 0
        assert Upkeep.objects.visible_to(cast.jonas.actor).get().next_at == clock.now()
    assert 'hx-trigger="every' in text(client, page)
    work(time.at)
    shown = text(client, page)
    assert "Sidste tjek fandt en fejl" in shown
    assert "90 minutter" not in shown
    time.forward(SECOND_LOOK)
    work(time.at)
    assert HEADING in text(client, page)


def test_today_asks_no_more_for_it(cast: Cast, broken: Setup) -> None:
    client = signed_in(cast.sara)
    client.get("/")
    with CaptureQueriesContext(connection) as asked:
        client.get("/")
    with_it = len(asked)
    with tenant(cast.jonas.actor):
        Upkeep.objects.visible_to(cast.jonas.actor).update(broken_at=None)
    with CaptureQueriesContext(connection) as asked:
        client.get("/")
    assert len(asked) == with_it
