"""Calls that somebody else takes by a code, on the real switch (G26)."""

from __future__ import annotations

from demo.sipclient.phone import SipPhone
from myfone.tenancy.context import tenant
from telephony.models import CallLeg, CallRecord, PickupGroup, PickupMember, QueueCall, QueueOffer
from telephony.selectors.live import now_of
from tests.contract.calling import Office
from tests.contract.switching import eventually
from tests.contract.test_queues import calls, dial, open_queue


def takers(office: Office) -> list[str]:
    with tenant(office.cast.sara.actor):
        rows = CallRecord.objects.visible_to(office.cast.sara.actor).select_related("answered_by")
        return [row.answered_by.name.split()[0] if row.answered_by else "" for row in rows]


def answered(office: Office) -> list[tuple[str, int | None]]:
    """Return why and at whom the phones rang that took calls which are over."""
    with tenant(office.cast.sara.actor):
        rows = CallLeg.objects.visible_to(office.cast.sara.actor).filter(part="answered")
        return [(leg.why, leg.employee_id) for leg in rows]


def header(phone: SipPhone, name: str) -> str:
    call = phone.rung()
    assert call.invite is not None
    return call.invite.first(name)


def test_a_call_that_rings_at_a_colleague_is_taken_by_another(office: Office) -> None:
    sara, mette, line = (office.connect(name) for name in ("sara", "mette", "line"))
    assert dial(line, "8*203") == (480, "Intet opkald at hente")
    assert dial(line, "8*999")[0] == 404
    call = sara.call("203")
    mette.rung().wait("ringing")
    assert eventually(lambda: dial(line, "8*203") == (480, "Henter opkald fra Sara Abildgaard"))
    # It sees who calls, and may answer by itself; nobody else's phone may.
    assert "Sara Abildgaard" in header(line, "from")
    assert "answer-after=0" in header(line, "call-info")
    assert header(mette, "call-info") == ""
    line.rung().answer()
    call.wait("up")
    assert mette.rung().wait("ended").status == 487
    assert "completed elsewhere" in next(e.detail for e in mette.trace if e.what == "cancelled")

    def live() -> list[str]:
        with tenant(office.cast.line.actor):
            mine = office.cast.line.employee.pk
            return [call.direction for call in now_of([mine])[mine].calls]

    assert eventually(lambda: live() == ["recipient"])
    line.rung().hang_up()
    call.wait("ended")
    assert eventually(lambda: takers(office) == ["Line"])
    assert eventually(lambda: answered(office) == [("picked_up", office.cast.line.employee.pk)])


def test_a_group_takes_each_others_calls_and_nobody_elses(office: Office) -> None:
    cast = office.cast
    mette, line, sara = (office.connect(name) for name in ("mette", "line", "sara"))
    assert dial(line, "88*") == (403, "Du er ikke i en gruppe")
    with tenant(cast.sara.actor):
        group = PickupGroup(customer=cast.bixen, name="Salg")
        group.save()
        for person in (cast.mette, cast.line):
            PickupMember(customer=cast.bixen, employee=person.employee, group=group).save()
    call = office.trunk.call("+4569142424", domain=f"{office.switch.address}:{office.switch.port}")
    sara.rung().wait("ringing")
    assert dial(line, "88*") == (480, "Intet opkald at hente")
    call.hang_up()
    call = office.trunk.call("+4569142403", domain=f"{office.switch.address}:{office.switch.port}")
    mette.rung().wait("ringing")
    assert eventually(lambda: dial(line, "88*")[1].startswith("Henter opkald fra"))
    line.rung().answer()
    call.wait("up")
    call.hang_up()


def test_a_queues_call_is_taken_while_it_waits_and_while_it_rings(office: Office) -> None:
    cast = office.cast
    open_queue(office, cast.mette)
    office.equip(cast.peter, "peter")
    mette, line, caller = (office.connect(name) for name in ("mette", "line", "peter"))
    call = caller.call("230")
    assert eventually(lambda: calls(office) == [("waiting", "")])
    assert dial(line, "8*230") == (480, "Henter opkald fra Peter Kold")
    assert "answer-after=0" in header(line, "call-info")
    line.rung().answer()
    call.wait("up")

    def answerers() -> list[str]:
        with tenant(cast.sara.actor):
            rows = QueueCall.objects.visible_to(cast.sara.actor).filter(answered_by__isnull=False)
            return [row.answered_by.name for row in rows.select_related("answered_by")]

    assert eventually(lambda: answerers() == ["Line Mark"])
    call.hang_up()
    assert eventually(lambda: calls(office) == [("ended", "answered")])
    assert dial(mette, "2*230")[0] == 480
    call = caller.call("230")
    mette.rung().wait("ringing")
    assert dial(line, "8*230") == (480, "Henter opkald fra Peter Kold")
    line.rung(after=1).answer()
    call.wait("up")
    assert mette.rung().wait("ended").status == 487
    # Who took it is busy: the next caller is not offered to her, nor is she rung by anything else of a queue.
    assert eventually(lambda: calls(office)[-1] == ("talking", "answered"))
    with tenant(cast.sara.actor):
        offers = (
            QueueOffer.objects.visible_to(cast.sara.actor).order_by("pk").values_list("outcome", flat=True)
        )
        assert list(offers)[1:] == ["elsewhere", "answered"]
    call.hang_up()
    assert eventually(lambda: answered(office) == [("picked_up", cast.line.employee.pk)] * 2)
