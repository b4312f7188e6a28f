"""The reseller mends the list of a customer's employees: numbers, administrators, and who is to go."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import services as billing
from billing.models import Activation, EmployeeLicence
from myfone.accounts.models import Membership, User
from myfone.kernel import clock
from myfone.kernel.models import Job, OutboxMail
from myfone.kernel.outbox import render
from myfone.tenancy.actor import Role
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee
from provisioning.services import staffing
from telephony.models import Extension, Phone
from telephony.services import phones
from tests.cast import Cast, signed_in
from tests.certificates import Outside, stand_ins
from tests.endings import in_use


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    return stand_ins(tmp_path, "it-bixen.dk").use(monkeypatch)


def at_page(cast: Cast, employee: Employee | None) -> str:
    assert employee is not None
    return f"/admin/customers/{employee.customer.public_id}/skype/employees/{employee.public_id}/"


def listed(cast: Cast) -> str:
    return f"/admin/customers/{cast.bixen.public_id}/skype/employees/"


def words(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_what_is_wrong_with_new_employees_is_said_in_one_go(cast: Cast) -> None:
    client, at = signed_in(cast.jonas), listed(cast)
    rows = {"new-TOTAL_FORMS": "3", "new-INITIAL_FORMS": "0"}
    rows |= {"new-0-name": "Anna", "new-0-email": "anna@havnens.dk", "new-0-number": "301"}
    rows |= {"new-1-name": "Bo", "new-1-email": "Anna@havnens.dk", "new-1-number": "301"}
    text = client.post(at, rows).content.decode()
    assert text.count("En linje ovenfor har også denne e-mail.") == 1
    assert text.count("En linje ovenfor har også dette lokalnummer.") == 1
    assert "i brug hos kunden" not in text
    text = client.post(at, rows | {"new-2-name": "Carl", "new-2-number": "3"}).content.decode()
    assert "2 til 8 cifre" in text
    assert "En linje ovenfor har også denne e-mail." in text


def test_an_administrator_is_appointed_and_taken_back(cast: Cast) -> None:
    page, browser = at_page(cast, cast.mette.employee), signed_in(cast.jonas)
    assert "En medarbejder som de andre" in words(browser.get(page))
    assert "Vælg, hvad der skal ske" in words(browser.post(page, follow=True))
    assert Membership.objects.get(user=cast.mette.user).role == Role.EMPLOYEE
    for said in ("er virksomhedens administrator fra nu af", "er allerede virksomhedens administrator"):
        text = words(browser.post(page, {"appoint": "1"}, follow=True))
        assert "Administrerer virksomheden" in text
        assert said in text
    assert Membership.objects.get(user=cast.mette.user).role == Role.CUSTOMER_ADMINISTRATOR
    with tenant(cast.sara.actor):
        (mail,) = OutboxMail.objects.filter(template="administrator")
    assert mail.recipient == cast.mette.user.email
    assert "gjort dig til administrator" in str(render(mail).body)
    assert signed_in(cast.mette).get("/company/skype-for-business/").status_code == 200
    assert "Administrator" in words(browser.get(listed(cast)))
    browser.post(page, {"dismiss": "1"})
    assert signed_in(cast.mette).get("/company/skype-for-business/").status_code == 404


def test_who_has_no_user_is_invited_alone_when_appointed(cast: Cast) -> None:
    with tenant(cast.jonas.actor):
        new, other = (
            Employee(customer=cast.havnen, name=name, email=f"{name.lower()}@havnens.dk")
            for name in ("Anna", "Bo")
        )
        new.save()
        other.save()
    for _ in range(2):
        answer = signed_in(cast.jonas).post(at_page(cast, new), {"appoint": "1"}, follow=True)
        assert "Anna er inviteret og er virksomhedens administrator, når" in words(answer)
    assert Membership.objects.get(employee=new).role == Role.CUSTOMER_ADMINISTRATOR
    assert not Membership.objects.filter(employee=other).exists()
    assert Job.objects.filter(kind="accounts.invitations").count() == 1


def test_who_signs_in_elsewhere_is_one_when_they_accept(cast: Cast) -> None:
    with tenant(cast.jonas.actor):
        new = Employee(customer=cast.havnen, name="Stig", email="stig@fremmed.dk")
        new.save()
    # The answer is the same as for everybody else: it does not tell who uses Myfone elsewhere.
    for _ in range(2):
        answer = signed_in(cast.jonas).post(at_page(cast, new), {"appoint": "1"}, follow=True)
        assert "Administrerer virksomheden" in words(answer)
        assert "Stig er inviteret og er virksomhedens administrator, når" in words(answer)
    assert Membership.objects.get(user=cast.stig.user).employee_id == cast.stig.actor.employee_id
    assert cast.stig.employee is not None
    with tenant(cast.stig.actor):
        cast.stig.employee.ended_at = clock.now()
        cast.stig.employee.save()
    with tenant(cast.jonas.actor):
        mail = OutboxMail.objects.filter(template="join").get()
    link = re.search(r"/account/join/\S+", str(render(mail).body))
    assert link
    signed_in(cast.stig).post(link[0])
    now = Membership.objects.get(user=cast.stig.user)
    assert (now.employee_id, now.role) == (new.pk, Role.CUSTOMER_ADMINISTRATOR)


def test_a_local_number_is_changed_and_my_number_with_it(live_cast: Cast, outside: Outside) -> None:
    in_use(live_cast)
    mette, page, browser = (
        live_cast.mette.employee,
        at_page(live_cast, live_cast.mette.employee),
        signed_in(live_cast.jonas),
    )
    actor = live_cast.jonas.actor
    with tenant(actor):
        before = Phone.objects.visible_to(actor).get(employee=mette, kind="skype").line_identity
        Extension(customer=live_cast.bixen, employee=live_cast.line.employee, number="999").save()
    for number, says in (("999", "i brug hos kunden"), ("112", "brug for hjælp"), ("7", "2 til 8 cifre")):
        assert says in words(browser.post(page, {"number": number}))
    assert browser.post(page, {"number": "777"}).status_code == 302
    with tenant(actor):
        (extension,) = Extension.objects.visible_to(actor).filter(employee=mette)
        phone = Phone.objects.visible_to(actor).get(employee=mette, kind="skype")
    assert extension.number == "777"
    assert phone.line_identity.endswith("777")
    assert phone.line_identity != before


def test_who_is_removed_leaves_no_phone_number_name_or_fee(live_cast: Cast, outside: Outside) -> None:
    in_use(live_cast)
    mette, browser = live_cast.mette.employee, signed_in(live_cast.jonas)
    page = at_page(live_cast, mette)
    actor = live_cast.jonas.actor
    assert mette is not None
    with tenant(actor):
        extension = Extension.objects.visible_to(actor).get(employee=mette)
        phones.add_ddi(actor=actor, extension=extension, number="+4569142424")
        billing.report_licences(
            actor=actor, customer=live_cast.bixen, licences={mette.pk: "k1"}, at=clock.now()
        )
    asked = words(browser.get(f"{page}remove/"))
    assert "Skype-kontoen mette@it-bixen.dk lukkes" in asked
    assert browser.post(f"{page}remove/", {"confirmed": "1"}).status_code == 302
    assert browser.get(page).status_code == 404
    assert browser.post(f"{page}remove/", {"confirmed": "1"}).status_code == 404
    with tenant(actor):
        gone = Employee.objects.visible_to(actor).get(pk=mette.pk)
        assert (gone.name, gone.email) == (staffing.NAMELESS, "")
        assert gone.ended_at is not None
        assert not Phone.objects.visible_to(actor).filter(employee=mette, ended_at=None).exists()
        assert not Extension.objects.visible_to(actor).filter(employee=mette).exists()
        assert not EmployeeLicence.objects.visible_to(actor).filter(employee=mette, ended_at=None).exists()
        assert not Activation.objects.visible_to(actor).filter(employee=mette, deactivated_at=None).exists()
    assert User.objects.filter(pk=live_cast.mette.user.pk).exists()
    assert signed_in(live_cast.mette).get("/settings/skype-for-business/").status_code == 404


def test_an_invited_employee_who_is_removed_takes_the_unused_user_along(cast: Cast) -> None:
    with tenant(cast.jonas.actor):
        new = Employee(customer=cast.havnen, name="Anna", email="anna@havnens.dk")
        new.save()
    browser = signed_in(cast.jonas)
    browser.post(at_page(cast, new), {"appoint": "1"})
    assert User.objects.filter(email="anna@havnens.dk").exists()
    browser.post(f"{at_page(cast, new)}remove/")
    assert User.objects.filter(email="anna@havnens.dk").exists()
    browser.post(f"{at_page(cast, new)}remove/", {"confirmed": "1"})
    assert not User.objects.filter(email="anna@havnens.dk").exists()


def test_an_employee_of_another_customer_is_none_here(cast: Cast) -> None:
    assert cast.freja.employee is not None
    base = f"/admin/customers/{cast.bixen.public_id}/skype/employees/"
    for browser in (signed_in(cast.jonas), signed_in(cast.olga)):
        assert browser.get(f"{base}{cast.freja.employee.public_id}/").status_code == 404
        assert browser.post(f"{base}{cast.freja.employee.public_id}/remove/").status_code == 404
    assert signed_in(cast.sara).get(at_page(cast, cast.mette.employee)).status_code == 404


def test_the_page_takes_few_queries(cast: Cast) -> None:
    browser = signed_in(cast.jonas)
    page = at_page(cast, cast.mette.employee)
    for address in (page, f"{page}remove/", listed(cast)):
        browser.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(address, follow=True).status_code == 200
        assert len([query for query in seen if "SAVEPOINT" not in query["sql"]]) <= 6


def test_the_administrator_reads_who_mends_a_licence(cast: Cast) -> None:
    page = words(signed_in(cast.sara).get("/company/skype-for-business/"))
    assert "Licenserne indberettes af jeres forhandler, Nordlys Tele" in page
