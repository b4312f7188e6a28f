"""What the pages of an order say to whoever orders, and to nobody else."""

from __future__ import annotations

from myfone.tenancy.context import tenant
from telephony.models import Phone, PhoneKind, SipDomain
from tests.cast import Cast, Person, signed_in
from tests.endings import ordered


def begin(person: Person, customer: str, domain: str = "it-bixen.dk") -> str:
    """Fill in an order, and return the page on which it is confirmed."""
    browser, base = signed_in(person), f"/admin/customers/{customer}/skype/"
    choices = {"domain": domain, "had_skype": "no", "licence_mode": "one_for_all", "licence_code": "k1"}
    assert browser.post(f"{base}order/", choices).status_code == 302
    return browser.get(f"{base}order/confirm/").content.decode()


def test_a_domain_of_another_customer_is_named_to_who_may_see_that_customer_alone(cast: Cast) -> None:
    ordered(cast)
    page = begin(cast.jonas, str(cast.havnen.public_id))
    assert "Allerede bestilt til en anden af jeres kunder" in page
    assert "IT-bixen ApS" in page
    page = begin(cast.olga, str(cast.fremmed.public_id))
    assert "Allerede bestilt" not in page
    assert "IT-bixen" not in page


def test_the_page_of_the_account_warns_before_it_leads_to_microsofts_client(cast: Cast) -> None:
    with tenant(cast.jonas.actor):
        domain = SipDomain(customer=cast.bixen, name="it-bixen.dk")
        domain.save()
        Phone(
            customer=cast.bixen,
            employee=cast.mette.employee,
            kind=PhoneKind.SKYPE,
            sip_domain=domain,
            username="mette",
            line_identity="811201",
        ).save()
    page = signed_in(cast.mette).get("/settings/skype-for-business/").content.decode()
    warned = page.index("Microsofts egen klient kommer måske ikke igennem")
    assert page.index("https://www.linphone.org/") < warned < page.index("https://www.microsoft.com/download")
