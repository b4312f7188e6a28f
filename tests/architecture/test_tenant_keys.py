"""A row of one customer cannot point at a row of another, whatever the code says."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.db.utils import IntegrityError

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from myfone.tenancy.scoping import TenantOwned
from provisioning.models import Certificate, DnsWatch, Order, Setup, StageConfirmation
from tests.cast import Cast


def tenant_keys() -> list[tuple[str, str, str]]:
    """Return table, column and target of each foreign key between rows that customers own."""
    return [
        (model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in apps.get_models()
        if issubclass(model, TenantOwned) and model._meta.label_lower != "tenancy.employee"
        for field in model._meta.get_fields()
        if field.many_to_one and field.concrete and issubclass(field.related_model, TenantOwned)
    ]


def test_each_key_between_tenants_rows_holds_the_customer_too(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND convalidated AND conname LIKE '%_same_customer'"
        )
        held = cursor.fetchall()
    missing = [
        (table, column)
        for table, column, target in tenant_keys()
        if not any(
            where == table and f"(customer_id, {column}) REFERENCES {target}(customer_id, id)" in what
            for where, what in held
        )
    ]
    assert tenant_keys()
    assert missing == []


@pytest.mark.parametrize("kind", [Setup, StageConfirmation, DnsWatch, Certificate])
def test_a_row_that_points_at_another_customers_is_refused(kind: type, cast: Cast) -> None:
    actor, at = cast.jonas.actor, clock.now()
    with pytest.raises(IntegrityError, match="same_customer"), tenant(actor):
        orders = [
            Order(customer=c, domain="a.dk", created_by="t", confirmed_at=at)
            for c in (cast.bixen, cast.havnen)
        ]
        for order in orders:
            order.save()
        setup = Setup(customer=cast.bixen, order=orders[0], domain="a.dk")
        setup.save()
        rows = {
            Setup: {"order": orders[1], "domain": "b.dk"},
            StageConfirmation: {"setup": setup, "stage": "contacts", "confirmed_at": at},
            DnsWatch: {"setup": setup, "started_at": at, "next_at": at, "give_up_at": at},
            Certificate: {"setup": setup, "names": ["a.dk"], "step_at": at},
        }
        customer = cast.bixen if kind is Setup else cast.havnen
        kind(customer=customer, **rows[kind]).save()
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
