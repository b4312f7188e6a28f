"""A ring profile sends calls to a queue: in every situation, and not where they would come back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from telephony.models import Extension, Queue, RingProfile, RingTarget, SipDomain
from telephony.rules.profiles import Draft, Fault, Target
from telephony.selectors.profiles import Row, preview
from telephony.services import phones, profiles, queues
from telephony.services.queues import Draft as QueueDraft
from tests.cast import Cast, signed_in


class Desk:
    """Mette (203) with a mobile and a profile, Line (205), and the queue Salg on 230."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.actor = cast, cast.mette.actor
        with tenant(cast.sara.actor):
            SipDomain(customer=cast.bixen, name="it-bixen.dk").save()
            for person, number in ((cast.mette, "203"), (cast.line, "205")):
                Extension(customer=cast.bixen, number=number, employee=person.employee).save()
            self.queue = self.queue_of("Salg", "230")
        assert cast.mette.employee is not None
        with tenant(cast.sara.actor):
            phones.add_mobile(actor=cast.sara.actor, employee=cast.mette.employee, number="+4522334455")
        with tenant(self.actor):
            (self.profile, *_) = profiles.create_templates(actor=self.actor, employee=cast.mette.employee)

    def queue_of(self, name: str, number: str, queue: Queue | None = None, **values: Any) -> Queue:
        actor = self.cast.sara.actor
        with tenant(actor):
            return queues.save_queue(actor=actor, queue=queue, draft=QueueDraft(name, number, **values))

    def send(self, situation: str, queue: Queue) -> None:
        with tenant(self.actor):
            row = RingProfile.objects.visible_to(self.actor).get(pk=self.profile.pk)
            draft = Draft(targets=(Target(situation, queue=queue.pk),))
            profiles.save(actor=self.actor, profile=row, version=row.version, draft=draft)

    def rings(self) -> list[Row]:
        with tenant(self.actor):
            return preview("it-bixen.dk", "+4511223344", "203", clock.now())


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk(cast)


@pytest.mark.parametrize("situation", ["always", "offline", "no_answer"])
def test_calls_wait_in_the_queue(desk: Desk, situation: str) -> None:
    desk.send(situation, desk.queue)
    assert [(row.kind, row.uri) for row in desk.rings()] == [("queue", str(desk.queue.pk))]


def test_a_queue_whose_calls_come_back_is_refused_and_ended_by_the_switch(desk: Desk) -> None:
    back = desk.queue_of("Vagt", "231", overflow="203")
    through = desk.queue_of("Bagvagt", "232", overflow="231")
    for queue in (back, through):
        with pytest.raises(profiles.ProfileFaulty) as refused:
            desk.send("always", queue)
        assert [one.fault for one in refused.value.faults] == [Fault.LOOP]
    desk.send("always", desk.queue)
    desk.queue_of("Salg", "230", queue=desk.queue, overflow="203")
    assert [(row.kind, row.why) for row in desk.rings()] == [("queue", "queue"), ("end", "loop")]


def test_a_queue_that_has_ended_takes_its_calls_from_no_profile(desk: Desk) -> None:
    desk.send("always", desk.queue)
    with tenant(desk.cast.sara.actor):
        queues.end_queue(actor=desk.cast.sara.actor, queue=desk.queue, at=clock.now())
    assert [row.why for row in desk.rings()] == ["offline"]
    with tenant(desk.actor):
        assert not RingTarget.objects.visible_to(desk.actor).filter(queue=desk.queue).exists()


def test_another_companys_queue_is_no_target(desk: Desk) -> None:
    stig = desk.cast.stig
    with tenant(stig.actor):
        theirs = queues.save_queue(actor=stig.actor, queue=None, draft=QueueDraft("Deres", "230"))
    with pytest.raises(IntegrityError), transaction.atomic():
        desk.send("always", theirs)
        with tenant(desk.actor), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_editor_offers_queues_and_tells_what_becomes_of_a_call(desk: Desk) -> None:
    browser: Client = signed_in(desk.cast.mette)
    browser.cookies["language"] = "en"
    address = f"/profiles/{desk.profile.public_id}/"
    assert "To the queue Salg (230)" in browser.get(address).content.decode()
    form = {"do": "save", "version": 1, "steps": 0, "target-always-everybody": f"queue:{desk.queue.pk}"}
    page = browser.post(address, form, follow=True).content.decode()
    assert "Saved. It holds" in page
    assert f'value="queue:{desk.queue.pk}" selected' in page
    assert "<b>Salg</b>" in page
    assert "waits in the queue for 5:00 at most" in page
    late = browser.post(address, form)
    assert late.status_code == 409
    assert "the queue Salg (230)" in late.content.decode()
    gone = browser.post(address, form | {"version": 2, "target-always-everybody": "queue:999999"})
    assert "The queue was ended meanwhile" in gone.content.decode()
