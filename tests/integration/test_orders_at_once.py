"""Two browsers order at the same time, each on a connection of its own; one of them orders."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal

from django.db import connections

from myfone.kernel.models import AuditEntry
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from provisioning.models import DomainClaim, LicenceMode, Order, Setup, StageConfirmation
from provisioning.rules.preconditions import DECLARED
from provisioning.rules.stages import StageName
from provisioning.services import orders, setup
from tests.cast import Cast

AT = dt.datetime(2026, 11, 12, 9, 0, tzinfo=dt.UTC)


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Do all of it at the same time; return results and exceptions in the order of the deeds."""
    together = threading.Barrier(len(deeds))
    results: list[object] = [None] * len(deeds)

    def do(place: int, deed: Callable[[], object]) -> None:
        try:
            together.wait(10)
            results[place] = deed()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


def draft(actor: Actor, cast: Cast, domain: str, *, foreign: bool = False) -> Order:
    order = orders.save_draft(
        actor=actor,
        customer=cast.fremmed if foreign else cast.bixen,
        domain=domain,
        had_skype=True,
        licence_mode=LicenceMode.ONE_FOR_ALL,
        licence_code="enterprise-e3",
        at=AT,
    )
    for precondition in DECLARED:
        orders.declare(actor=actor, order=order, precondition=precondition, at=AT)
    return order


def test_two_browsers_confirming_one_order_order_it_once(live_cast: Cast) -> None:
    actor = live_cast.jonas.actor
    with tenant(actor):
        order = draft(actor, live_cast, "it-bixen.dk")

    def confirm() -> object:
        with tenant(actor):
            return orders.confirm(actor=actor, order=order, price_shown=Decimal("0.00"), at=AT)

    results = at_once(confirm, confirm, confirm)
    assert all(isinstance(result, orders.Confirmation) for result in results), results
    assert sorted(result.is_new for result in results) == [False, False, True]  # type: ignore[attr-defined]
    with tenant(actor):
        assert Setup.objects.visible_to(actor).count() == 1
        assert DomainClaim.objects.visible_to(actor).count() == 1
        assert AuditEntry.objects.filter(action="order.confirmed").count() == 1
        assert AuditEntry.objects.filter(action="licences.reported").count() == 1


def test_two_resellers_confirming_one_domain_at_once_both_have_a_claim(live_cast: Cast) -> None:
    jonas, olga = live_cast.jonas.actor, live_cast.olga.actor
    with tenant(jonas):
        ours = draft(jonas, live_cast, "delt.dk")
    with tenant(olga):
        theirs = draft(olga, live_cast, "delt.dk", foreign=True)

    def confirm(actor: Actor, order: Order) -> Callable[[], object]:
        def deed() -> object:
            with tenant(actor):
                return orders.confirm(actor=actor, order=order, price_shown=Decimal("0.00"), at=AT)

        return deed

    results = at_once(confirm(jonas, ours), confirm(olga, theirs))
    assert [type(result).__name__ for result in results] == ["Confirmation"] * 2, results
    for actor in (jonas, olga):
        with tenant(actor):
            assert DomainClaim.objects.visible_to(actor).get().proven_at is None


def test_two_browsers_beginning_an_order_edit_one_draft(live_cast: Cast) -> None:
    actor = live_cast.jonas.actor

    def begin(domain: str) -> Callable[[], object]:
        def deed() -> object:
            with tenant(actor):
                return draft(actor, live_cast, domain).pk

        return deed

    results = at_once(begin("it-bixen.dk"), begin("bixen-it.dk"))
    assert len(set(results)) == 1, results
    assert all(isinstance(result, int) for result in results), results


def test_two_browsers_confirming_one_stage_leave_one_confirmation(live_cast: Cast) -> None:
    actor = live_cast.jonas.actor
    with tenant(actor):
        order = draft(actor, live_cast, "it-bixen.dk")
        orders.confirm(actor=actor, order=order, price_shown=Decimal("0.00"), at=AT)

    def confirm() -> object:
        with tenant(actor):
            return setup.confirm_stage(
                actor=actor, customer=live_cast.bixen, stage=StageName.CONTACTS, at=AT
            ).pk

    results = at_once(confirm, confirm)
    assert len(set(results)) == 1, results
    with tenant(actor):
        assert StageConfirmation.objects.visible_to(actor).count() == 1
