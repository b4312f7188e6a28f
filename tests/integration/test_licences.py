"""Reported licences and the ledger of activations, on Postgres under the portal's role."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import connection, connections

from billing import selectors, services
from billing.models import Activation, EmployeeLicence
from myfone.kernel.models import AuditEntry
from myfone.tenancy.actor import Actor, NotAllowed
from myfone.tenancy.context import tenant
from tests.cast import Cast

AT = dt.datetime(2026, 11, 12, 9, 0, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(days=3)


def test_one_licence_for_all_reaches_every_employee_of_the_customer_alone(cast: Cast) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        changed = services.report_licences(actor=actor, customer=cast.bixen, licences="enterprise-e3", at=AT)
        assert changed == 4
        assert selectors.users_by_licence(actor=actor, customer_id=cast.bixen.pk) == {"enterprise-e3": 4}
        assert selectors.users_by_licence(actor=actor, customer_id=cast.havnen.pk) == {None: 1}


def test_each_change_keeps_its_history_and_is_logged(cast: Cast) -> None:
    actor, mette = cast.jonas.actor, cast.mette.employee
    assert mette is not None
    with tenant(actor):
        for at, code in ((AT, "proplus"), (LATER, "enterprise-e5"), (LATER, "enterprise-e5")):
            services.report_licences(actor=actor, customer=cast.bixen, licences={mette.pk: code}, at=at)
        history = [
            (row.licence_type.code, row.since, row.ended_at, row.reported_by)
            for row in selectors.licence_history(actor=actor, employee_id=mette.pk)
        ]
        assert history == [
            ("enterprise-e5", LATER, None, actor.id),
            ("proplus", AT, LATER, actor.id),
        ]
        entries = AuditEntry.objects.filter(action="licence.reported").order_by("id")
        assert [entry.details for entry in entries] == [
            {"licence": "proplus", "before": None},
            {"licence": "enterprise-e5", "before": "proplus"},
        ]


def test_the_list_shows_what_each_pays(cast: Cast) -> None:
    actor = cast.jonas.actor
    mette, line = cast.mette.employee, cast.line.employee
    assert mette is not None
    assert line is not None
    with tenant(actor):
        services.report_licences(
            actor=actor,
            customer=cast.bixen,
            licences={mette.pk: "business-premium", line.pk: "education-a3"},
            at=AT,
        )
        services.activate(actor=actor, employee=mette, at=AT)
        rows = selectors.employees_with_licence(
            actor=actor, customer_id=cast.bixen.pk, date=dt.date(2026, 11, 12)
        )
        assert [(r.name, r.licence_name, r.price_each, r.is_activated) for r in rows] == [
            ("Line Mark", "Education A3", Decimal("0.00"), False),
            ("Mette Hansen", "Business Premium", Decimal("30.00"), True),
            ("Peter Kold", None, None, False),
            ("Sara Abildgaard", None, None, False),
        ]


@pytest.mark.parametrize(
    ("licences", "error"),
    [("enterprise-e9", services.UnknownLicence), ("stig", services.UnknownEmployee)],
)
def test_what_is_not_there_cannot_be_reported(cast: Cast, licences: str, error: type[Exception]) -> None:
    actor, stig = cast.jonas.actor, cast.stig.employee
    assert stig is not None
    wanted = {stig.pk: "proplus"} if licences == "stig" else licences
    with pytest.raises(error), tenant(actor):
        services.report_licences(actor=actor, customer=cast.bixen, licences=wanted, at=AT)


def test_licences_are_the_resellers_to_report(cast: Cast) -> None:
    with pytest.raises(NotAllowed), tenant(cast.sara.actor):
        services.report_licences(actor=cast.sara.actor, customer=cast.bixen, licences="proplus", at=AT)


def test_activating_again_leaves_one_line_until_it_is_ended(cast: Cast) -> None:
    mette = cast.mette
    assert mette.employee is not None
    with tenant(mette.actor):
        first = services.activate(actor=mette.actor, employee=mette.employee, at=AT)
        again = services.activate(actor=mette.actor, employee=mette.employee, at=LATER)
        assert (again.pk, again.activated_at) == (first.pk, AT)
        assert services.deactivate(actor=mette.actor, employee=mette.employee, at=LATER) is True
        assert services.deactivate(actor=mette.actor, employee=mette.employee, at=LATER) is False
        anew = services.activate(actor=mette.actor, employee=mette.employee, at=LATER)
        assert anew.pk != first.pk
        assert Activation.objects.visible_to(mette.actor).count() == 2


def test_nobody_activates_somebody_else(cast: Cast) -> None:
    assert cast.mette.employee is not None
    for actor in (cast.line.actor, cast.stig.actor, cast.olga.actor):
        with pytest.raises(services.UnknownEmployee), tenant(actor):
            services.activate(actor=actor, employee=cast.mette.employee, at=AT)


def test_a_job_activates_in_its_own_customer(cast: Cast) -> None:
    assert cast.mette.employee is not None
    actor = Actor.system(cast.bixen.pk)
    with tenant(actor):
        assert services.activate(actor=actor, employee=cast.mette.employee, at=AT).pk


def test_linked_twice_at_once_is_charged_once(live_cast: Cast) -> None:
    mette = live_cast.mette
    assert mette.employee is not None
    together = threading.Barrier(2)
    lines: list[int] = []

    def link() -> None:
        try:
            together.wait(10)
            with tenant(mette.actor):
                lines.append(services.activate(actor=mette.actor, employee=mette.employee, at=AT).pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=link) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(lines) == 2
    assert len(set(lines)) == 1


def test_reporting_takes_the_same_number_of_queries_for_many(cast: Cast) -> None:
    from django.test.utils import CaptureQueriesContext

    from myfone.tenancy.models import Employee

    actor = cast.jonas.actor
    counts = []
    with tenant(actor):
        for number in (1, 300):
            Employee.objects.bulk_create(
                Employee(customer=cast.havnen, name=f"Nr {number}-{i}", email=f"n{number}-{i}@havnens.dk")
                for i in range(number)
            )
            with CaptureQueriesContext(
                connection,
            ) as queries:
                services.report_licences(actor=actor, customer=cast.havnen, licences="k1", at=AT)
            counts.append(len(queries))
        assert counts[0] == counts[1]
        assert EmployeeLicence.objects.visible_to(actor).count() == 302
