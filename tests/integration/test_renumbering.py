"""Another local number: what changes is said first, what leads there goes along, two people see each other."""

from __future__ import annotations

import pytest
from django.test import Client

from myfone.kernel.models import AuditEntry
from myfone.tenancy.context import tenant
from telephony.models import Ddi, Extension, Forward, Queue
from telephony.services import queues
from telephony.services.queues import Draft
from tests.cast import Cast, Person, signed_in


def browser(person: Person) -> Client:
    client = signed_in(person)
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def office(cast: Cast) -> Cast:
    """Mette has 203, to which a direct number, a queue and a forward lead; Line has 204, Support is 240."""
    actor = cast.sara.actor
    with tenant(actor):
        own = Extension(customer=cast.bixen, number="203", employee=cast.mette.employee)
        own.save()
        Extension(customer=cast.bixen, number="204", employee=cast.line.employee).save()
        Ddi(customer=cast.bixen, number="+4569142403", extension=own).save()
        queues.save_queue(actor=actor, queue=None, draft=Draft("Support", "240", overflow="203"))
        Forward(customer=cast.bixen, employee=cast.line.employee, number="203").save()
    return cast


@pytest.mark.parametrize("who", ["sara", "jonas"])
def test_a_number_is_changed_after_saying_what_that_means(office: Cast, who: str) -> None:
    assert office.mette.employee is not None
    client = browser(getattr(office, who))
    base = f"/admin/customers/{office.bixen.public_id}" if who == "jonas" else ""
    here = f"{base}/numbers/people/{office.mette.employee.public_id}/number/"
    assert "Mette Hansen has 203 now" in client.get(here).content.decode()
    asked = " ".join(client.post(here, {"number": "210", "seen": "203"}).content.decode().split())
    for said in (
        "gets 210 instead of 203",
        "+45",
        "Support",
        "1 colleague's forward",
        "hears that there is no",
    ):
        assert said in asked, said
    for number, said in (
        ("204", "belongs to Line Mark"),
        ("240", "is the queue Support"),
        ("2a", "2 to 8 digits"),
    ):
        wrong = client.post(here, {"number": number, "seen": "203"})
        assert wrong.status_code == 422
        assert said in wrong.content.decode()
    for number in ("112", "204"):
        assert client.post(here, {"number": number, "seen": "203", "confirm": "yes"}).status_code == 422
    for _ in range(2):  # a double click is one change
        saved = client.post(here, {"number": "210", "seen": "203", "confirm": "yes"})
        assert saved.status_code == 302
    late = client.post(here, {"number": "211", "seen": "203", "confirm": "yes"})
    assert late.status_code == 409
    assert "Meanwhile the local number became 210" in late.content.decode()
    actor = office.sara.actor
    with tenant(actor):
        assert Extension.objects.visible_to(actor).get(employee=office.mette.employee).number == "210"
        assert Ddi.objects.visible_to(actor).get(extension__number="210")
        assert Queue.objects.visible_to(actor).get().overflow == "210"
        assert Forward.objects.visible_to(actor).get().number == "210"
    assert AuditEntry.objects.filter(action="extension.changed").count() == 1


def test_a_queue_takes_along_what_leads_to_it_and_strangers_find_nothing(office: Cast) -> None:
    actor = office.sara.actor
    with tenant(actor):
        sales = queues.save_queue(actor=actor, queue=None, draft=Draft("Sales", "241", closed_to="240"))
        support = Queue.objects.visible_to(actor).get(name="Support")
        queues.save_queue(actor=actor, queue=support, draft=Draft("Support", "250", overflow="203"))
        sales.refresh_from_db()
        assert sales.closed_to == "250"
    assert office.mette.employee is not None
    here = f"/numbers/people/{office.mette.employee.public_id}/number/"
    for person in (office.stig, office.mette, office.peter):
        assert browser(person).post(here, {"number": "210", "confirm": "yes"}).status_code == 404
    with tenant(actor):
        assert Extension.objects.visible_to(actor).get(employee=office.mette.employee).number == "203"
