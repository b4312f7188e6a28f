"""A customer with several domains: each has its own order, setup, claim and end; nothing acts on the wrong one."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.models import Activation, EmployeeLicence
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from provisioning.models import (
    ContactsAnswer,
    DomainClaim,
    Ending,
    LicenceMode,
    Order,
    Setup,
    StageConfirmation,
)
from provisioning.models.moving import Answer
from provisioning.rules.preconditions import DECLARED
from provisioning.rules.stages import StageName
from provisioning.selectors import customers_with_stage
from provisioning.selectors.past import history
from provisioning.selectors.setups import SeveralDomains, find, standings
from provisioning.selectors.skype_accounts import linking
from provisioning.services import certificates, claims, moving, order_changes, orders, skype_accounts
from provisioning.services import setup as service
from telephony.models import Phone, SipDomain
from tests.cast import Cast, Person, signed_in
from tests.certificates import Outside, stand_ins
from tests.endings import PASSWORD, carried_out, deliver, in_use, ordered
from tests.integration.test_orders_at_once import at_once

NOW = dt.datetime(2026, 11, 12, 9, 0, tzinfo=dt.UTC)
FIRST, SECOND = "it-bixen.dk", "bixen-it.dk"
PAGES = pytest.mark.django_db(databases=["default", "counters"])


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    return stand_ins(tmp_path, FIRST, SECOND).use(monkeypatch)


def begin(cast: Cast, domain: str = SECOND, **more: Any) -> Order:
    actor = cast.jonas.actor
    with tenant(actor):
        order = orders.save_draft(
            actor=actor,
            customer=cast.bixen,
            domain=domain,
            had_skype=True,
            licence_mode=LicenceMode.ONE_FOR_ALL,
            licence_code="enterprise-e3",
            another=True,
            at=clock.now(),
            **more,
        )
        for precondition in DECLARED:
            orders.declare(actor=actor, order=order, precondition=precondition, at=clock.now())
    return order


def order_second(cast: Cast, domain: str = SECOND) -> Setup:
    order, actor = begin(cast, domain), cast.jonas.actor
    with tenant(actor):
        return orders.confirm(actor=actor, order=order, price_shown=Decimal("120.00"), at=clock.now()).setup


def second_in_use(cast: Cast) -> Setup:
    setup, actor = order_second(cast), cast.jonas.actor
    with tenant(actor):
        claims.prove(actor=actor, setup=setup, has_txt=True, at=clock.now())
    planned = [one for one in certificates.tonight(at=clock.now()) if one.setup_id == setup.pk]
    deliver(*(certificates.job_key(one) for one in planned))
    with tenant(actor):
        found: Setup = Setup.objects.visible_to(actor).select_related("order").get(pk=setup.pk)
    assert found.live_at
    return found


def base(cast: Cast, setup: Setup | None = None) -> str:
    path = f"/admin/customers/{cast.bixen.public_id}/skype/"
    return f"{path}{setup.order.public_id}/" if setup is not None else path


def confirmed(cast: Cast, setup: Setup) -> set[str]:
    with tenant(cast.jonas.actor):
        rows = StageConfirmation.objects.visible_to(cast.jonas.actor).filter(setup=setup, reopened_at=None)
        return set(rows.values_list("stage", flat=True))


def test_a_second_domain_has_its_own_order_setup_and_claim_and_leaves_licences_alone(cast: Cast) -> None:
    first, second = ordered(cast), order_second(cast)
    actor = cast.jonas.actor
    with tenant(actor):
        assert first.order_id != second.order_id
        assert set(DomainClaim.objects.visible_to(actor).values_list("domain", flat=True)) == {FIRST, SECOND}
        # One licence for all was asked for with it, and is not what decides: licences are the employees'.
        codes = EmployeeLicence.objects.visible_to(actor).values_list("licence_type__code", flat=True)
        assert set(codes) == {"business-premium"}
        assert Order.objects.visible_to(actor).get(domain=FIRST).licence_type is not None
        assert Order.objects.visible_to(actor).get(domain=SECOND).licence_mode == LicenceMode.PER_EMPLOYEE


def test_the_same_domain_is_not_ordered_twice(cast: Cast) -> None:
    ordered(cast)
    with pytest.raises(orders.DomainOrdered, match="allerede"):
        begin(cast, FIRST.upper())
    second = order_second(cast)
    actor = cast.jonas.actor
    with tenant(actor), pytest.raises(orders.DomainOrdered):
        order_changes.change(
            actor=actor,
            order=second.order,
            domain=FIRST,
            licence_mode=LicenceMode.PER_EMPLOYEE,
            at=clock.now(),
        )
    with tenant(actor), pytest.raises(orders.AlreadyOrdered):
        orders.save_draft(
            actor=actor,
            customer=cast.bixen,
            domain="tredje.dk",
            had_skype=True,
            licence_mode=LicenceMode.PER_EMPLOYEE,
            at=clock.now(),
        )


def test_the_database_holds_one_order_a_domain_and_one_draft(cast: Cast) -> None:
    ordered(cast)
    begin(cast)
    with tenant(cast.jonas.actor):
        for domain, at, name in (
            (FIRST.upper(), NOW, "one_standing_order_a_domain"),
            ("tredje.dk", None, "one_draft_a_customer"),
        ):
            extra = Order(customer=cast.bixen, domain=domain, created_by="x", confirmed_at=at)
            with pytest.raises(IntegrityError, match=name), transaction.atomic():
                extra.save()


def test_a_draft_that_was_discarded_is_not_another(cast: Cast) -> None:
    ordered(cast)
    old = begin(cast)
    with tenant(cast.jonas.actor):
        orders.discard_draft(actor=cast.jonas.actor, order=old, at=clock.now())
    begin(cast, "tredje.dk")
    with pytest.raises(orders.NotReady, match="kasseret"):
        begin(cast, "fjerde.dk", order=old)


def test_two_browsers_ordering_the_same_second_domain_order_it_once(live_cast: Cast) -> None:
    ordered(live_cast)
    results = at_once(lambda: begin(live_cast), lambda: begin(live_cast))
    assert len({result.pk for result in results}) == 1, results  # type: ignore[attr-defined]
    order, actor = results[0], live_cast.jonas.actor

    def confirm() -> object:
        with tenant(actor):
            return orders.confirm(
                actor=actor,
                order=order,  # type: ignore[arg-type]
                price_shown=Decimal("120.00"),
                at=clock.now(),
            )

    done = at_once(confirm, confirm)
    assert sorted(one.is_new for one in done) == [False, True], done  # type: ignore[attr-defined]
    with tenant(actor):
        assert Setup.objects.visible_to(actor).filter(domain=SECOND).count() == 1


def test_a_stage_is_confirmed_for_the_setup_that_is_named_alone(cast: Cast) -> None:
    first, second = ordered(cast), order_second(cast)
    actor, at = cast.jonas.actor, clock.now()
    with tenant(actor):
        with pytest.raises(SeveralDomains):
            service.confirm_stage(actor=actor, customer=cast.bixen, stage=StageName.CONTACTS, at=at)
        with pytest.raises(SeveralDomains):
            moving.mail_everybody(actor=actor, customer=cast.bixen, number=1, at=at)
        service.confirm_stage(actor=actor, customer=cast.bixen, stage=StageName.CONTACTS, at=at, setup=second)
        # Another customer's name beside it opens nothing.
        with pytest.raises(service.StageClosed):
            service.confirm_stage(
                actor=actor, customer=cast.havnen, stage=StageName.CONTACTS, at=at, setup=first
            )
        assert [one.stage for one in standings(actor=actor, customer_public_id=cast.bixen.public_id)] == [
            StageName.CONTACTS,
            StageName.DEACTIVATION,
        ]
    assert (confirmed(cast, first), confirmed(cast, second)) == (set(), {"contacts"})


def test_an_employee_answers_once_for_the_old_skype(cast: Cast) -> None:
    first, second = ordered(cast), order_second(cast)
    with tenant(cast.mette.actor):
        assert linking(cast.mette.actor).moving
        moving.answer(actor=cast.mette.actor, said=Answer.EXPORTED, at=clock.now())
        assert not linking(cast.mette.actor).moving
        rows = ContactsAnswer.objects.visible_to(cast.mette.actor)
        assert set(rows.values_list("setup", flat=True)) == {first.pk, second.pk}


def test_lists_show_the_domain_that_presses_most_with_its_own_stages(cast: Cast) -> None:
    first, _second = ordered(cast), order_second(cast)
    actor = cast.jonas.actor
    with tenant(actor):
        for stage in (StageName.CONTACTS, StageName.DEACTIVATION):
            service.confirm_stage(actor=actor, customer=cast.bixen, stage=stage, at=clock.now(), setup=first)
        (found,) = [one for one in customers_with_stage(actor=actor) if one.customer == cast.bixen]
        assert (found.domain, found.stage, len(found.domains)) == (SECOND, StageName.CONTACTS, 2)


@PAGES
def test_employees_choose_among_domains_that_are_open_their_own_first(cast: Cast, outside: Outside) -> None:
    with time_machine.travel(NOW, tick=False):
        in_use(cast, FIRST, cast.line)
        second_in_use(cast)
        mette = cast.mette.actor
        with tenant(mette):
            assert [one.name for one in linking(mette).choices] == [FIRST, SECOND]
        page = signed_in(cast.mette).get("/settings/skype-for-business/").content.decode()
        assert re.findall(r'name="domain" value="([^"]+)"[^>]*?( checked)?', page)[0][0] == FIRST
        with tenant(mette), pytest.raises(skype_accounts.DomainClosed):
            skype_accounts.link_account(
                actor=mette, username="mette", password=PASSWORD, at=NOW, domain="fremmed.dk"
            )
        sent = {"username": "mette", "domain": SECOND, "password": PASSWORD, "repeat": PASSWORD}
        answer = signed_in(cast.mette).post("/settings/skype-for-business/", sent)
        assert answer.status_code == 302, answer.content.decode()
        with tenant(mette):
            phone = (
                Phone.objects.visible_to(mette).select_related("sip_domain").get(employee=mette.employee_id)
            )
            assert phone.sip_domain is not None
            assert phone.sip_domain.name == SECOND
        # Over to the other domain within the month: still one fee.
        with tenant(mette):
            skype_accounts.unlink_account(actor=mette, at=NOW)
            skype_accounts.link_account(
                actor=mette, username="mette", password=PASSWORD, at=NOW, domain=FIRST
            )
            fees = Activation.objects.visible_to(mette).filter(employee=mette.employee_id)
            assert fees.filter(deactivated_at=None).count() == 1


def test_the_end_of_one_contract_leaves_the_other_domain_in_use(live_cast: Cast, outside: Outside) -> None:
    with time_machine.travel(NOW, tick=False):
        first = in_use(live_cast, FIRST, live_cast.line)
        second = second_in_use(live_cast)
        actor = live_cast.jonas.actor
        with tenant(live_cast.mette.actor):
            skype_accounts.link_account(
                actor=live_cast.mette.actor, username="mette", password=PASSWORD, at=NOW, domain=SECOND
            )
        path = f"/admin/customers/{live_cast.bixen.public_id}/skype/"
        jonas = signed_in(live_cast.jonas)
        page = jonas.get(f"{base(live_cast, first)}end/").content.decode()
        assert f'action="{base(live_cast, first)}end/"' in page
        refused = jonas.post(f"{path}end/", {"last_day": "2026-11-12", "domain": FIRST})
        assert refused.status_code == 409
        with tenant(actor):
            assert not Ending.objects.visible_to(actor).exists()
        jonas.post(f"{base(live_cast, first)}end/", {"last_day": "2026-11-12", "domain": FIRST})
        with tenant(actor):
            ending = Ending.objects.visible_to(actor).get()
            assert ending.setup_id == first.pk
        assert carried_out(ending).accounts == 1
        assert b"bixen-it.dk" not in jonas.get(f"{base(live_cast, first)}end/").content
        with tenant(actor):
            open_domains = SipDomain.objects.visible_to(actor).filter(ended_at=None)
            assert list(open_domains.values_list("name", flat=True)) == [SECOND]
            assert find(actor=actor, customer_public_id=live_cast.bixen.public_id).setup == second
            fees = Activation.objects.visible_to(actor).filter(deactivated_at=None)
            assert list(fees.values_list("employee__name", flat=True)) == ["Mette Hansen"]


@PAGES
def test_cancelling_one_order_leaves_the_other(cast: Cast) -> None:
    first, second = ordered(cast), order_second(cast)
    jonas = signed_in(cast.jonas)
    assert jonas.post(f"{base(cast)}order/cancel/", {"reason": ""}).status_code == 409
    assert jonas.post(f"{base(cast, second)}order/cancel/", {"reason": ""}).status_code == 302
    actor = cast.jonas.actor
    with tenant(actor):
        assert Order.objects.visible_to(actor).get(pk=second.order_id).cancelled_at
        assert not Order.objects.visible_to(actor).get(pk=first.order_id).cancelled_at
        claims_left = DomainClaim.objects.visible_to(actor).filter(ended_at=None)
        assert list(claims_left.values_list("domain", flat=True)) == [FIRST]
    answer = jonas.post(f"{base(cast, second)}contacts/")
    assert (answer.status_code, answer["Location"]) == (302, base(cast))
    assert confirmed(cast, first) == set()


@PAGES
def test_from_the_first_domain_to_the_records_of_the_second(cast: Cast) -> None:
    first = ordered(cast)
    jonas = signed_in(cast.jonas)
    assert f'href="{base(cast)}add/"' in jonas.get(f"{base(cast)}order/").content.decode()
    assert jonas.get(f"{base(cast)}add/").status_code == 200
    answer = jonas.post(f"{base(cast)}add/", {"domain": FIRST, "had_skype": "yes"})
    assert "er bestilt" in answer.content.decode()
    answer = jonas.post(f"{base(cast)}add/", {"domain": SECOND, "had_skype": "yes"})
    with tenant(cast.jonas.actor):
        draft = Order.objects.visible_to(cast.jonas.actor).get(domain=SECOND)
    path = f"{base(cast)}{draft.public_id}/"
    assert answer["Location"] == f"{path}order/confirm/"
    assert jonas.get(f"{base(cast)}add/")["Location"] == f"{path}order/"
    assert jonas.get(f"{path}order/").status_code == 200
    for precondition in DECLARED:
        jonas.post(f"{path}order/declare/", {"precondition": precondition.value})
    answer = jonas.post(f"{path}order/confirm/", {"price": "120.00"})
    assert answer["Location"] == path
    # The customer's own address shows both; every other page of it leads there.
    listed = jonas.get(base(cast)).content.decode()
    assert f'href="{path}"' in listed
    assert f'href="{base(cast, first)}"' in listed
    assert jonas.get(f"{base(cast)}contacts/")["Location"] == base(cast)
    assert jonas.post(f"{base(cast)}contacts/").status_code == 409
    page = jonas.get(f"{path}contacts/").content.decode()
    assert f'action="{path}contacts/"' in page
    assert jonas.post(f"{base(cast, first)}deactivation/").status_code == 409
    jonas.post(f"{base(cast, first)}contacts/")
    jonas.post(f"{base(cast, first)}deactivation/")
    jonas.post(f"{path}contacts/")
    assert jonas.get(f"{path}deactivation/").content.decode().count(FIRST) == 1
    assert "Koster ikke ekstra" in jonas.get(f"{path}order/").content.decode()
    jonas.post(f"{path}deactivation/")
    jonas.post(f"{path}dns/report/", {"name": "Per", "email": "per@bixen-it.dk"})
    with tenant(cast.jonas.actor):
        second = Setup.objects.visible_to(cast.jonas.actor).get(domain=SECOND)
        assert (second.report_email, confirmed(cast, second)) == (
            "per@bixen-it.dk",
            {"contacts", "deactivation"},
        )
        assert not Setup.objects.visible_to(cast.jonas.actor).get(domain=FIRST).report_email
    page = jonas.get(f"/admin/setup/{second.public_id}/dns/").content.decode()
    assert f'href="{path}contacts/"' in page
    assert base(cast, first) not in page


def test_each_domain_has_its_own_history(cast: Cast) -> None:
    _first, second = ordered(cast), order_second(cast)
    actor = cast.jonas.actor
    with tenant(actor):
        service.confirm_stage(
            actor=actor, customer=cast.bixen, stage=StageName.CONTACTS, at=clock.now(), setup=second
        )
        found = standings(actor=actor, customer_public_id=cast.bixen.public_id)
        told = [history(actor=actor, standing=each, licences={}) for each in found]
    ours, theirs = ([one.text for one in happened] for happened in told)
    assert not [text for text in ours if SECOND in text]
    assert not [text for text in theirs if FIRST in text]
    assert [any(one.stage is StageName.CONTACTS for one in happened) for happened in told] == [False, True]


@PAGES
@pytest.mark.parametrize("page", ["", "order/", "contacts/", "users/", "history/", "licences/"])
def test_a_page_of_one_of_several_domains_asks_no_more(cast: Cast, page: str) -> None:
    first, _second = ordered(cast), order_second(cast)
    jonas = signed_in(cast.jonas)
    address = base(cast) if not page else f"{base(cast, first)}{page}"
    jonas.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert jonas.get(address).status_code == 200
    asked = [one for one in queries.captured_queries if one["sql"].startswith(("SELECT", "WITH"))]
    mine = [one for one in asked if "provisioning_" in one["sql"] or "tenancy_" in one["sql"]]
    assert len(mine) <= 6, [one["sql"][:80] for one in mine]


@PAGES
def test_strangers_see_none_of_it_and_orders_do_not_cross_customers(cast: Cast) -> None:
    first, second = ordered(cast), order_second(cast)
    strangers: list[Person] = [cast.olga, cast.sara, cast.stig, cast.mette]
    for person in strangers:
        browser = signed_in(person)
        for address in (
            base(cast),
            f"{base(cast)}add/",
            base(cast, second),
            f"{base(cast, second)}contacts/",
        ):
            assert browser.get(address).status_code == 404, (person.user.name, address)
        assert browser.post(f"{base(cast, second)}contacts/").status_code == 404
        assert browser.post(f"{base(cast)}add/", {"domain": "x.dk", "had_skype": "no"}).status_code == 404
    jonas = signed_in(cast.jonas)
    crossed = f"/admin/customers/{cast.havnen.public_id}/skype/{second.order.public_id}/contacts/"
    assert jonas.get(crossed).status_code == 404
    assert jonas.post(crossed).status_code == 404
    assert (confirmed(cast, first), confirmed(cast, second)) == (set(), set())
