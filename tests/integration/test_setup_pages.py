"""The pages of ordering and of the wizard, as a browser without script sees them."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from email import message_from_bytes, policy

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from myfone.accounts.sessions import FACTOR
from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Customer, Employee
from provisioning.models import Certificate, Order, Setup
from provisioning.rules.stages import StageName
from provisioning.services import claims, setup
from tests.cast import Cast, Person
from tests.endings import ordered as place

AT = dt.datetime(2026, 11, 12, 9, 0, tzinfo=dt.UTC)
PAGES = (
    "",
    "order/",
    "order/price/",
    "order/confirm/",
    "employees/",
    "licences/",
    "contacts/",
    "contacts/mail/da.txt",
    "contacts/mail/sv.eml",
    "deactivation/",
    "dns/",
    "dns/report/",
    "next/",
    "users/",
    "done/",
)
POSTS = (
    "order/",
    "order/confirm/",
    "order/declare/",
    "order/discard/",
    "price-plan/",
    "employees/",
    "employees/invite/",
    "licences/",
    "contacts/",
    "contacts/reopen/",
    "deactivation/",
    "dns/report/",
    "done/",
)
pytestmark = pytest.mark.django_db(databases=["default", "counters"])


def browser(person: Person, language: str = "en") -> Client:
    client = Client()
    client.force_login(person.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = client.session
    session[FACTOR] = True
    session.save()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


def base(customer: Customer) -> str:
    return f"/admin/customers/{customer.public_id}/skype/"


def ordered(cast: Cast, *stages: StageName) -> Setup:
    actor = cast.jonas.actor
    made = place(cast, at=AT)
    with tenant(actor):
        for stage in stages:
            setup.confirm_stage(actor=actor, customer=cast.bixen, stage=stage, at=AT)
    return made


def found(cast: Cast) -> Setup:
    with tenant(cast.jonas.actor):
        result: Setup = Setup.objects.visible_to(cast.jonas.actor).get()
    return result


def test_from_adding_the_product_to_the_records(cast: Cast) -> None:
    jonas, at = browser(cast.jonas), base(cast.bixen)
    assert b"Not ordered yet" in jonas.get(at).content
    form = {
        "domain": "IT-bixen.dk",
        "had_skype": "yes",
        "licence_mode": "one_for_all",
        "licence_code": "proplus",
    }
    summary = jonas.post(f"{at}order/", form, follow=True)
    assert summary.redirect_chain == [(f"{at}order/confirm/", 302)]
    assert "DKK\xa0120.00" in summary.content.decode()
    assert b'aria-disabled="true"' in summary.content
    for name in ("office365", "no_on_premise"):
        summary = jonas.post(f"{at}order/declare/", {"precondition": name}, follow=True)
    assert summary.content.count(b"Declared by Jonas Holm on ") == 2
    price = re.search(rb'name="price" value="([^"]+)"', summary.content)
    assert price is not None
    for _ in range(2):  # a double click
        after = jonas.post(f"{at}order/confirm/", {"price": price[1].decode()}, follow=True)
        assert after.redirect_chain[-1][0] == f"{at}contacts/"
    assert found(cast).domain == "it-bixen.dk"
    assert b"Go on although" in after.content
    after = jonas.post(f"{at}contacts/", follow=True)
    assert after.redirect_chain[-1][0] == f"{at}deactivation/"
    after = jonas.post(f"{at}deactivation/", follow=True)
    assert after.redirect_chain[-1][0] == f"{at}dns/report/"
    assert b"jonas@nordlystele.dk" in after.content
    form = {"name": "Jonas Holm", "email": "jonas@nordlystele.dk"}
    assert jonas.post(f"{at}dns/report/", form)["Location"] == f"{at}dns/"
    assert found(cast).report_email == "jonas@nordlystele.dk"
    assert f"/admin/setup/{found(cast).public_id}/dns/" == jonas.get(f"{at}dns/")["Location"]


@pytest.mark.parametrize("language", ["da", "en", "sv"])
@pytest.mark.parametrize("state", ["none", "draft", "ordered", "deactivated", "verified", "live", "done"])
def test_every_page_answers_in_every_state_and_language(cast: Cast, state: str, language: str) -> None:
    both = (StageName.CONTACTS, StageName.DEACTIVATION)
    if state == "draft":
        with tenant(cast.jonas.actor):
            Order(customer=cast.bixen, domain="xn--rdgrd-vuad.dk", created_by="x").save()
    elif state != "none":
        made = ordered(cast, *(both if state != "ordered" else ()))
        with tenant(cast.jonas.actor):
            changes = {"verified": {"dns_verified_at": AT}, "live": {"dns_verified_at": AT, "live_at": AT}}
            changes["done"] = changes["live"]
            Setup.objects.visible_to(cast.jonas.actor).filter(pk=made.pk).update(
                report_email="j@nordlystele.dk", **changes.get(state, {})
            )
            if state == "done":
                setup.confirm_stage(actor=cast.jonas.actor, customer=cast.bixen, stage=StageName.DONE, at=AT)
    client = browser(cast.jonas, language)
    for path in PAGES:
        answer = client.get(base(cast.bixen) + path)
        assert answer.status_code in {200, 302}, f"{path}: {answer.status_code}"


@pytest.mark.parametrize("who", ["olga", "stig", "sara", "mette"])
def test_for_strangers_and_for_those_without_the_role_there_is_no_such_page(cast: Cast, who: str) -> None:
    ordered(cast)
    client = browser(getattr(cast, who))
    for path in PAGES:
        assert client.get(base(cast.bixen) + path).status_code == 404, path
    for path in POSTS:
        assert client.post(base(cast.bixen) + path, {"price": "120.00"}).status_code == 404, path
    assert client.get(f"/admin/customers/{uuid.uuid4()}/skype/").status_code == 404


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("contacts/", b"not ordered yet"),
        ("deactivation/", b"not ordered yet"),
        ("dns/report/", b"not ordered yet"),
        ("done/", b"not ordered yet"),
    ],
)
def test_a_stage_that_is_not_open_says_why_and_takes_nothing(cast: Cast, path: str, says: bytes) -> None:
    client = browser(cast.jonas)
    shown = client.get(base(cast.bixen) + path)
    assert (shown.status_code, says in shown.content) == (200, True)
    taken = client.post(base(cast.bixen) + path, {"name": "J", "email": "j@nordlystele.dk"})
    assert (taken.status_code, says in taken.content) == (409, True)


def test_dns_stays_closed_until_both_are_confirmed(cast: Cast) -> None:
    ordered(cast, StageName.CONTACTS)
    client = browser(cast.jonas)
    for path in ("dns/", "dns/report/"):
        assert b"deactivated in Office 365" in client.get(base(cast.bixen) + path).content
    answer = client.post(base(cast.bixen) + "dns/report/", {"name": "J", "email": "j@nordlystele.dk"})
    assert answer.status_code == 409
    assert found(cast).report_email == ""


def test_the_report_takes_so_many_addresses_a_day(cast: Cast) -> None:
    ordered(cast, StageName.CONTACTS, StageName.DEACTIVATION)
    client, at = browser(cast.jonas), f"{base(cast.bixen)}dns/report/"
    for number in range(10):
        assert client.post(at, {"name": "J", "email": f"j{number}@elsewhere.example"}).status_code == 302
    refused = client.post(at, {"name": "J", "email": "j10@elsewhere.example"})
    assert (refused.status_code, b"many addresses today" in refused.content) == (429, True)
    assert client.post(at, {"name": "Jo", "email": "j9@elsewhere.example"}).status_code == 302
    assert (found(cast).report_name, found(cast).report_email) == ("Jo", "j9@elsewhere.example")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("domain", "", "This field is required"),
        ("domain", "www.it-bixen.dk", "name of a server"),
        ("domain", "co.uk", "many share"),
        ("domain", "kunde.flexskype.dk", "belongs to the platform"),
        ("licence_code", "", "Choose the licence"),
        ("licence_code", "enterprise-e9", "not one of the available choices"),
    ],
)
def test_what_cannot_be_ordered_is_said_at_the_field(cast: Cast, field: str, value: str, says: str) -> None:
    form = {
        "domain": "it-bixen.dk",
        "had_skype": "no",
        "licence_mode": "one_for_all",
        "licence_code": "k1",
    } | {field: value}
    answer = browser(cast.jonas).post(f"{base(cast.bixen)}order/", form)
    assert answer.status_code == 200
    assert says in answer.content.decode()


def test_everything_that_is_wrong_is_said_at_once(cast: Cast) -> None:
    form = {"domain": "www.it-bixen.dk", "had_skype": "no", "licence_mode": "one_for_all"}
    text = browser(cast.jonas).post(f"{base(cast.bixen)}order/", form).content.decode()
    assert "name of a server" in text
    assert "Choose the licence" in text


def test_a_domain_that_another_customer_claims_is_ordered_like_any_other(cast: Cast) -> None:
    ordered(cast)
    form = {"domain": "it-bixen.dk", "had_skype": "no", "licence_mode": "per_employee"}
    answer = browser(cast.olga).post(f"{base(cast.fremmed)}order/", form)
    assert answer.status_code == 302
    assert "IT-bixen ApS" not in browser(cast.olga).get(answer["Location"]).content.decode()


def test_a_name_below_a_proven_domain_is_in_use_and_nothing_more(cast: Cast) -> None:
    ordered(cast)
    with tenant(cast.jonas.actor):
        setup = Setup.objects.visible_to(cast.jonas.actor).get()
        claims.prove(actor=cast.jonas.actor, setup=setup, has_txt=False, at=clock.now())
    form = {"domain": "kontor.it-bixen.dk", "had_skype": "no", "licence_mode": "per_employee"}
    text = browser(cast.olga).post(f"{base(cast.fremmed)}order/", form).content.decode()
    assert "This domain is in use already." in text
    assert "IT-bixen ApS" not in text


def test_a_stale_price_is_shown_again_and_orders_nothing(cast: Cast) -> None:
    client, at = browser(cast.jonas), base(cast.bixen)
    form = {"domain": "it-bixen.dk", "had_skype": "no", "licence_mode": "one_for_all", "licence_code": "k1"}
    client.post(f"{at}order/", form)
    for name in ("office365", "no_on_premise"):
        client.post(f"{at}order/declare/", {"precondition": name})
    for price in ("0.00", "", "NaN", "1e400", "-120"):
        answer = client.post(f"{at}order/confirm/", {"price": price})
        assert answer.status_code == 409
        assert b"The price changed" in answer.content
    with tenant(cast.jonas.actor):
        assert not Setup.objects.visible_to(cast.jonas.actor).exists()


def test_employees_are_added_invited_and_licensed_on_the_spot(cast: Cast) -> None:
    client, at = browser(cast.jonas), base(cast.havnen)
    rows = {"new-TOTAL_FORMS": "3", "new-INITIAL_FORMS": "0"}
    rows |= {"new-0-name": "Anna Å", "new-0-email": "anna@havnens.dk", "new-0-number": "301"}
    bad = client.post(f"{at}employees/", rows | {"new-0-number": "30x"})
    assert b"2 to 8 digits" in bad.content
    assert client.post(f"{at}employees/", rows).status_code == 302
    again = client.post(f"{at}employees/", rows)
    assert b"exists already" in again.content
    assert b"in use at the customer" in again.content
    form = {"domain": "havnens.dk", "had_skype": "no", "licence_mode": "per_employee"}
    licences = client.post(f"{at}order/", form, follow=True)
    assert licences.redirect_chain[-1][0] == f"{at}licences/"
    names = re.findall(rb'name="(licence-[^"]+)"', licences.content)
    assert len(names) == 2
    chosen = {names[0].decode(): "proplus", names[1].decode(): "enterprise-e5"}
    summary = client.post(f"{at}licences/", chosen, follow=True)
    assert "DKK\xa030.00" in summary.content.decode()
    assert b"1 employee has none yet" in summary.content
    after = client.post(f"{at}employees/invite/", follow=True)
    assert b"1 employee is invited" in after.content
    assert b"1 is invited and has not chosen a password yet." in client.get(f"{at}order/confirm/").content


def test_a_licence_cannot_be_slipped_to_another_customers_employee(cast: Cast) -> None:
    stig = cast.stig.employee
    assert stig is not None
    browser(cast.jonas).post(f"{base(cast.bixen)}licences/", {f"licence-{stig.public_id}": "k1"})
    with tenant(cast.olga.actor):
        from billing.models import EmployeeLicence

        assert not EmployeeLicence.objects.visible_to(cast.olga.actor).exists()


def test_a_confirmed_stage_says_who_and_when_and_is_reopened(cast: Cast) -> None:
    ordered(cast, StageName.CONTACTS)
    client, at = browser(cast.jonas), base(cast.bixen)
    assert b"Confirmed by Jonas Holm" in client.get(f"{at}contacts/").content
    assert client.post(f"{at}contacts/reopen/")["Location"] == f"{at}contacts/"
    assert b"Go on although" in client.get(f"{at}contacts/").content
    assert client.post(f"{at}nowhere/reopen/").status_code == 404


@pytest.mark.parametrize("language", ["da", "en", "sv"])
def test_the_mail_to_employees_is_a_draft_in_each_language(cast: Cast, language: str) -> None:
    ordered(cast)
    client = browser(cast.jonas)
    draft = client.get(f"{base(cast.bixen)}contacts/mail/{language}.eml")
    message = message_from_bytes(draft.content, policy=policy.default)
    assert message["X-Unsent"] == "1"
    assert "IT-bixen ApS" in message["Subject"]
    text = client.get(f"{base(cast.bixen)}contacts/mail/{language}.txt").content.decode()
    assert message.get_body().get_content().strip() in text.replace("\r\n", "\n")
    assert client.get(f"{base(cast.bixen)}contacts/mail/de.txt").status_code == 404


def test_a_company_with_a_line_break_in_its_name_adds_no_header(cast: Cast) -> None:
    ordered(cast)
    with tenant(cast.jonas.actor):
        Customer.objects.visible_to(cast.jonas.actor).filter(pk=cast.bixen.pk).update(
            name="IT-bixen\r\nBcc: everybody@example.com"
        )
    draft = browser(cast.jonas).get(f"{base(cast.bixen)}contacts/mail/en.eml")
    message = message_from_bytes(draft.content, policy=policy.default)
    assert message["Bcc"] is None
    assert message["Subject"].endswith("at IT-bixen everybody example. com")


def test_a_renewal_that_stopped_says_why_also_when_all_is_done(cast: Cast) -> None:
    ordered(cast, StageName.CONTACTS, StageName.DEACTIVATION)
    at = clock.now()
    with tenant(cast.jonas.actor):
        Setup.objects.visible_to(cast.jonas.actor).update(dns_verified_at=at, live_at=at)
        setup.confirm_stage(actor=cast.jonas.actor, customer=cast.bixen, stage=StageName.DONE, at=at)
        Certificate(
            customer=cast.bixen,
            setup=Setup.objects.visible_to(cast.jonas.actor).get(),
            names=["sip.it-bixen.dk"],
            step_at=at,
            fault={"code": "dns_moved", "params": {"name": "sip.it-bixen.dk"}, "permanent": True},
        ).save()
    answer = browser(cast.jonas).get(base(cast.bixen), follow=True)
    shown = answer.content.decode()
    assert answer.redirect_chain[-1][0] == f"{base(cast.bixen)}users/"
    assert "The certificate is in use, but not renewed" in shown
    assert "sip.it-bixen.dk is gone from the DNS" in shown
    assert f'href="{base(cast.bixen)}dns/"' in shown


def test_a_new_customer_leads_to_the_prices_and_then_to_its_employees(cast: Cast) -> None:
    client = browser(cast.jonas)
    form = {"name": "Nordlys Tele ApS", "cvr": "", "is_own_company": "on"}
    answer = client.post("/admin/customers/new/", form)
    assert re.fullmatch(r"/admin/customers/[-0-9a-f]{36}/skype/", answer["Location"])
    prices = client.get(answer["Location"]).content.decode()
    assert "What it costs" in prices
    assert f'href="{answer["Location"]}employees/"' in prices
    assert b"own company" not in client.get("/admin/customers/new/").content
    bad = client.post("/admin/customers/new/", {"name": "X", "cvr": "12345678"})
    assert b"not a CVR number" in bad.content


@pytest.mark.parametrize("is_draft", [True, False])
@pytest.mark.parametrize("path", [path for path in PAGES if "mail" not in path])
def test_a_page_takes_few_queries_and_no_more_for_many(cast: Cast, path: str, is_draft: bool) -> None:
    if is_draft:
        with tenant(cast.jonas.actor):
            Order(customer=cast.bixen, domain="it-bixen.dk", created_by="x").save()
    else:
        ordered(cast, StageName.CONTACTS, StageName.DEACTIVATION)
    client = browser(cast.jonas)
    counts = []
    for number in (0, 300):
        with tenant(Actor.platform(doing="test")):
            Employee.objects.bulk_create(
                Employee(customer=cast.bixen, name=f"Nr {i}", email=f"n{i}@it-bixen.dk")
                for i in range(number)
            )
        with CaptureQueriesContext(connection) as queries:
            client.get(base(cast.bixen) + path)
        said = [q["sql"] for q in queries if not re.match(r"SAVEPOINT|RELEASE|BEGIN|COMMIT", q["sql"])]
        counts.append(len([sql for sql in said if "django_session" not in sql]))
    assert counts[0] == counts[1], counts
    assert counts[0] <= 6, counts
