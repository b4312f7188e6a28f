"""The list of employees with licence and state (G9): filters, reminders, exports; for one company and for all."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.models import EmployeeLicence, LicenceType
from myfone.accounts.models import Membership, User
from myfone.kernel import clock, jobs, sheets
from myfone.kernel.models import Job, OutboxMail
from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Department, Employee
from provisioning.models import Order, Reminder, Setup
from provisioning.rules.people import PersonState
from telephony.models import Phone, PhoneKind, SipDomain
from tests.cast import Cast, signed_in

COMPANY = "/company/skype-for-business/"
STAFF = "/admin/skype-for-business/employees/"


@pytest.fixture
def bixen(cast: Cast) -> Cast:
    """Mette is connected, Sara, Peter and Line are not, Nadia is invited, Olaf has no user."""
    at = clock.now() - dt.timedelta(days=1)
    with tenant(Actor.platform(doing="test")):
        domain = SipDomain(customer=cast.bixen, name="it-bixen.dk")
        domain.save()
        order = Order(customer=cast.bixen, domain="it-bixen.dk", created_by="test", confirmed_at=at)
        order.save()
        Setup(customer=cast.bixen, order=order, domain="it-bixen.dk", sip_domain=domain, live_at=at).save()
        Phone(
            customer=cast.bixen,
            employee=cast.mette.employee,
            kind=PhoneKind.SKYPE,
            sip_domain=domain,
            username="mh",
            line_identity="811201",
        ).save()
        for name, title in (("Nadia Ny", "Salg"), ("Olaf Uden", "=2+3")):
            department = Department(customer=cast.bixen, name=title)
            department.save()
            Employee(
                customer=cast.bixen,
                name=name,
                email=f"{name.split()[0].lower()}@it-bixen.dk",
                department=department,
            ).save()
        nadia = Employee.objects.visible_to(Actor.platform(doing="test")).get(name="Nadia Ny")
        EmployeeLicence(
            customer=cast.bixen,
            employee=nadia,
            licence_type=LicenceType.objects.get(code="k1"),
            since=at,
            reported_by="test",
        ).save()
    user = User(email="nadia@it-bixen.dk", name="Nadia Ny", language="en")
    user.set_unusable_password()
    user.save()
    Membership.objects.create(user=user, role=Role.EMPLOYEE, employee=nadia)
    return cast


def browser(person: Any) -> Client:
    client = signed_in(person)
    client.cookies["language"] = "en"
    return client


def names(response: Any) -> list[str]:
    return [person.name.split()[0] for person in response.context["listed"]]


def states(response: Any) -> dict[str, str]:
    return {person.name.split()[0]: person.state for person in response.context["listed"]}


def test_each_person_shows_how_far_they_are(bixen: Cast) -> None:
    page = browser(bixen.sara).get(COMPANY)
    assert states(page) == {
        "Line": "waiting",
        "Mette": "connected",
        "Nadia": "invited",
        "Olaf": "no_user",
        "Peter": "waiting",
        "Sara": "waiting",
    }
    assert "mh@it-bixen.dk" in page.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=mette", ["Mette"]),
        ("q=MH@it-bixen", ["Mette"]),
        ("q=nadia%40it", ["Nadia"]),
        ("state=waiting", ["Line", "Peter", "Sara"]),
        ("licence=k1", ["Nadia"]),
        ("licence=-&state=no_user", ["Olaf"]),
        ("domain=it-bixen.dk", ["Mette"]),
        ("department=Salg", ["Nadia"]),
        ("state=nonsense", []),
        ("customer=nonsense", []),
        ("q=%00%27%22", []),
        ("page=99", ["Line", "Mette", "Nadia", "Olaf", "Peter", "Sara"]),
    ],
)
def test_the_list_is_narrowed(bixen: Cast, query: str, found: list[str]) -> None:
    assert names(browser(bixen.sara).get(f"{COMPANY}?{query}")) == found


def test_staff_see_their_own_customers_and_a_stranger_nothing_of_them(bixen: Cast) -> None:
    page = browser(bixen.jonas).get(STAFF)
    assert set(names(page)) == {"Sara", "Peter", "Mette", "Line", "Nadia", "Olaf", "Freja"}
    own = f"{STAFF}?customer={bixen.havnen.public_id}"
    assert names(browser(bixen.jonas).get(own)) == ["Freja"]
    assert names(browser(bixen.olga).get(own)) == []
    assert names(browser(bixen.stig).get(COMPANY)) == ["Stig"]
    assert browser(bixen.mette).get(COMPANY).status_code == 404


def test_all_who_wait_are_reminded_once_a_day(bixen: Cast) -> None:
    sara = browser(bixen.sara)
    page = sara.post(f"{COMPANY}remind/", {"all": "1"}, follow=True)
    assert "4 mails are on their way." in page.content.decode()
    run_reminders()
    assert sent(bixen) == {
        "nadia@it-bixen.dk": "invitation",
        "line@it-bixen.dk": "skype_waiting",
        "peter@it-bixen.dk": "skype_waiting",
        "sara@it-bixen.dk": "skype_waiting",
    }
    page = sara.post(f"{COMPANY}remind/", {"all": "1"}, follow=True)
    assert "4 were reminded today already" in page.content.decode()
    run_reminders()
    assert len(sent(bixen)) == 4
    yesterday(bixen)
    with tenant(bixen.sara.actor):
        OutboxMail.objects.all().delete()
    sara.post(f"{COMPANY}remind/", {"all": "1", "state": "invited"})
    # Of the state that the list is narrowed to; the invited one gets a link that works again.
    run_reminders()
    assert set(sent(bixen)) >= {"nadia@it-bixen.dk"}


def run_reminders() -> None:
    for job in Job.objects.filter(kind="provisioning.reminders", done_at=None):
        jobs.run(job.pk)


def sent(cast: Cast) -> dict[str, str]:
    with tenant(cast.sara.actor):
        return dict(OutboxMail.objects.values_list("recipient", "template"))


def yesterday(cast: Cast) -> None:
    with tenant(cast.sara.actor):
        for one in Reminder.objects.visible_to(cast.sara.actor):
            one.sent_on -= dt.timedelta(days=1)
            one.save()


def test_the_chosen_alone_are_reminded_and_no_foreign_one(bixen: Cast) -> None:
    assert bixen.line.employee is not None
    assert bixen.stig.employee is not None
    assert bixen.mette.employee is not None
    sara = browser(bixen.sara)
    chosen = [p.employee.public_id for p in (bixen.line, bixen.mette, bixen.stig) if p.employee]
    page = sara.post(f"{COMPANY}remind/", {"person": [*chosen, "nonsense"]}, follow=True)
    assert "1 mail is on its way." in page.content.decode()
    run_reminders()
    assert sent(bixen) == {"line@it-bixen.dk": "skype_waiting"}
    page = sara.post(f"{COMPANY}remind/", follow=True)
    assert "Choose whom to remind" in page.content.decode()
    # Staff never write to everybody at once.
    page = browser(bixen.jonas).post(f"{STAFF}remind/", {"all": "1"}, follow=True)
    assert "Choose whom to remind" in page.content.decode()


def test_before_the_domain_is_in_use_only_invitations_go_out(bixen: Cast) -> None:
    with tenant(bixen.sara.actor):
        for setup in Setup.objects.visible_to(bixen.sara.actor):
            setup.live_at = None
            setup.save()
    page = browser(bixen.sara).post(f"{COMPANY}remind/", {"all": "1"}, follow=True).content.decode()
    assert "1 mail is on its way." in page
    assert "3 cannot connect yet" in page


def test_a_company_without_skype_is_not_asked_to_remind_those_who_cannot_connect(cast: Cast) -> None:
    page = signed_in(cast.sara).get("/company/skype-for-business/", headers={"accept-language": "en"})
    assert page.status_code == 200
    assert not page.context["is_open"]
    assert not any(one.can_be_reminded for one in page.context["listed"] if one.state == PersonState.WAITING)


def test_the_list_is_exported_and_nothing_in_it_is_a_formula(bixen: Cast) -> None:
    answer = browser(bixen.sara).get(f"{COMPANY}employees.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [row["Name"].split()[0] for row in rows] == ["Line", "Mette", "Nadia", "Olaf", "Peter", "Sara"]
    assert rows[1]["Skype user"] == "mh@it-bixen.dk"
    assert rows[2]["Licence"] == "K1"
    assert rows[2]["Price a month, DKK"] == "30.00"
    assert rows[3]["Department"] == "'=2+3"
    book = browser(bixen.jonas).get(f"{STAFF[:-1]}.xlsx?customer={bixen.bixen.public_id}")
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "=2+3" in parts.read("xl/sharedStrings.xml").decode()
    assert browser(bixen.sara).get(f"{COMPANY}employees.pdf").status_code == 404
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kernel_auditentry WHERE action = 'employees.exported'")


@pytest.mark.parametrize("text", ["=1+1", "+4512", "-5", "@SUM(A1)", "\tx", "\rx"])
def test_a_text_that_begins_like_a_formula_is_kept_as_text(text: str) -> None:
    assert f"'{text.strip(chr(13))}" in sheets.as_csv(["a"], [[text]]).decode() or "\r" in text
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(sheets.as_xlsx("s", ["a"], [[text]]))).read(
        "xl/worksheets/sheet1.xml"
    )


def test_the_pages_ask_as_little_for_thousands_as_for_six(bixen: Cast) -> None:
    def asked(person: Any, address: str) -> int:
        client = browser(person)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return sum("SAVEPOINT" not in query["sql"] for query in seen)

    before = [asked(bixen.sara, COMPANY), asked(bixen.jonas, STAFF)]
    assert max(before) <= 6
    with tenant(Actor.platform(doing="test")):
        Employee.objects.bulk_create(
            Employee(customer=bixen.bixen, name=f"N{n}", email=f"n{n}@it-bixen.dk") for n in range(10_000)
        )
    began = clock.now()
    assert [asked(bixen.sara, COMPANY), asked(bixen.jonas, STAFF)] == before
    assert clock.now() - began < dt.timedelta(seconds=15)


def test_the_administrator_says_how_long_a_mailed_password_works(bixen: Cast) -> None:
    sara = browser(bixen.sara)
    assert 'value="7" selected' in sara.get(COMPANY).content.decode()
    for days in ("3", "never"):
        sara.post(f"{COMPANY}passwords/", {"days": days})
        assert f'value="{days}" selected' in sara.get(COMPANY).content.decode()
    for days in ("", "0", "31", "x", "-1"):
        page = sara.post(f"{COMPANY}passwords/", {"days": days}, follow=True)
        assert "Choose between 1 and 30 days." in page.content.decode()
