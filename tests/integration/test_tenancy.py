"""The tenant is held twice: by the guarded query, and by row-level security below it."""

from __future__ import annotations

import psycopg
import pytest
from django.contrib.auth import get_user
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from myfone.accounts.middleware import TenantMiddleware, enter
from myfone.accounts.models import User
from myfone.kernel import rows
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Customer, Employee, Reseller
from myfone.tenancy.scoping import UnscopedQuery, unscoped
from telephony.models import Phone, PhoneKind, SipDomain
from tests.cast import Cast, signed_in


def test_tests_run_under_the_portals_role(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("app", False, False)


@pytest.mark.parametrize(
    "read",
    [
        lambda: list(Employee.objects.all()),
        lambda: Employee.objects.count(),
        lambda: Employee.objects.filter(name="x").update(name="y"),
        lambda: Employee.objects.filter(name="x").delete(),
        lambda: Employee.objects.exists(),
        lambda: list(Employee.objects.values("id")),
        lambda: list(Employee.objects.raw("SELECT * FROM tenancy_employee")),
    ],
)
def test_a_query_that_names_no_actor_is_refused(db: None, read) -> None:
    with pytest.raises(UnscopedQuery):
        read()


def test_each_role_sees_its_own(cast: Cast) -> None:
    seen = {}
    for who in ("provider", "jonas", "olga", "sara", "mette", "stig"):
        actor = getattr(cast, who).actor
        with tenant(actor):
            seen[who] = set(Employee.objects.visible_to(actor).values_list("name", flat=True))
    bixen = {"Sara Abildgaard", "Peter Kold", "Mette Hansen", "Line Mark"}
    assert seen == {
        "provider": bixen | {"Freja Vind", "Stig Fremmed"},
        "jonas": bixen | {"Freja Vind"},
        "olga": {"Stig Fremmed"},
        "sara": bixen,
        "mette": bixen,
        "stig": {"Stig Fremmed"},
    }


def test_an_employee_sees_no_phone_of_a_colleague(cast: Cast) -> None:
    with tenant(cast.sara.actor):
        for person in (cast.mette, cast.line):
            Phone(customer=cast.bixen, employee=person.employee, kind=PhoneKind.DESK).save()
        assert Phone.objects.visible_to(cast.sara.actor).count() == 2
        assert [p.employee_id for p in Phone.objects.visible_to(cast.mette.actor)] == [cast.mette.employee.pk]


def test_row_security_answers_where_the_guard_is_lifted(cast: Cast) -> None:
    with unscoped("the second net is under test"):
        assert Employee.objects.count() == 0
        with rows.opened(customers=[cast.fremmed.pk]):
            assert [row.name for row in Employee.objects.all()] == ["Stig Fremmed"]
            assert Customer.objects.count() == 1
            assert [row.name for row in Reseller.objects.all()] == ["Sydpol Telefoni"]
        assert Employee.objects.count() == 0


def test_row_security_refuses_a_row_for_another_customer(cast: Cast) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), tenant(cast.stig.actor):
        Employee(customer=cast.bixen, name="Smuggled", email="s@it-bixen.dk").save()


def test_a_phone_cannot_ring_in_another_customers_domain(cast: Cast) -> None:
    with tenant(cast.sara.actor):
        theirs = SipDomain(customer=cast.bixen, name="it-bixen.dk")
        theirs.save()
    with pytest.raises(IntegrityError, match="same_customer"), tenant(cast.stig.actor):
        Phone(
            customer=cast.fremmed,
            employee=cast.stig.employee,
            kind=PhoneKind.SKYPE,
            sip_domain_id=theirs.pk,
            username="sara",
        ).save()
        connection.check_constraints()


def test_a_row_cannot_name_another_customers_employee(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="same_customer"), tenant(cast.stig.actor):
        Phone(customer=cast.fremmed, employee=cast.mette.employee, kind=PhoneKind.DESK).save()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_reseller_adds_a_customer_and_sees_it(cast: Cast) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        Customer(reseller=cast.nordlys, name="Ny kunde").save()
        assert Customer.objects.visible_to(actor).filter(name="Ny kunde").count() == 1
    with pytest.raises(ProgrammingError, match="row-level security"), tenant(actor):
        Customer(reseller=cast.sydpol, name="Stjålet kunde").save()


