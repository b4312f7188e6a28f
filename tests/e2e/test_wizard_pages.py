"""Ordering and the wizard in a real browser: usable by everybody, at every stage, with and without script."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from myfone.accounts import invitations
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee
from provisioning.models import LicenceMode, Setup
from provisioning.rules.preconditions import DECLARED
from provisioning.rules.stages import StageName
from provisioning.services import endings, orders
from provisioning.services import setup as service
from telephony.models import Phone, PhoneKind
from tests.e2e.accessibility import readers
from tests.e2e.conftest import Portal
from tests.endings import ordered


def base(portal: Portal) -> str:
    return f"/admin/customers/{portal.cast.bixen.public_id}/skype/"


def test_everybody_can_use_the_wizard_at_every_stage(portal: Portal) -> None:
    cast, at = portal.cast, clock.now()
    actor, skype = cast.jonas.actor, base(portal)
    wrong: list[str] = []
    looking = readers(portal, cast.jonas)

    def look(*paths: str, start: str = skype) -> None:
        for path in paths:
            for reader in looking:
                wrong.extend(reader.faults(start + path))

    look("customers/new/", start="/admin/")
    look("", "employees/", "order/", "contacts/")
    with tenant(actor):
        Employee(customer=cast.bixen, name="Uden Bruger", email="uden@it-bixen.dk").save()
        order = orders.save_draft(
            actor=actor,
            customer=cast.bixen,
            domain="it-bixen.dk",
            had_skype=True,
            licence_mode=LicenceMode.ONE_FOR_ALL,
            licence_code="business-premium",
            at=at,
        )
    look("order/confirm/", "licences/")
    with tenant(actor):
        invitations.invite(actor=actor, customer=cast.bixen, at=at)
        for precondition in DECLARED:
            orders.declare(actor=actor, order=order, precondition=precondition, at=at)
        made = orders.confirm(actor=actor, order=order, price_shown=Decimal("150.00"), at=at).setup
    look("order/", "order/change/", "order/cancel/", "licences/", "licences/import/", "contacts/", "dns/")
    with tenant(actor):
        service.confirm_stage(actor=actor, customer=cast.bixen, stage=StageName.CONTACTS, at=at)
    look("contacts/", "deactivation/")
    with tenant(actor):
        service.confirm_stage(actor=actor, customer=cast.bixen, stage=StageName.DEACTIVATION, at=at)
    look("dns/report/", "next/", "users/")
    with tenant(actor):
        Setup.objects.visible_to(actor).filter(pk=made.pk).update(
            dns_verified_at=at, live_at=at, report_name="Jonas Holm", report_email="jonas@nordlystele.dk"
        )
        Phone(
            customer=cast.bixen,
            employee=cast.mette.employee,
            kind=PhoneKind.SKYPE,
            username="mette",
            sip_domain=made.sip_domain,
        ).save()
    look("dns/", "users/")
    with tenant(actor):
        service.confirm_stage(actor=actor, customer=cast.bixen, stage=StageName.DONE, at=at)
    look("done/", "users/", "end/")
    with tenant(actor):
        endings.announce(
            actor=actor,
            setup=made,
            last_day=clock.local_date(at) + dt.timedelta(days=30),
            typed="it-bixen.dk",
            at=at,
        )
    look("end/", "order/")
    assert wrong == []


def test_the_price_follows_the_choice(portal: Portal) -> None:
    page = portal.page(portal.cast.jonas)
    page.goto(base(portal) + "order/")
    price = page.locator("#price")
    expect(price).to_contain_text("Vælg en licens for at se prisen")
    page.get_by_label("Alle medarbejderes licens").select_option("business-premium")
    expect(price).to_contain_text("120,00 kr. om måneden")
    page.get_by_label("Alle medarbejderes licens").select_option("enterprise-e3")
    expect(price).to_contain_text("Inkluderet: koster ikke noget om måneden")
    page.get_by_text("Forskellige licenser").click()
    expect(page.get_by_label("Alle medarbejderes licens")).to_be_hidden()
    expect(page.get_by_text("På næste side vælger du en licens")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_a_reseller_orders_and_confirms_up_to_the_records(portal: Portal, script: bool) -> None:
    page = portal.page(portal.cast.jonas, javascript=script)
    page.goto(base(portal))
    page.get_by_role("link", name="Tilføj").click()
    page.get_by_label("Virksomhedens domæne").fill("it-bixen.dk")
    page.get_by_label("Alle medarbejderes licens").select_option("Enterprise E3")
    page.get_by_role("button", name="Fortsæt bestillingen").click()
    for _ in range(2):
        page.get_by_role("button", name="Det bekræfter jeg").first.click()
    page.get_by_role("button", name="Bekræft bestillingen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Eksport af kontakter")
    page.get_by_role("button", name=re.compile("Gå videre, selv om")).click()
    page.get_by_role("button", name="Jeg har deaktiveret Skype i Office 365").click()
    expect(page.get_by_label("E-mail")).to_have_value("jonas@nordlystele.dk")
    page.get_by_role("button", name="Videre").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Opsæt DNS-records på it-bixen.dk")
    expect(page.get_by_text("_sipfederationtls._tcp.it-bixen.dk").first).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_a_reseller_ends_a_contract_and_withdraws_it(portal: Portal, script: bool) -> None:
    setup = ordered(portal.cast)
    with tenant(portal.cast.jonas.actor):
        Setup.objects.visible_to(portal.cast.jonas.actor).filter(pk=setup.pk).update(live_at=clock.now())
    page = portal.page(portal.cast.jonas, javascript=script)
    page.goto(base(portal) + "order/")
    page.get_by_role("link", name="Opsig aftalen").click()
    page.get_by_label("Skriv domænet for at bekræfte").fill("forkert.dk")
    page.get_by_role("button", name="Opsig aftalen").click()
    expect(page.get_by_text("Det er ikke domænet")).to_be_visible()
    page.get_by_label("Skriv domænet for at bekræfte").fill("it-bixen.dk")
    later = clock.local_date(clock.now()) + dt.timedelta(days=20)
    page.get_by_label("Sidste dag med Skype for Business").fill(later.isoformat())
    page.get_by_role("button", name="Opsig aftalen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aftalen er opsagt")
    page.get_by_role("button", name="Træk tilbage").click()
    expect(page.get_by_role("link", name="Opsig aftalen")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_a_reseller_reports_licences_from_a_file(portal: Portal, script: bool) -> None:
    page = portal.page(portal.cast.jonas, javascript=script)
    page.goto(base(portal) + "licences/import/")
    table = "Navn;E-mail;Licens\r\nMette;mette@it-bixen.dk;E3\r\nX;x@it-bixen.dk;E3\r\n".encode("latin-1")
    page.get_by_label("CSV-fil").set_input_files({"name": "l.csv", "mimeType": "text/csv", "buffer": table})
    page.get_by_role("button", name="Vis, hvad den ændrer").click()
    expect(page.get_by_text("Kunden har ingen medarbejder med den adresse")).to_be_visible()
    page.get_by_role("button", name="Indberet 1 uden resten").click()
    expect(page.get_by_text("1 licens er indberettet")).to_be_visible()
    expect(page.get_by_label("Licens til Mette Hansen")).to_have_value("enterprise-e3")
