"""A confirmed order is changed: licences at any time, the domain until its records were found right."""

from __future__ import annotations

import datetime as dt

import pytest

from billing import selectors as billing
from myfone.kernel import clock
from myfone.tenancy.actor import NotAllowed
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee
from provisioning.models import DnsWatch, LicenceMode, Order, Setup, WatchState
from provisioning.selectors.claims import live_claim
from provisioning.selectors.orders import usual_domain
from provisioning.services import order_changes, orders
from tests.cast import Cast, signed_in
from tests.endings import ordered

AT = dt.datetime(2026, 11, 12, 9, 0, tzinfo=dt.UTC)


def change(cast: Cast, setup: Setup, domain: str = "it-bixen.dk", licence: str = "business-premium") -> bool:
    actor = cast.jonas.actor
    with tenant(actor):
        order = Order.objects.visible_to(actor).get(pk=setup.order_id)
        mode = LicenceMode.ONE_FOR_ALL if licence else LicenceMode.PER_EMPLOYEE
        return order_changes.change(
            actor=actor, order=order, domain=domain, licence_mode=mode, licence_code=licence, at=clock.now()
        )


def test_another_licence_for_all_is_reported(cast: Cast) -> None:
    setup, actor = ordered(cast), cast.jonas.actor
    assert not change(cast, setup)
    assert change(cast, setup, licence="enterprise-e3")
    with tenant(actor):
        assert billing.users_by_licence(actor=actor, customer_id=cast.bixen.pk) == {"enterprise-e3": 4}
    assert change(cast, setup, licence="")
    with tenant(actor):
        assert Order.objects.visible_to(actor).get().licence_mode == LicenceMode.PER_EMPLOYEE
        assert billing.users_by_licence(actor=actor, customer_id=cast.bixen.pk) == {"enterprise-e3": 4}


def test_another_domain_begins_with_its_own_claim(cast: Cast) -> None:
    setup, actor = ordered(cast), cast.jonas.actor
    with tenant(actor):
        DnsWatch(customer=cast.bixen, setup=setup, started_at=AT, next_at=AT, give_up_at=AT).save()
    assert change(cast, setup, domain="Bixen.COM")
    with tenant(actor):
        found = Setup.objects.visible_to(actor).get()
        assert (found.domain, found.sip_domain_id) == ("bixen.com", None)
        assert Order.objects.visible_to(actor).get().domain == "bixen.com"
        assert DnsWatch.objects.visible_to(actor).get().state == WatchState.STOPPED
        assert live_claim(actor=actor, customer_id=cast.bixen.pk, domain="it-bixen.dk") is None
        assert live_claim(actor=actor, customer_id=cast.bixen.pk, domain="bixen.com")


def test_the_domain_stays_once_its_records_are_in_place(cast: Cast) -> None:
    setup, actor = ordered(cast), cast.jonas.actor
    with tenant(actor):
        Setup.objects.visible_to(actor).filter(pk=setup.pk).update(dns_verified_at=AT)
    with pytest.raises(order_changes.DomainFixed):
        change(cast, setup, domain="bixen.com")
    assert change(cast, setup, licence="k1")


def test_what_cannot_be_changed_is_refused(cast: Cast) -> None:
    setup = ordered(cast)
    for bad in ("co.uk", "", "flexskype.dk"):
        with pytest.raises(orders.DomainRefused):
            change(cast, setup, domain=bad)
    with tenant(cast.jonas.actor):
        Order.objects.visible_to(cast.jonas.actor).update(cancelled_at=AT)
    with pytest.raises(orders.NotReady):
        change(cast, setup, licence="k1")
    sara = cast.sara.actor
    with pytest.raises(NotAllowed), tenant(sara):
        order = Order.objects.visible_to(sara).get()
        order_changes.change(
            actor=sara, order=order, domain="a.dk", licence_mode=LicenceMode.PER_EMPLOYEE, at=AT
        )


def test_the_page_changes_shows_who_did_it_and_who_declared_what(cast: Cast) -> None:
    ordered(cast)
    browser, base = signed_in(cast.jonas), f"/admin/customers/{cast.bixen.public_id}/skype/"
    assert "Gem ændringen" in browser.get(f"{base}order/change/").content.decode()
    data = {"domain": "bixen.com", "licence_mode": "one_for_all", "licence_code": "k1"}
    assert browser.post(f"{base}order/change/", data).status_code == 302
    bad = browser.post(f"{base}order/change/", data | {"domain": "co.uk"})
    assert bad.status_code == 409
    assert 'class="errorlist' in bad.content.decode()
    shown = browser.get(f"{base}order/").content.decode()
    assert "it-bixen.dk → bixen.com" in shown
    assert "Business Premium → K1" in shown
    assert "Jonas Holm" in shown
    assert "Erklæret af Jonas Holm" in shown


def test_a_look_alike_is_shown_as_the_internet_knows_it(cast: Cast) -> None:
    browser, base = signed_in(cast.jonas), f"/admin/customers/{cast.bixen.public_id}/skype/"
    data = {"domain": "it-bixеn.dk", "had_skype": "no", "licence_mode": "one_for_all", "licence_code": "k1"}
    page = browser.post(f"{base}order/", data, follow=True).content.decode()
    assert "xn--it-bixn-dhg.dk" in page
    assert "Se en ekstra gang på domænet" in page


def test_the_domain_of_most_addresses_is_filled_in(cast: Cast) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        Employee.objects.bulk_create(
            Employee(customer=cast.bixen, name=f"P{i}", email=f"p{i}@gmail.com") for i in range(9)
        )
        assert usual_domain(actor=actor, customer_id=cast.bixen.pk) == "it-bixen.dk"
        assert usual_domain(actor=cast.olga.actor, customer_id=cast.bixen.pk) == ""
    page = signed_in(cast.jonas).get(f"/admin/customers/{cast.bixen.public_id}/skype/order/").content.decode()
    assert 'value="it-bixen.dk"' in page


def test_the_resellers_own_company_is_offered_until_it_has_the_product(cast: Cast) -> None:
    browser = signed_in(cast.jonas)
    assert "/admin/customers/new/?own=1" in browser.get("/admin/").content.decode()
    assert "checked" in browser.get("/admin/customers/new/?own=1").content.decode()
    browser.post("/admin/customers/new/", {"name": "Nordlys Tele", "is_own_company": "on"})
    shown = browser.get("/admin/").content.decode()
    assert "?own=1" not in shown
    assert "Bestil til jer selv" in shown
    assert "?own=1" not in signed_in(cast.provider).get("/admin/").content.decode()