def test_entering_finds_the_actor_and_opens_the_tenant_in_one_statement(
    cast: Cast, django_assert_num_queries
) -> None:
    for who in ("provider", "jonas", "sara", "mette"):
        person = getattr(cast, who)
        with transaction.atomic():
            with django_assert_num_queries(1):
                actor = enter(person.user.pk)
            assert actor == person.actor
            assert Employee.objects.visible_to(actor).exists()


def test_the_tenant_does_not_outlive_its_transaction(live_cast: Cast) -> None:
    with tenant(live_cast.mette.actor):
        assert Employee.objects.visible_to(live_cast.mette.actor).count() == 4
    with unscoped("the second net is under test"):
        assert Employee.objects.count() == 0


def test_the_portals_role_cannot_change_what_was_written_down(db: None) -> None:
    for statement in ("UPDATE kernel_auditentry SET actor = ''", "DELETE FROM kernel_auditentry"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)


def test_every_table_of_a_tenant_is_protected(db: None) -> None:
    from django.apps import apps

    from myfone.tenancy.scoping import Guarded

    wanted = {m._meta.db_table for m in apps.get_models() if issubclass(m, Guarded)}
    wanted |= {"kernel_outboxmail", "kernel_auditentry"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        assert wanted <= {name for (name,) in cursor.fetchall()}


def test_functions_with_their_owners_rights_are_closed(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid::regprocedure::text, "
            " (SELECT coalesce(max(set), '') FROM unnest(proconfig) set WHERE set LIKE 'search_path=%') AS config,"
            " coalesce(proacl::text, '{=X}') ~ '[{,]=X'"
            " FROM pg_proc WHERE prosecdef AND pronamespace::regnamespace::text IN ('public', 'switch', 'kam')"
        )
        found = cursor.fetchall()
    assert len(found) >= 10
    for name, config, open_to_all in found:
        assert "search_path=pg_catalog," in config, name
        assert config.endswith("pg_temp"), f"{name}: a temporary table could stand in for one of ours"
        assert not open_to_all, f"{name}: everybody may call it"


def test_the_portals_role_makes_nothing_in_the_database(db: None) -> None:
    for statement in (
        "CREATE TEMP TABLE tenancy_customer (id bigint)",
        "CREATE TABLE public.mine (id bigint)",
        "CREATE SCHEMA mine",
        "TRUNCATE accounts_user",
        "SELECT * FROM switch.credential",
        "SELECT * FROM switch.subscriber",
        "SET ROLE switch_owner",
        "SET ROLE migrator",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)


def test_a_dump_by_the_backup_role_holds_every_row(live_cast: Cast, postgres) -> None:
    from django.conf import settings

    url = postgres.superuser_url(settings.DATABASES["default"]["NAME"])
    with psycopg.connect(url) as server:
        server.execute("SET ROLE backup")
        assert server.execute("SELECT count(*) FROM tenancy_employee").fetchone() == (6,)


def test_a_session_that_no_longer_holds_opens_nothing(live_cast: Cast) -> None:
    client = signed_in(live_cast.mette)
    seen: list[int] = []

    def look(request: HttpRequest) -> HttpResponse:
        with unscoped("the second net is under test"):
            seen.append(Employee.objects.count())
        return HttpResponse()

    middleware = TenantMiddleware(look)

    def ask() -> None:
        request = RequestFactory().get("/")
        request.session = client.session
        request.user = SimpleLazyObject(lambda: get_user(request))
        middleware(request)

    ask()
    live_cast.mette.user.set_password("another password of hers")
    live_cast.mette.user.save()
    ask()
    User.objects.filter(pk=live_cast.line.user.pk).update(is_active=False)
    client = signed_in(live_cast.line)
    ask()
    assert seen == [4, 0, 0]
