"""A queue's missed callers are done with once somebody has talked to them, under the role that the switch has."""

from __future__ import annotations

from myfone.tenancy.context import tenant
from telephony.models import Extension
from tests.integration.test_queue_dispatch import Desk, desk, h

__all__ = ["desk"]


def test_who_calls_back_or_is_called_back_is_no_longer_missed(desk: Desk) -> None:
    desk.seat("mette")
    for call in ("first", "second"):
        desk.arrive(call, "+4522334455" if call == "first" else "+4555667788")
        desk.over(call)
        assert desk.stay(call).outcome == "abandoned"
    assert desk.ask("SELECT switch.queue_reached(%s, %s)", desk.phones["mette"].pk, h("55667788")) == 1
    assert (desk.stay("second").done_how, desk.stay("first").done_how) == ("reached", "")
    # A colleague who called in vain is reached at any phone of theirs, by anybody but themselves.
    desk.seat("line", signed_in=False)
    with tenant(desk.cast.sara.actor):
        Extension(customer=desk.cast.bixen, number="205", employee=desk.cast.line.employee).save()
    desk.arrive("inside", "205")
    desk.over("inside")
    reaches = "SELECT switch.queue_reaches(%s, %s, %s, %s)"
    line, mette = desk.phones["line"].pk, desk.phones["mette"].pk
    assert desk.ask(reaches, line, h("205"), h("ruid-line"), h("line")) == 0
    assert desk.ask(reaches, line, h("203"), h("ruid-mette"), h("mette")) == 0
    assert desk.ask(reaches, mette, h("205"), "", h("+4520202020")) == 0
    assert desk.ask(reaches, mette, h("+4569142405"), h("ruid-line"), h("line")) == 1
    done = desk.stay("inside")
    assert (done.done_how, done.done_by_id) == ("reached", desk.cast.mette.employee.pk)
    desk.arrive("third", "+4522334455")
    desk.dispatch()
    desk.answers("third", "mette")
    assert desk.stay("first").done_how == "came_back"
