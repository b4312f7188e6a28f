"""What a queue may not do: hold people for ever, hold up others, or send calls where nobody counts them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import Extension, Forward, Queue, QueueMember, QueuePhone
from telephony.services import profiles, queues, staff
from telephony.services.queues import Draft
from tests.cast import Cast
from tests.queue_office import Office, h, opened


@pytest.fixture
def office(live_cast: Cast, postgres: Postgres) -> Iterator[Office]:
    with opened(live_cast, postgres) as place:
        yield place


def dispatched(office: Office) -> list[tuple[Any, ...]]:
    return office.switch.execute("SELECT what, call FROM switch.queue_dispatch('')").fetchall()


def planned(office: Office, dialled: str) -> list[tuple[Any, ...]]:
    return office.switch.execute(
        "SELECT kind, uri, why FROM switch.route_call('it-bixen.dk', 'mette', %s)", [dialled]
    ).fetchall()


def set_up(office: Office, **values: Any) -> None:
    with tenant(office.cast.sara.actor):
        Queue.objects.visible_to(office.cast.sara.actor).filter(pk=office.queue.pk).update(**values)


def test_an_agent_is_not_held_by_a_call_whose_end_nobody_heard(office: Office) -> None:
    cast = office.cast
    office.phone(cast.mette, "mette")
    office.sign(cast.mette, office.enrol(cast.mette))
    office.arrive("first")
    assert office.rung("first") == ["mette"]
    assert office.ask("SELECT switch.queue_answered(%s, %s)", h("first"), h("ruid-mette")) == 1
    office.arrive("second")
    assert office.rung("second") == []
    lost = "SELECT switch.queue_lost()"
    assert office.server.execute(lost).fetchone() == (0,)
    office.server.execute("UPDATE telephony_queuecall SET answered_at = answered_at - interval '2 minutes'")
    office.server.execute(
        "INSERT INTO switch.live_call (call_id, phone_id, employee_id, customer_id, direction, state)"
        " VALUES ('first', %s, %s, %s, 'recipient', 'confirmed')",
        [office.phones["mette"].pk, cast.mette.employee and cast.mette.employee.pk, cast.bixen.pk],
    )
    assert office.server.execute(lost).fetchone() == (0,)
    office.server.execute("DELETE FROM switch.live_call")
    assert office.server.execute(lost).fetchone() == (1,)
    assert office.rung("second") == ["mette"]
    # Neither does one that rings for ever.
    office.server.execute("UPDATE telephony_queuecall SET entered_at = now() - interval '16 minutes'")
    assert office.server.execute(lost).fetchone() == (1,)
    office.arrive("third")
    assert office.rung("third") == ["mette"]


def test_many_who_wait_in_one_queue_hold_up_no_other(office: Office) -> None:
    cast = office.cast
    with tenant(cast.sara.actor):
        crowded = queues.save_queue(
            actor=cast.sara.actor, queue=None, draft=Draft("Kø", "231", max_length=100)
        )
    for number in range(30):
        office.ask("SELECT switch.queue_enter(%s, %s, 1, 2, '', '', '')", h(f"c{number}"), crowded.pk)
        office.ask("SELECT switch.queue_waits(%s)", h(f"c{number}"))
    office.phone(cast.mette, "mette")
    office.sign(cast.mette, office.enrol(cast.mette))
    office.arrive("other")
    assert dispatched(office) == [("ring", "other")]
    # A queue that is ended lets them all go, however many they are.
    with tenant(cast.sara.actor):
        queues.end_queue(actor=cast.sara.actor, queue=crowded, at=clock.now())
    assert sorted(dispatched(office)) == sorted(("over", f"c{number}") for number in range(30))


def test_callers_who_hide_their_number_do_not_settle_each_other(office: Office) -> None:
    cast = office.cast
    office.phone(cast.mette, "mette")
    office.sign(cast.mette, office.enrol(cast.mette))
    office.arrive("gave-up", "anonymous")
    office.over("gave-up")
    office.arrive("stays", "anonymous")
    office.rung("stays")
    assert office.ask("SELECT switch.queue_answered(%s, %s)", h("stays"), h("ruid-mette")) == 1
    assert office.server.execute(
        "SELECT done_how FROM telephony_queuecall WHERE call_id = 'gave-up'"
    ).fetchone() == ("",)


def test_a_queue_neither_calls_abroad_nor_for_help(office: Office) -> None:
    actor = office.cast.sara.actor
    with tenant(actor):
        for field in ("overflow", "closed_to"):
            with pytest.raises(queues.LeadsAbroad) as refused:
                queues.save_queue(
                    actor=actor, queue=None, draft=Draft("Ud", "239", **{field: "+46 8 123 456 78"})
                )
            assert refused.value.field == field
        for number in ("112", "114"):
            with pytest.raises(queues.CallsForHelp):
                queues.save_queue(actor=actor, queue=None, draft=Draft("Hjælp", number))
        assert Queue.objects.visible_to(actor).count() == 1
    office.phone(office.cast.mette, "mette")
    # Whatever stands in the row: the switch does not go there.
    set_up(office, overflow="+46812345678")
    assert planned(office, "230")[-1][1:] == ("403", "queue_abroad")


def test_a_chosen_phone_that_is_gone_leaves_the_others_to_ring(office: Office) -> None:
    cast = office.cast
    old, member = office.phone(cast.mette, "old"), office.enrol(cast.mette)
    office.phone(cast.mette, "mette")
    office.sign(cast.mette, member)
    with tenant(cast.mette.actor):
        queues.prefer(actor=cast.mette.actor, member=member, phones=[old], steers={})
    office.arrive("a")
    assert office.rung("a") == ["old"]
    office.over("a")
    office.server.execute(
        "UPDATE telephony_phone SET ended_at = now(), is_enabled = false WHERE id = %s", [old.pk]
    )
    office.arrive("b")
    assert office.rung("b") == ["mette"]


def test_who_has_left_takes_no_calls_and_leads_nowhere(office: Office) -> None:
    cast = office.cast
    assert cast.mette.employee is not None
    office.phone(cast.mette, "mette")
    office.sign(cast.mette, office.enrol(cast.mette))
    set_up(office, overflow="201")
    with tenant(cast.sara.actor):
        Extension(customer=cast.bixen, number="201", employee=cast.sara.employee).save()
        Forward(customer=cast.bixen, employee=cast.mette.employee, number="+4522334455").save()
    office.arrive("before")
    assert office.rung("before") == ["mette"]
    office.over("before")
    with tenant(cast.sara.actor):
        staff.take_back(actor=cast.sara.actor, employee=cast.mette.employee, at=clock.now())
        left = [
            model.objects.visible_to(cast.sara.actor).count() for model in (QueueMember, QueuePhone, Forward)
        ]
    assert left == [0, 0, 0]
    # Nobody is signed in, so callers go on at once.
    office.arrive("after")
    assert dispatched(office) == [("over", "after")]
    office.server.execute(
        "UPDATE tenancy_employee SET ended_at = now() WHERE id = %s", [cast.mette.employee.pk]
    )
    row = office.server.execute(
        "SELECT plan.kind, plan.why FROM switch.plan_employee('{}', 1, %s, true, now(), '{}') made,"
        " unnest(made) plan",
        [cast.mette.employee.pk],
    ).fetchall()
    assert row == [("end", "nobody")]


def test_a_page_that_hangs_in_the_middle_of_a_change_holds_up_no_call(office: Office) -> None:
    # A web process that is stopped there keeps its locks for half a minute (idle_in_transaction_session_timeout).
    cast = office.cast
    employee = cast.mette.employee
    assert employee is not None
    office.phone(cast.mette, "mette")
    office.sign(cast.mette, office.enrol(cast.mette))
    with tenant(cast.mette.actor):
        made = profiles.create_templates(actor=cast.mette.actor, employee=employee)
    with tenant(cast.sara.actor):
        Extension(customer=cast.bixen, number="203", employee=employee).save()
    with tenant(cast.mette.actor):
        profiles.choose(actor=cast.mette.actor, profile=made[3], until=None, at=clock.now())
        assert planned(office, "203")[-1][0] == "phone"
        office.arrive("first")
        assert office.rung("first") == ["mette"]
        assert office.ask("SELECT switch.queue_answered(%s, %s)", h("first"), h("ruid-mette")) == 1
        office.over("first")
    with tenant(cast.sara.actor):
        draft = Draft("Andet", "230", wrap_up_seconds=0)
        queues.save_queue(actor=cast.sara.actor, queue=office.queue, draft=draft)
        office.arrive("second")
        assert office.rung("second") == ["mette"]
        office.over("second")
