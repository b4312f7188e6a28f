"""What a company's numbers lead to, as people change it without JavaScript."""

from __future__ import annotations

import re

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from myfone.kernel import clock
from myfone.kernel.models import AuditEntry
from myfone.tenancy.actor import NotAllowed
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee
from telephony.models import Ddi, Extension, Phone, ShownNumber, SipDomain
from telephony.services import numbers as services
from telephony.services import phones, queues
from telephony.services.queues import Draft
from tests.cast import Cast, Person, signed_in

MINE, FREE = "+4570102030", "+4570102031"


@pytest.fixture
def office(cast: Cast) -> Cast:
    """Mette's own number on 203, the queue Support on 240, and a number that leads to nobody."""
    with tenant(cast.sara.actor):
        mette = Extension(customer=cast.bixen, number="203", employee=cast.mette.employee)
        mette.save()
        queues.save_queue(actor=cast.sara.actor, queue=None, draft=Draft("Support", "240"))
        Ddi(customer=cast.bixen, number=MINE, extension=mette).save()
        Ddi(customer=cast.bixen, number=FREE).save()
    return cast


def browser(person: Person) -> Client:
    client = signed_in(person)
    client.cookies["language"] = "en"
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return " ".join(answer.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def ddi(cast: Cast, number: str = MINE) -> Ddi:
    with tenant(cast.sara.actor):
        return Ddi.objects.visible_to(cast.sara.actor).select_related("extension").get(number=number)


def test_a_number_is_led_to_a_queue_after_saying_what_changes(office: Cast) -> None:
    sara, here = browser(office.sara), f"/numbers/{ddi(office).public_id}/"
    assert "+45 70 10 20 30" in page(sara, "/numbers/")
    assert "Rings Mette Hansen&nbsp;· 203" in page(sara, "/numbers/")
    found = page(sara, f"{here}?q=supp")
    assert f"{here}lead/?to=240" in found
    said = page(sara, f"{here}lead/?to=240")
    assert "+45 70 10 20 30 will ring the queue Support instead of Mette Hansen." in said
    assert "Nobody is signed in to Support now" in said
    assert "Mette Hansen has no other direct number" in said
    answer = sara.post(f"{here}lead/", {"to": "240", "seen": "203"})
    assert answer.status_code == 302
    assert ddi(office).extension.number == "240"
    led = page(sara, answer["Location"])
    assert "Rings the queue Support&nbsp;· 240" in led
    # Undone with the button of that page.
    fields = dict(re.findall(r'type="hidden" name="(to|seen)" value="(\d*)"', led))
    assert fields == {"to": "203", "seen": "240"}
    assert sara.post(f"{here}lead/", fields).status_code == 302
    assert ddi(office).extension.number == "203"
    with tenant(office.sara.actor):
        entries = AuditEntry.objects.filter(action="ddi.led")
        assert [entry.details["leads_to"] for entry in entries.order_by("id")] == ["240", "203"]


def test_the_second_of_two_browsers_is_told_and_a_double_click_is_one(office: Cast) -> None:
    sara, here = browser(office.sara), f"/numbers/{ddi(office).public_id}/"
    for _ in range(2):
        assert sara.post(f"{here}lead/", {"to": "240", "seen": "203"}).status_code == 302
    late = sara.post(f"{here}lead/", {"to": "", "seen": "203"})
    assert late.status_code == 409
    said = " ".join(late.content.decode().split())
    assert "Meanwhile somebody led +45 70 10 20 30 to Support." in said
    assert 'name="seen" value="240"' in said
    assert ddi(office).extension.number == "240"


def test_a_number_leads_to_nobody_and_to_nobody_who_has_gone(office: Cast) -> None:
    sara, here = browser(office.sara), f"/numbers/{ddi(office).public_id}/"
    assert "will lead to nobody instead of Mette Hansen" in page(sara, f"{here}lead/?to=")
    sara.post(f"{here}lead/", {"to": "", "seen": "203"})
    assert ddi(office).extension is None
    with tenant(office.sara.actor):
        Employee.objects.visible_to(office.sara.actor).filter(pk=office.mette.employee.pk).update(
            ended_at=clock.now()
        )
        with pytest.raises(services.NobodyThere):
            services.lead(actor=office.sara.actor, ddi=ddi(office), to="203", seen="")
    assert sara.get(f"{here}lead/?to=203").status_code == 302
    assert sara.get(f"{here}lead/?to=999").status_code == 302


def test_employees_and_other_companies_cannot_lead_it(office: Cast) -> None:
    row = ddi(office)
    for person, fault in (
        (office.mette, NotAllowed),
        (office.peter, NotAllowed),
        (office.stig, Ddi.DoesNotExist),
    ):
        with tenant(person.actor), pytest.raises(fault):
            services.lead(actor=person.actor, ddi=row, to="240", seen="203")
    with tenant(office.sara.actor), pytest.raises(NotAllowed):
        services.take_back(actor=office.sara.actor, ddi=row, at=clock.now())
    # Not even to a local number of another company's.
    with tenant(office.jonas.actor):
        Extension(customer=office.havnen, number="301", employee=office.freja.employee).save()
        with pytest.raises(services.NobodyThere):
            services.lead(actor=office.jonas.actor, ddi=row, to="301", seen="203")


def test_search_finds_by_number_name_queue_and_what_leads_nowhere(office: Cast) -> None:
    sara = browser(office.sara)
    for asked, both in (
        ("q=70102031", False),
        ("q=7010 20 30", True),
        ("q=mette", True),
        ("q=203", True),
        ("leads=nobody", False),
        ("leads=employee", True),
    ):
        found = page(sara, f"/numbers/?{asked}")
        assert ("+45 70 10 20 30" in found, "+45 70 10 20 31" in found) == (
            both,
            not both,
        ) or asked == "q=203"
    assert "No number fits" in page(sara, "/numbers/?q=nobody")
    assert "The queue Support" in page(sara, "/numbers/local/")
    assert "Mette Hansen" in page(sara, "/numbers/local/?q=20")
    assert "No direct numbers yet" in page(browser(office.stig), "/numbers/")


def test_who_may_show_a_number_and_which_is_the_main_one(office: Cast) -> None:
    sara, row = browser(office.sara), ddi(office, FREE)
    here, line = f"/numbers/{row.public_id}/", {"employee": office.line.employee.public_id}
    assert "Line Mark" in page(sara, f"{here}?person=line")
    for _ in range(2):
        sara.post(f"{here}shown/", line)
    with tenant(office.sara.actor):
        assert ShownNumber.objects.visible_to(office.sara.actor).get().employee_id == office.line.employee.pk
    sara.post(f"{here}shown/", line | {"do": "remove"})
    assert "Line Mark" not in page(sara, here).partition("Who may show it")[2]
    for number in (MINE, FREE):
        sara.post(f"/numbers/{ddi(office, number).public_id}/main/")
    assert (ddi(office, MINE).is_main, ddi(office, FREE).is_main) == (False, True)


def test_the_reseller_gives_numbers_leads_them_and_takes_them_back(office: Cast) -> None:
    jonas, here = browser(office.jonas), f"/admin/customers/{office.bixen.public_id}/numbers/"
    assert "Give numbers" in page(jonas, here)
    for _ in range(2):
        assert jonas.post(f"{here}give/", {"numbers": "70 10 20 40 - 42", "to": "240"}).status_code == 302
    with tenant(office.sara.actor):
        given = Ddi.objects.visible_to(office.sara.actor).filter(extension__number="240")
        assert [one.number for one in given.order_by("number")] == [f"+457010204{n}" for n in range(3)]
    for text, words in (("Anna", "is no telephone number"), ("70102040\n1", "Nothing was saved")):
        refused = jonas.post(f"{here}give/", {"numbers": text})
        assert refused.status_code == 422
        assert words in refused.content.decode()
    olga = browser(office.olga)
    assert olga.get(here).status_code == 404
    taken = olga.post(
        f"/admin/customers/{office.fremmed.public_id}/numbers/give/", {"numbers": "70102039-70102040"}
    )
    assert "In use already: +45 70 10 20 40" in taken.content.decode()
    row = ddi(office, "+4570102041")
    assert "no longer reach the queue Support" in page(jonas, f"{here}{row.public_id}/end/")
    assert jonas.post(f"{here}{row.public_id}/end/").status_code == 200  # asked, not yet done
    assert jonas.post(f"{here}{row.public_id}/end/", {"confirm": "yes"}).status_code == 302
    assert jonas.get(f"{here}{row.public_id}/").status_code == 404
    given = olga.post(f"/admin/customers/{office.fremmed.public_id}/numbers/give/", {"numbers": "70102041"})
    assert [str(one) for one in get_messages(given.wsgi_request)] == ["1 number is given."]


def test_the_main_number_stays_as_long_as_another_could_be_it(office: Cast) -> None:
    jonas, here = browser(office.jonas), f"/admin/customers/{office.bixen.public_id}/numbers/"
    with tenant(office.sara.actor):
        services.make_main(actor=office.sara.actor, ddi=ddi(office))
    row, other = ddi(office), ddi(office, FREE)
    said = page(jonas, f"{here}{row.public_id}/end/")
    assert "Make another number the main one first" in said
    assert 'name="confirm"' not in said
    refused = jonas.post(f"{here}{row.public_id}/end/", {"confirm": "yes"})
    assert refused.status_code == 422
    assert ddi(office).is_main
    assert jonas.post(f"{here}{other.public_id}/end/", {"confirm": "yes"}).status_code == 302
    # The last one may go: the company leaves.
    assert "call 112" in page(jonas, f"{here}{row.public_id}/end/")
    assert jonas.post(f"{here}{row.public_id}/end/", {"confirm": "yes"}).status_code == 302
    assert ddi(office).ended_at is not None


def test_ten_thousand_numbers_cost_as_many_questions_as_ten(office: Cast) -> None:
    sara = browser(office.sara)

    def questions() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page(sara, "/numbers/?q=70")
        control = ("SAVEPOINT", "RELEASE")
        return len([one for one in asked.captured_queries if not one["sql"].startswith(control)])

    few = questions()
    with tenant(office.sara.actor):
        to = Extension.objects.visible_to(office.sara.actor).get(number="203")
        Ddi.objects.bulk_create(
            Ddi(customer=office.bixen, number=f"+457020{n:04}", extension=to) for n in range(10_000)
        )
    assert questions() == few <= 6, few
    assert "1–50 of 10002" in page(sara, "/numbers/")


def test_an_employee_gets_a_mobile_and_a_desk_phone_and_one_ends(office: Cast) -> None:
    sara = browser(office.sara)
    here = f"/numbers/people/{office.mette.employee.public_id}/"
    assert here in page(sara, "/numbers/local/")
    assert "no domain on the switch yet" in page(sara, here)
    for _ in range(2):
        assert sara.post(here, {"do": "mobile", "number": "20 30 40 50"}).status_code == 302
    for number, words in (("Anna", "is not a telephone number"), ("+46701740605", "own country")):
        refused = sara.post(here, {"do": "mobile", "number": number})
        assert refused.status_code == 422
        assert words in refused.content.decode()
    with tenant(office.sara.actor):
        SipDomain(customer=office.bixen, name="it-bixen.dk").save()
        mobile = Phone.objects.visible_to(office.sara.actor).get()
        assert mobile.number == "+4520304050"
    made = sara.post(here, {"do": "desk", "count": "1"})
    assert "Type this into the phone now" in made.content.decode()
    assert made.context["made"]["username"] == "mette-desk"
    # Sent again, as a reload does, it makes no second phone.
    assert sara.post(here, {"do": "desk", "count": "1"}).status_code == 302
    assert sara.post(here, {"do": "end", "phone": mobile.public_id}).status_code == 302
    shown = page(sara, here)
    assert "mette-desk@it-bixen.dk" in shown
    assert "+45 20 30 40 50 " not in shown.partition("Add a company mobile")[0].partition("Phones</h2>")[2]
    assert "+45 70 10 20 30" in shown.partition("Numbers that can be shown")[2]
    with tenant(office.peter.actor), pytest.raises(NotAllowed):
        phones.end_phone(actor=office.peter.actor, phone=mobile, at=clock.now())
