"""The pages on which licences are reported: for one, for all, from a file, for a company of a thousand."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing import selectors, services
from billing.rules import NO_SKYPE
from myfone.kernel import clock
from myfone.kernel.models import AuditEntry
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee
from provisioning.models import LicenceMode, Order, Setup
from tests.cast import Cast, signed_in
from tests.endings import ordered


@pytest.fixture
def browser(cast: Cast) -> Client:
    return signed_in(cast.jonas)


def address(cast: Cast, more: str = "") -> str:
    return f"/admin/customers/{cast.bixen.public_id}/skype/licences/{more}"


def many(cast: Cast, number: int) -> None:
    with tenant(cast.jonas.actor):
        Employee.objects.bulk_create(
            Employee(customer=cast.bixen, name=f"Nr {i:04}", email=f"nr{i}@it-bixen.dk")
            for i in range(number)
        )


def by_licence(cast: Cast) -> dict[str | None, int]:
    with tenant(cast.jonas.actor):
        return selectors.users_by_licence(actor=cast.jonas.actor, customer_id=cast.bixen.pk)


def upload(browser: Client, cast: Cast, data: bytes) -> str:
    file = SimpleUploadedFile("licenser.csv", data, content_type="text/csv")
    return browser.post(address(cast, "import/"), {"file": file}).content.decode()


def test_a_company_of_a_thousand_costs_no_more_queries(cast: Cast, browser: Client) -> None:
    browser.get(address(cast))
    counts = []
    for number in (0, 1000):
        many(cast, number)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address(cast)).status_code == 200
        counts.append([q["sql"] for q in queries])
    assert len(counts[0]) == len(counts[1]), counts
    assert len(counts[0]) <= 12
    assert "1–50 af 1004" in browser.get(address(cast)).content.decode()
    found = browser.get(address(cast, "?q=nr 0999&show=without")).content.decode()
    assert "nr999@it-bixen.dk" in found
    assert "nr998@it-bixen.dk" not in found
    assert "Ingen fundet" in browser.get(address(cast, "?q=nobody")).content.decode()
    second = browser.get(address(cast, "?q=nr&page=2")).content.decode()
    assert "q=nr&amp;page=3" in second


def test_one_licence_for_those_without_and_for_all(cast: Cast, browser: Client) -> None:
    mette = cast.mette.employee.public_id  # type: ignore[union-attr]
    browser.post(address(cast), {f"licence-{mette}": "enterprise-e3"})
    assert by_licence(cast) == {None: 3, "enterprise-e3": 1}
    browser.post(address(cast, "all/"), {"licence": "k1", "whom": "missing"})
    assert by_licence(cast) == {"k1": 3, "enterprise-e3": 1}
    browser.post(address(cast, "all/"), {"licence": "business-premium", "whom": "all"})
    assert by_licence(cast) == {"business-premium": 4}
    for bad in ("", "findes-ikke"):
        assert browser.post(address(cast, "all/"), {"licence": bad, "whom": "all"}).status_code == 302
    assert by_licence(cast) == {"business-premium": 4}


def test_the_price_follows_what_is_chosen_before_it_is_saved(cast: Cast, browser: Client) -> None:
    mette, line = (who.employee.public_id for who in (cast.mette, cast.line))  # type: ignore[union-attr]
    chosen = {f"licence-{mette}": "k1", f"licence-{line}": "enterprise-e5", "licence-nobody": "k1"}
    shown = browser.get(address(cast, "price/"), chosen).content.decode()
    assert "30,00\xa0kr. om måneden" in shown
    assert "Enterprise: 1 medarbejder" in shown
    assert "2 uden licens" in shown
    assert by_licence(cast) == {None: 4}


def test_an_order_of_one_licence_for_all_says_so_no_more(cast: Cast, browser: Client) -> None:
    ordered(cast)
    mette = cast.mette.employee.public_id  # type: ignore[union-attr]
    browser.post(address(cast), {f"licence-{mette}": "business-premium"})
    with tenant(cast.jonas.actor):
        rows = Order.objects.visible_to(cast.jonas.actor)
        assert rows.get().licence_mode == LicenceMode.ONE_FOR_ALL
        browser.post(address(cast), {f"licence-{mette}": "enterprise-e3"})
        order = rows.get()
        assert (order.licence_mode, order.licence_type_id) == (LicenceMode.PER_EMPLOYEE, None)
        assert AuditEntry.objects.filter(action="order.licences_mixed").count() == 1


def test_a_file_is_shown_first_and_changes_nothing_before_it_is_confirmed(
    cast: Cast, browser: Client
) -> None:
    text = (
        "Navn;E-mail;Licens\r\nMette;mette@it-bixen.dk;E3\r\n"
        "X;ukendt@it-bixen.dk;E3\r\nL;line@it-bixen.dk;Busines Premum\r\n"
    )
    shown = upload(browser, cast, text.encode("latin-1"))
    assert by_licence(cast) == {None: 4}
    assert "1 licens ændres" in shown
    assert "ukendt@it-bixen.dk" in shown
    assert "Mente du Business Premium?" in shown
    done = browser.post(address(cast, "import/"), {"text": text, "confirm": "1"})
    assert done.status_code == 302
    assert by_licence(cast) == {None: 3, "enterprise-e3": 1}
    with tenant(cast.jonas.actor):
        assert AuditEntry.objects.filter(action="licence.reported").count() == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Filen er tom"),
        (b"PK\x03\x04", "arbejdsbog"),
        (b"a;b\n1;2\n", "skal navngive kolonnerne"),
        (b'E-mail;Licens\n"' + b"x" * 200_000, "kan ikke læses"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(
    cast: Cast, browser: Client, data: bytes, said: str
) -> None:
    assert said in upload(browser, cast, data)


def test_five_thousand_lines_are_read_and_reported(live_cast: Cast) -> None:
    cast, browser = live_cast, signed_in(live_cast.jonas)
    many(cast, 5000)
    # What the database's own housekeeping does within a minute.
    connections["migrator"].cursor().execute("ANALYZE tenancy_employee")
    lines = "".join(f"Nr;nr{i}@it-bixen.dk;{'E3' if i % 2 else 'Business Premium'}\r\n" for i in range(5000))
    text = "Navn;E-mail;Licens\r\n" + lines
    assert "5000 licenser ændres" in upload(browser, cast, text.encode("utf-8-sig"))
    assert browser.post(address(cast, "import/"), {"text": text, "confirm": "1"}).status_code == 302
    assert by_licence(cast) == {None: 4, "enterprise-e3": 2500, "business-premium": 2500}


def test_the_exported_list_holds_no_formula(cast: Cast, browser: Client) -> None:
    with tenant(cast.jonas.actor):
        Employee(customer=cast.bixen, name='=HYPERLINK("x")', email="x@it-bixen.dk").save()
    found = browser.get(address(cast, "export.csv"))
    assert found["Content-Type"].startswith("text/csv")
    content = found.content.decode("utf-8-sig")
    assert content.splitlines()[0] == "Navn;E-mail;Licens;Siden;Pr. måned"
    assert "'=HYPERLINK" in content
    assert "0 licenser ændres" in upload(browser, cast, found.content)
    assert "Stig" not in content


def test_some_are_to_have_no_skype_and_the_order_can_be_confirmed(cast: Cast, browser: Client) -> None:
    orders = f"/admin/customers/{cast.bixen.public_id}/skype/"
    browser.post(
        f"{orders}order/", {"domain": "it-bixen.dk", "had_skype": "yes", "licence_mode": "per_employee"}
    )
    mette, line, peter, sara = (
        who.employee.public_id  # type: ignore[union-attr]
        for who in (cast.mette, cast.line, cast.peter, cast.sara)
    )
    chosen = {f"licence-{one}": "business-premium" for one in (mette, line)}
    browser.post(address(cast), chosen | {f"licence-{peter}": NO_SKYPE})
    assert "1 medarbejder har ingen licens endnu" in browser.get(f"{orders}order/confirm/").content.decode()
    assert by_licence(cast) == {"business-premium": 2, NO_SKYPE: 1, None: 1}
    browser.post(address(cast, "all/"), {"licence": NO_SKYPE, "whom": "missing"})
    assert "har ingen licens endnu" not in browser.get(f"{orders}order/confirm/").content.decode()
    browser.post(f"{orders}price-plan/", {})
    for one in ("office365", "no_on_premise"):
        browser.post(f"{orders}order/declare/", {"precondition": one})
    browser.post(f"{orders}order/confirm/", {"price": "60.00"})
    with tenant(cast.jonas.actor):
        assert Setup.objects.visible_to(cast.jonas.actor).filter(domain="it-bixen.dk").exists()
    # Who has none is asked of nothing, and told so; the choice can be taken back.
    page = signed_in(cast.peter).get("/settings/skype-for-business/").content.decode()
    assert "Skype for Business er ikke bestilt til dig" in page
    assert "peter@it-bixen.dk" not in browser.get(f"{orders}contacts/").content.decode()
    assert "Peter Kold" not in browser.get(f"{orders}users/").content.decode()
    browser.post(address(cast), {f"licence-{sara}": "enterprise-e3"})
    browser.post(address(cast, "all/"), {"licence": "k1", "whom": "without"})
    assert by_licence(cast) == {"business-premium": 2, "enterprise-e3": 1, "k1": 1}


def test_a_file_says_who_is_to_have_no_skype_and_refuses_the_connected(cast: Cast, browser: Client) -> None:
    mette = cast.mette.employee
    assert mette is not None
    with tenant(cast.mette.actor):
        services.activate(actor=cast.mette.actor, employee=mette, at=clock.now())
    text = (
        "E-mail;Licens\r\nmette@it-bixen.dk;Skal ikke have Skype\r\nline@it-bixen.dk;Skal ikke have Skype\r\n"
    )
    shown = upload(browser, cast, text.encode())
    assert "er forbundet med Skype for Business" in shown
    browser.post(address(cast, "import/"), {"text": text, "confirm": "1"})
    assert by_licence(cast) == {NO_SKYPE: 1, None: 3}
    browser.post(address(cast, "all/"), {"licence": NO_SKYPE, "whom": "all"})
    assert by_licence(cast) == {NO_SKYPE: 1, None: 3}
    assert (
        "line@it-bixen.dk;Skal ikke have Skype" in browser.get(address(cast, "export.csv")).content.decode()
    )


def test_an_unknown_licence_in_a_file_leads_to_the_catalogue(cast: Cast) -> None:
    browser = signed_in(cast.jonas)
    path = f"/admin/customers/{cast.bixen.public_id}/skype/licences/import/"
    page = browser.post(path, {"text": "E-mail;Licens\nmette@it-bixen.dk;Guld"}).content.decode()
    assert 'href="#catalogue"' in page
    assert 'id="catalogue"' in page
    assert "Business Premium" in page
