"""Ordering Skype for Business: preconditions, price, domain, and what confirming leads to."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from billing import selectors as billing_selectors
from billing import services as billing
from myfone.accounts import invitations
from myfone.accounts.models import Membership, User
from myfone.kernel.events import receives
from myfone.kernel.models import AuditEntry, Job, OutboxMail
from myfone.tenancy.actor import Actor, NotAllowed, Role
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Customer, Employee, PricePlan
from provisioning.events import OrderConfirmed
from provisioning.models import DomainClaim, LicenceMode, Order, Setup
from provisioning.rules.preconditions import Precondition
from provisioning.selectors.orders import preconditions, price_now
from provisioning.services import claims, customers, orders
from telephony.models import Extension, SipDomain
from tests.cast import Cast

AT = dt.datetime(2026, 11, 12, 9, 0, tzinfo=dt.UTC)
DECLARED = ("office365", "no_on_premise")


def draft(actor: Actor, customer: Customer, *, declared: tuple[str, ...] = DECLARED, **changes: Any) -> Order:
    wanted: dict[str, Any] = {
        "domain": "it-bixen.dk",
        "had_skype": True,
        "licence_mode": LicenceMode.ONE_FOR_ALL,
        "licence_code": "business-premium",
    } | changes
    order = orders.save_draft(actor=actor, customer=customer, at=AT, **wanted)
    for precondition in declared:
        order = orders.declare(actor=actor, order=order, precondition=Precondition(precondition), at=AT)
    return order


def test_confirming_makes_setup_domain_licences_event_and_audit(cast: Cast) -> None:
    actor, heard = cast.jonas.actor, []
    receives(OrderConfirmed)(heard.append)
    with tenant(actor):
        order = draft(actor, cast.bixen)
        done = orders.confirm(actor=actor, order=order, price_shown=Decimal("120.00"), at=AT)
        assert (done.is_new, done.setup.domain) == (True, "it-bixen.dk")
        # Until the domain is proven the switch does not answer for it, and nobody is kept out.
        assert not SipDomain.objects.visible_to(actor).exists()
        assert done.setup.sip_domain_id is None
        assert DomainClaim.objects.visible_to(actor).get().domain == "it-bixen.dk"
        order.refresh_from_db()
        assert (order.confirmed_at, order.confirmed_by, order.price_shown) == (AT, actor.id, Decimal(120))
        by_licence = billing_selectors.users_by_licence(actor=actor, customer_id=cast.bixen.pk)
        assert by_licence == {"business-premium": 4}
        assert [event.setup_id for event in heard] == [done.setup.pk]
        assert AuditEntry.objects.filter(action="order.confirmed").count() == 1


def test_confirming_again_changes_nothing(cast: Cast) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        order = draft(actor, cast.bixen)
        first = orders.confirm(actor=actor, order=order, price_shown=Decimal("120.00"), at=AT)
        again = orders.confirm(actor=actor, order=order, price_shown=Decimal("1.00"), at=AT)
        assert (again.is_new, again.setup) == (False, first.setup)
        with pytest.raises(orders.AlreadyOrdered):
            draft(actor, cast.bixen, domain="andet.dk")
        with pytest.raises(orders.AlreadyOrdered):
            orders.discard_draft(actor=actor, order=order, at=AT)


def test_a_draft_is_edited_and_discarded(cast: Cast) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        first = draft(actor, cast.bixen)
        second = draft(actor, cast.bixen, domain="kontor.it-bixen.dk")
        assert (second.pk, second.domain) == (first.pk, "kontor.it-bixen.dk")
        assert second.declarations == first.declarations
        orders.discard_draft(actor=actor, order=second, at=AT)
        with pytest.raises(orders.NotReady):
            orders.confirm(actor=actor, order=second, price_shown=Decimal(0), at=AT)
        assert draft(actor, cast.bixen).pk != first.pk


def test_a_declaration_says_who_and_when(cast: Cast) -> None:
    with tenant(cast.jonas.actor):
        order = draft(cast.jonas.actor, cast.bixen)
    assert order.declarations["no_on_premise"] == {
        "by": cast.jonas.actor.id,
        "name": "Jonas Holm",
        "at": AT.isoformat(),
    }


def test_a_declaration_can_be_taken_back(cast: Cast) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        order = draft(actor, cast.bixen)
        for _ in range(2):
            left = orders.declare(
                actor=actor, order=order, precondition=Precondition.OFFICE365, holds=False, at=AT
            )
        assert list(left.declarations) == ["no_on_premise"]


def spoil_price_plan(cast: Cast) -> None:
    Customer.objects.visible_to(cast.jonas.actor).filter(pk=cast.bixen.pk).update(price_plan=PricePlan.OLD)
    cast.bixen.refresh_from_db()


def spoil_users(cast: Cast) -> None:
    Employee(customer=cast.bixen, name="Uden Bruger", email="uden@it-bixen.dk").save()


@pytest.mark.parametrize(
    ("spoil", "changes", "unmet"),
    [
        (spoil_price_plan, {}, "price_plan"),
        (lambda cast: None, {"declared": ("no_on_premise",)}, "office365"),
        (lambda cast: None, {"declared": ("office365",)}, "no_on_premise"),
        (spoil_users, {}, "myfone_users"),
    ],
)
def test_each_precondition_stops_the_order(cast: Cast, spoil: Any, changes: Any, unmet: str) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        spoil(cast)
        order = draft(actor, cast.bixen, **changes)
        price = price_now(actor=actor, order=order, at=AT)
        with pytest.raises(orders.NotReady) as refused:
            orders.confirm(actor=actor, order=order, price_shown=price.monthly.total, at=AT)
        assert [check.precondition for check in refused.value.checks if not check.is_met] == [unmet]
        assert not Setup.objects.visible_to(actor).exists()


def test_each_precondition_can_be_mended(cast: Cast) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        spoil_price_plan(cast)
        spoil_users(cast)
        order = draft(actor, cast.bixen)
        assert customers.move_to_new_price_plan(actor=actor, customer=cast.bixen, at=AT) is True
        assert customers.move_to_new_price_plan(actor=actor, customer=cast.bixen, at=AT) is False
        assert invitations.invite(actor=actor, customer=cast.bixen, at=AT) == 1
        cast.bixen.refresh_from_db()
        assert all(check.is_met for check in preconditions(actor=actor, customer=cast.bixen, order=order))


def test_a_customer_without_employees_has_nobody_to_order_for(cast: Cast) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        empty = customers.add_customer(actor=actor, name="Tom ApS", at=AT)
        order = draft(actor, empty, domain="tom.dk")
        with pytest.raises(orders.NotReady):
            orders.confirm(actor=actor, order=order, price_shown=Decimal(0), at=AT)


@pytest.mark.parametrize("shown", ["0.00", "119.99", "90.00"])
def test_a_price_that_is_not_what_was_shown_orders_nothing(cast: Cast, shown: str) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        order = draft(actor, cast.bixen)
        with pytest.raises(orders.PriceChanged), transaction.atomic():
            orders.confirm(actor=actor, order=order, price_shown=Decimal(shown), at=AT)
        assert not Setup.objects.visible_to(actor).exists()


def test_one_licence_per_employee_is_priced_by_what_was_reported(cast: Cast) -> None:
    actor = cast.jonas.actor
    people = [person.employee for person in (cast.sara, cast.peter, cast.mette, cast.line)]
    with tenant(actor):
        order = draft(actor, cast.bixen, licence_mode=LicenceMode.PER_EMPLOYEE, licence_code="")
        billing.report_licences(
            actor=actor, customer=cast.bixen, licences={p.pk: "proplus" for p in people[:3] if p}, at=AT
        )
        price = price_now(actor=actor, order=order, at=AT)
        assert (price.monthly.total, price.without_licence) == (Decimal("90.00"), 1)
        with pytest.raises(orders.NotReady, match=r"licence|licens"):
            orders.confirm(actor=actor, order=order, price_shown=Decimal("90.00"), at=AT)
        assert people[3] is not None
        billing.report_licences(
            actor=actor, customer=cast.bixen, licences={people[3].pk: "enterprise-e5"}, at=AT
        )
        assert orders.confirm(actor=actor, order=order, price_shown=Decimal("90.00"), at=AT).is_new


def test_two_customers_may_order_one_domain_and_neither_learns_of_the_other(cast: Cast) -> None:
    with tenant(cast.olga.actor):
        theirs = draft(cast.olga.actor, cast.fremmed, domain="fælles.dk")
        orders.confirm(actor=cast.olga.actor, order=theirs, price_shown=Decimal("30.00"), at=AT)
    with tenant(cast.jonas.actor):
        ours = draft(cast.jonas.actor, cast.bixen, domain="FÆLLES.dk")
        made = orders.confirm(actor=cast.jonas.actor, order=ours, price_shown=Decimal("120.00"), at=AT)
        assert made.is_new
        assert Setup.objects.visible_to(cast.jonas.actor).count() == 1


def test_names_below_a_proven_domain_are_kept_for_its_customer(cast: Cast) -> None:
    with tenant(cast.olga.actor):
        theirs = draft(cast.olga.actor, cast.fremmed, domain="fælles.dk")
        made = orders.confirm(actor=cast.olga.actor, order=theirs, price_shown=Decimal("30.00"), at=AT)
    with tenant(cast.jonas.actor):
        # A claim that nobody has proven must not keep others from their own names.
        draft(cast.jonas.actor, cast.bixen, domain="it.fælles.dk")
    with tenant(cast.olga.actor):
        claims.prove(actor=cast.olga.actor, setup=made.setup, has_txt=False, at=AT)
    with tenant(cast.jonas.actor):
        for domain in ("it.fælles.dk", "a.b.FÆLLES.dk"):
            with pytest.raises(orders.DomainRefused):
                draft(cast.jonas.actor, cast.bixen, domain=domain)
        draft(cast.jonas.actor, cast.bixen, domain="ufælles.dk")
    assert not orders.is_domain_taken("it.xn--flles-pra.dk", cast.fremmed.pk)


@pytest.mark.parametrize("who", ["sara", "mette", "stig"])
def test_nobody_but_staff_orders(cast: Cast, who: str) -> None:
    person = getattr(cast, who)
    with pytest.raises(NotAllowed), tenant(person.actor):
        draft(person.actor, cast.bixen)


def test_the_sibling_reseller_finds_no_customer_to_order_for(cast: Cast) -> None:
    with pytest.raises(Customer.DoesNotExist), tenant(cast.olga.actor):
        draft(cast.olga.actor, cast.bixen)


def test_employees_are_added_together_or_not_at_all(cast: Cast) -> None:
    actor = cast.jonas.actor
    new = customers.NewEmployee
    with tenant(actor):
        rows = [new("Anna", "Anna@it-bixen.dk", "301"), new("Bo", "bo@it-bixen.dk")]
        made = customers.add_employees(actor=actor, customer=cast.bixen, people=rows, at=AT)
        assert [e.email for e in made] == ["anna@it-bixen.dk", "bo@it-bixen.dk"]
        assert [e.number for e in Extension.objects.visible_to(actor)] == ["301"]
        for row, field in (
            (new("Anna igen", "anna@it-bixen.dk"), "email"),
            (new("Carl", "carl@it-bixen.dk", "301"), "number"),
        ):
            with pytest.raises(customers.EmployeesRefused) as refused, transaction.atomic():
                customers.add_employees(
                    actor=actor, customer=cast.bixen, people=[new("Dan", "dan@it-bixen.dk"), row], at=AT
                )
            assert [(one.row, one.field) for one in refused.value.faults] == [(1, field)]
        assert not Employee.objects.visible_to(actor).filter(name="Dan").exists()


def test_who_joins_after_the_order_gets_the_licence_that_all_have(cast: Cast) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        order = draft(actor, cast.bixen)
        orders.confirm(actor=actor, order=order, price_shown=Decimal("120.00"), at=AT)
        new = customers.NewEmployee("Anna", "anna@it-bixen.dk", "301")
        customers.add_employees(actor=actor, customer=cast.bixen, people=[new], at=AT)
        by_licence = billing_selectors.users_by_licence(actor=actor, customer_id=cast.bixen.pk)
        assert by_licence == {"business-premium": 5}


def test_a_reseller_has_one_company_of_its_own(cast: Cast) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        customers.add_customer(actor=actor, name="Nordlys Tele ApS", is_own_company=True, at=AT)
        with pytest.raises(customers.CustomerRefused):
            customers.add_customer(actor=actor, name="Nordlys to", is_own_company=True, at=AT)


def test_an_invited_employee_chooses_a_password_and_signs_in(cast: Cast, client: Any) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        spoil_users(cast)
        invitations.invite(actor=actor, customer=cast.bixen, at=AT)
        assert invitations.invite(actor=actor, customer=cast.bixen, at=AT) == 0
    job = Job.objects.get(kind="accounts.invitations")
    for _ in range(2):  # delivered twice, it promises one mail
        assert invitations.send_invitations(job) is None
    with tenant(actor):
        mail = OutboxMail.objects.get(template="invitation")
    assert mail.recipient == "uden@it-bixen.dk"
    user = User.objects.get(email="uden@it-bixen.dk")
    assert not user.has_usable_password()
    path = mail.params["url"].removeprefix("http://localhost:8000")
    form = client.get(path, follow=True)
    assert form.status_code == 200
    assert f"Velkommen, {user.name}" in form.content.decode()
    assert "Ny adgangskode" not in form.content.decode()
    near = {"password1": "uden@it-bixen.dk", "password2": "uden@it-bixen.dk"}
    assert "ligner dit navn eller din e-mail" in client.post(form.request["PATH_INFO"], near).content.decode()
    password = "trekant mariehøne vinterjakke"
    done = client.post(form.request["PATH_INFO"], {"password1": password, "password2": password}, follow=True)
    assert done.redirect_chain[-1][0] == "/"
    assert f"Velkommen til Myfone, {user.name}" in done.content.decode()
    user.refresh_from_db()
    assert user.check_password(password)
    client.logout()
    used = client.get(path)
    assert used.status_code == 302
    assert used["Location"].endswith("/account/password/reset/")


@pytest.mark.parametrize("token", ["x", "WzEsICJhIl0:1abc:def", "'"])
def test_a_made_up_invitation_leads_nowhere(db: None, client: Any, token: str) -> None:
    assert client.get(f"/account/invitation/{token}/")["Location"].endswith("/account/password/reset/")


def test_staff_who_are_employees_of_their_own_company_keep_their_user(cast: Cast) -> None:
    actor = cast.jonas.actor
    with tenant(actor):
        own = customers.add_customer(actor=actor, name="Nordlys Tele ApS", is_own_company=True, at=AT)
        row = Employee(customer=own, name="Jonas Holm", email="jonas@nordlystele.dk")
        row.save()
        assert invitations.invite(actor=actor, customer=own, at=AT) == 1
    membership = Membership.objects.get(user=cast.jonas.user)
    assert (membership.role, membership.employee_id) == (Role.RESELLER_STAFF, row.pk)
