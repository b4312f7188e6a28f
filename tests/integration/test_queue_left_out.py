"""A queue's call says of each agent why it did not ring there, to those who take its calls."""

from __future__ import annotations

from typing import Any

import pytest

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Employee
from telephony.models import Presence, Queue, QueueCall, QueueMember
from tests.cast import Person, signed_in
from tests.integration.test_queue_records import comes, queue_does, salg, seen, switch
from tests.recording import Switch, hexed

__all__ = ["salg", "switch"]


def enrol(switch: Switch, queue: Queue, person: Person, **values: Any) -> QueueMember:
    with tenant(switch.cast.sara.actor):
        member = QueueMember(
            customer=queue.customer, queue=queue, employee=person.employee, is_signed_in=True, **values
        )
        member.save()
    return member


def arrives(switch: Switch, queue: Queue, call: str = "a") -> object:
    """Let a call come to the queue, and return what its agents were on, by their names."""
    entered = "SELECT switch.queue_enter(%s, %s, 1, 2, %s, '', '')"
    switch.ask(entered, hexed(call), queue.pk, hexed("205"))
    switch.ask("SELECT switch.queue_waits(%s)", hexed(call))
    with tenant(switch.cast.sara.actor) as actor:
        return QueueCall.objects.visible_to(actor).get(call_id=call).left_out


def test_the_page_says_why_a_call_did_not_ring_at_an_agent(switch: Switch, salg: Queue) -> None:
    cast = switch.cast
    enrol(switch, salg, cast.mette)
    enrol(switch, salg, cast.sara, paused_at=clock.now(), pause_reason="lunch")
    peter = enrol(switch, salg, cast.peter)
    with tenant(cast.sara.actor) as actor:
        QueueMember.objects.visible_to(actor).filter(pk=peter.pk).update(is_signed_in=False)
    arrives(switch, salg)
    comes(switch, salg)
    queue_does(switch, 0.5, "offer", "mette-desk")
    switch.replies(0.6, 180, "mette-desk")
    # What becomes of them later is not what they were on then.
    with tenant(cast.sara.actor) as actor:
        QueueMember.objects.visible_to(actor).update(paused_at=None, pause_reason="", is_signed_in=True)
    switch.ends(9, "cancelled", 487)
    line, legs = seen(cast.mette)
    told = [one for leg in legs for one in leg.left_out]
    assert [(name.split()[0], why, reason) for name, why, reason in told] == [
        ("Peter", "out", ""),
        ("Sara", "paused", "lunch"),
    ]
    client = signed_in(cast.mette)
    client.cookies["language"] = "en"
    page = client.get(f"/calls/{line.public_id}/").content.decode()
    assert "Agents it did not ring at" in page
    assert "Had a pause when the call came: Lunch" in page
    # An agent reads no name of somebody who is hidden from colleagues; who looks after the queue does.
    with tenant(cast.sara.actor) as actor:
        hidden = Employee.objects.visible_to(actor).filter(pk__in=[cast.peter.actor.employee_id])
        hidden.update(is_hidden=True)
    page = client.get(f"/calls/{line.public_id}/").content.decode()
    assert "Peter" not in page
    assert page.count("<b>A colleague</b>") == 1
    assert "Was signed out when the call came" in page
    looks_after = signed_in(cast.sara)
    looks_after.cookies["language"] = "en"
    assert "Peter" in looks_after.get(f"/calls/{line.public_id}/").content.decode()
    # A colleague who called, and takes none of its calls, reads nothing of them.
    assert not [one for leg in seen(cast.line)[1] for one in leg.left_out]


@pytest.mark.parametrize("why", ["in_call", "rings", "rests", "dnd", "offline", ""])
def test_what_an_agent_was_on_is_kept(switch: Switch, salg: Queue, why: str) -> None:
    cast = switch.cast
    member = enrol(switch, salg, cast.mette)
    owner = {"customer": salg.customer, "employee": cast.mette.employee}
    if why == "offline":
        switch.connection.execute("DELETE FROM location WHERE ruid = 'ruid-mette-desk'")
    with tenant(cast.sara.actor) as actor:
        if why == "rests":
            QueueMember.objects.visible_to(actor).filter(pk=member.pk).update(last_ended_at=clock.now())
            Queue.objects.visible_to(actor).filter(pk=salg.pk).update(wrap_up_seconds=60)
        if why == "dnd":
            Presence(state="dnd", **owner).save()
    if why in ("rings", "in_call"):
        arrives(switch, salg, "before")
        switch.ask("SELECT count(*) FROM switch.queue_dispatch('')")
    if why == "in_call":
        switch.ask("SELECT switch.queue_answered(%s, %s)", hexed("before"), hexed("ruid-mette-desk"))
    assert arrives(switch, salg) == [[cast.mette.actor.employee_id, why, ""]]
