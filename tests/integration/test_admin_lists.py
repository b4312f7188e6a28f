"""The lists of the admin area: what they show, to whom, and at what cost."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import services as billing
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import admit, tenant
from myfone.tenancy.models import Customer, Employee
from tests.cast import Cast, signed_in

AT = dt.datetime(2026, 11, 12, 9, 0, tzinfo=dt.UTC)
LISTS = (
    "tenancy/customer",
    "tenancy/employee",
    "billing/employeelicence",
    "billing/activation",
    "provisioning/order",
    "provisioning/setup",
)


def text_of(answer) -> str:
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_the_licences_are_listed_with_what_each_user_costs(cast: Cast) -> None:
    actor = cast.jonas.actor
    assert cast.mette.employee is not None
    assert cast.line.employee is not None
    with tenant(actor):
        billing.report_licences(
            actor=actor,
            customer=cast.bixen,
            licences={cast.mette.employee.pk: "business-premium", cast.line.employee.pk: "enterprise-e3"},
            at=AT,
        )
    shown = text_of(signed_in(cast.jonas).get("/admin/tenancy/employee/?q=it-bixen"))
    assert "Line Mark line@it-bixen.dk IT-bixen ApS – Enterprise E3 Inkluderet" in shown
    assert re.search(r"Mette Hansen mette@it-bixen.dk IT-bixen ApS – Business Premium 30\s?kr\.", shown)


@pytest.mark.parametrize("path", LISTS)
def test_filters_name_own_customers_alone(cast: Cast, path: str) -> None:
    for person, own, foreign in (
        (cast.jonas, ("IT-bixen ApS", "Havnens Rederi A/S"), ("Fremmed ApS",)),
        # A filter with one choice is none.
        (cast.olga, (), ("IT-bixen ApS", "Havnens Rederi A/S")),
    ):
        shown = text_of(signed_in(person).get(f"/admin/{path}/"))
        assert all(name in shown for name in own)
        assert not any(name in shown for name in foreign)


def test_a_filter_by_a_foreign_customer_finds_nothing(cast: Cast) -> None:
    client = signed_in(cast.jonas)
    shown = text_of(client.get(f"/admin/tenancy/employee/?customer__id__exact={cast.fremmed.pk}"))
    assert "Stig Fremmed" not in shown


@pytest.mark.parametrize(
    ("value", "names"), [("none", {"IT-bixen ApS", "Havnens Rederi A/S"}), ("begun", set()), ("live", set())]
)
def test_customers_are_told_apart_by_progress(cast: Cast, value: str, names: set[str]) -> None:
    shown = text_of(signed_in(cast.jonas).get(f"/admin/tenancy/customer/?skype={value}"))
    assert {name for name in ("IT-bixen ApS", "Havnens Rederi A/S") if name in shown} == names


@pytest.mark.parametrize("path", ["billing/price", "billing/licencetype"])
def test_prices_are_the_providers(cast: Cast, path: str) -> None:
    assert signed_in(cast.jonas).get(f"/admin/{path}/").status_code == 403
    assert signed_in(cast.jonas).post(f"/admin/{path}/add/", {}).status_code == 403
    assert signed_in(cast.provider).get(f"/admin/{path}/").status_code == 200


def test_a_reseller_does_not_move_a_customer_back_to_the_old_plan(cast: Cast) -> None:
    path = f"/admin/tenancy/customer/{cast.bixen.pk}/change/"
    values = {"name": "IT-bixen A/S", "cvr": "", "price_plan": "old"}
    assert signed_in(cast.jonas).post(path, values).status_code == 302
    cast.bixen.refresh_from_db()
    assert (cast.bixen.name, cast.bixen.price_plan) == ("IT-bixen A/S", "new")


@pytest.mark.parametrize("path", ["", *(f"{path}/" for path in LISTS)])
def test_a_list_takes_the_same_queries_for_many(cast: Cast, path: str) -> None:
    client, counts = signed_in(cast.jonas), []
    for number in (0, 120):
        with tenant(Actor.platform(doing="test")):
            customers = Customer.objects.bulk_create(
                Customer(reseller=cast.nordlys, name=f"Kunde {i}") for i in range(number)
            )
            for customer in customers:
                admit(customer.pk)
            Employee.objects.bulk_create(
                Employee(customer=customer, name="Nr 1", email="n1@kunde.dk") for customer in customers
            )
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/admin/{path}")
        said = [q["sql"] for q in queries if not re.match(r"SAVEPOINT|RELEASE|BEGIN|COMMIT", q["sql"])]
        counts.append(len([sql for sql in said if "django_session" not in sql]))
    assert counts[0] == counts[1], counts
    assert counts[0] <= 7, counts


def test_every_choice_of_a_filter_has_words(cast: Cast) -> None:
    for place in LISTS:
        page = signed_in(cast.jonas).get(f"/admin/{place}/").content.decode()
        links = re.findall(r'<a ([^>]*href="[?][^"]*"[^>]*)>(.*?)</a>', page, re.S)
        silent = [of for of, said in links if "title=" not in of and not re.sub(r"<[^>]+>", "", said).strip()]
        assert silent == [], place


def test_from_the_first_page_a_customers_telephony_is_one_click_away(cast: Cast) -> None:
    page = signed_in(cast.jonas).get("/admin/")
    assert f'href="/admin/customers/{cast.bixen.public_id}/numbers/"' in page.content.decode()


def test_a_reseller_who_may_not_keeps_the_menu_and_is_not_sent_to_himself(cast: Cast) -> None:
    refused = signed_in(cast.jonas).get("/admin/telephony/trunk/", headers={"accept-language": "en"})
    assert refused.status_code == 403
    page = refused.content.decode()
    assert "Only the provider does this" in page
    assert "your reseller" not in page
    assert 'href="/admin/"' in page
