"""The stages of a setup: who may confirm what when, what reopening does, and who gets the report."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from myfone.backoffice.overview import overview
from myfone.kernel.models import AuditEntry
from myfone.tenancy.actor import NotAllowed
from myfone.tenancy.context import tenant
from myfone.tenancy.models import Customer, Employee
from provisioning.models import Certificate, Setup, StageConfirmation
from provisioning.rules.stages import Obstacle, StageName
from provisioning.selectors import customers_with_stage
from provisioning.selectors.setups import find
from provisioning.services import setup
from provisioning.stage_texts import next_step
from telephony.models import Phone, PhoneKind
from tests.cast import Cast
from tests.endings import ordered as place

AT = dt.datetime(2026, 11, 12, 9, 0, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(hours=5)


@pytest.fixture
def ordered(cast: Cast) -> Cast:
    """The cast, with Skype for Business ordered for IT-bixen."""
    place(cast, licence="enterprise-e3", price="0.00", at=AT)
    return cast


def stage_of(cast: Cast) -> StageName:
    return find(actor=cast.jonas.actor, customer_public_id=cast.bixen.public_id).stage


def confirm(cast: Cast, *stages: StageName) -> None:
    for stage in stages:
        setup.confirm_stage(actor=cast.jonas.actor, customer=cast.bixen, stage=stage, at=AT)


def name_report(cast: Cast, name: str = "Jonas Holm", email: str = "jonas@nordlystele.dk") -> Setup:
    return setup.name_report_recipient(
        actor=cast.jonas.actor, customer=cast.bixen, name=name, email=email, language="da", at=AT
    )


def test_the_stages_follow_each_other(ordered: Cast) -> None:
    actor = ordered.jonas.actor
    with tenant(actor):
        assert stage_of(ordered) == StageName.CONTACTS
        confirm(ordered, StageName.CONTACTS)
        assert stage_of(ordered) == StageName.DEACTIVATION
        confirm(ordered, StageName.DEACTIVATION)
        assert stage_of(ordered) == StageName.DNS
        setups = Setup.objects.visible_to(actor)
        setups.update(dns_verified_at=AT)
        assert stage_of(ordered) == StageName.USERS
        setups.update(live_at=LATER)
        assert stage_of(ordered) == StageName.USERS
        for person in Employee.objects.visible_to(actor).filter(customer=ordered.bixen):
            Phone(customer=ordered.bixen, employee=person, kind=PhoneKind.SKYPE).save()
        assert stage_of(ordered) == StageName.DONE


def test_the_setup_can_be_closed_without_those_who_do_not_want_skype(ordered: Cast) -> None:
    actor = ordered.jonas.actor
    with tenant(actor):
        confirm(ordered, StageName.CONTACTS, StageName.DEACTIVATION)
        Setup.objects.visible_to(actor).update(dns_verified_at=AT, live_at=LATER)
        confirm(ordered, StageName.DONE)
        assert find(actor=actor, customer_public_id=ordered.bixen.public_id).progress.completed


@pytest.mark.parametrize(
    ("before", "stage", "reason"),
    [
        ((), StageName.DEACTIVATION, Obstacle.CONTACTS_UNCONFIRMED),
        ((), StageName.DNS, Obstacle.CONTACTS_UNCONFIRMED),
        ((StageName.CONTACTS,), StageName.DNS, Obstacle.DEACTIVATION_UNCONFIRMED),
        ((StageName.CONTACTS, StageName.DEACTIVATION), StageName.DONE, Obstacle.DNS_UNVERIFIED),
    ],
)
def test_no_stage_is_confirmed_before_its_turn(
    ordered: Cast, before: tuple[StageName, ...], stage: StageName, reason: Obstacle
) -> None:
    with tenant(ordered.jonas.actor):
        confirm(ordered, *before)
        with pytest.raises(setup.StageClosed) as closed:
            confirm(ordered, stage)
        assert closed.value.reason is reason


def test_nothing_is_confirmed_before_it_is_ordered(cast: Cast) -> None:
    with tenant(cast.jonas.actor), pytest.raises(setup.StageClosed):
        confirm(cast, StageName.CONTACTS)


def test_the_report_cannot_be_named_before_its_turn(ordered: Cast) -> None:
    with tenant(ordered.jonas.actor), pytest.raises(setup.StageClosed):
        name_report(ordered)


def test_a_reopened_stage_keeps_who_said_what_when(ordered: Cast) -> None:
    actor = ordered.jonas.actor
    with tenant(actor):
        confirm(ordered, StageName.CONTACTS, StageName.DEACTIVATION)
        for _ in range(2):
            setup.reopen_stage(actor=actor, customer=ordered.bixen, stage=StageName.CONTACTS, at=LATER)
        assert stage_of(ordered) == StageName.CONTACTS
        confirm(ordered, StageName.CONTACTS)
        history = StageConfirmation.objects.visible_to(actor).filter(stage="contacts").order_by("pk")
        assert [(row.confirmed_by_name, row.reopened_at) for row in history] == [
            ("Jonas Holm", LATER),
            ("Jonas Holm", None),
        ]
        assert AuditEntry.objects.filter(action="stage.reopened").count() == 1


def test_without_skype_before_there_are_no_contacts_to_lose(cast: Cast) -> None:
    place(cast, had_skype=False, licence="enterprise-e3", price="0.00", at=AT)
    with tenant(cast.jonas.actor):
        assert stage_of(cast) == StageName.DEACTIVATION


@pytest.mark.parametrize(
    ("name", "email", "field"),
    [
        ("", "jonas@nordlystele.dk", "name"),
        ("Jonas\r\nBcc: alle@verden.dk", "jonas@nordlystele.dk", "name"),
        ("Jonas\nHolm", "jonas@nordlystele.dk", "name"),
        ("Jonas\x00Holm", "jonas@nordlystele.dk", "name"),
        ("Jonas\u202eHolm", "jonas@nordlystele.dk", "name"),
        ("Jonas\u2028Holm", "jonas@nordlystele.dk", "name"),
        ("Du har vundet: https://svindel.dk", "jonas@nordlystele.dk", "name"),
        ("Klik på WWW.svindel.dk", "jonas@nordlystele.dk", "name"),
        ("x" * 81, "jonas@nordlystele.dk", "name"),
        ("Jonas", "", "email"),
        ("Jonas", "jonas", "email"),
        ("Jonas", "jonas@nordlystele.dk\r\nBcc: alle@verden.dk", "email"),
        ("Jonas", "jonas@nordlystele.dk\n", "email"),
        ("Jonas", "jonas@nordlystele.dk, alle@verden.dk", "email"),
        ("Jonas", "Jonas <jonas@nordlystele.dk>", "email"),
        ("Jonas", "j" * 250 + "@nordlystele.dk", "email"),
    ],
)
def test_what_does_not_belong_in_a_mail_is_refused(ordered: Cast, name: str, email: str, field: str) -> None:
    with tenant(ordered.jonas.actor):
        confirm(ordered, StageName.CONTACTS, StageName.DEACTIVATION)
        with pytest.raises(setup.ReportAddressRefused) as refused:
            name_report(ordered, name, email)
        assert refused.value.field == field


@pytest.mark.parametrize(
    ("name", "kept"), [("  Jonas   Holm ", "Jonas Holm"), ("Søren O'Neil-Åberg", "Søren O'Neil-Åberg")]
)
def test_names_of_people_are_taken(ordered: Cast, name: str, kept: str) -> None:
    with tenant(ordered.jonas.actor):
        confirm(ordered, StageName.CONTACTS, StageName.DEACTIVATION)
        assert name_report(ordered, name).report_name == kept


@pytest.mark.parametrize("who", ["sara", "mette"])
def test_stages_are_the_resellers(ordered: Cast, who: str) -> None:
    person = getattr(ordered, who)
    with pytest.raises(NotAllowed), tenant(person.actor):
        setup.confirm_stage(actor=person.actor, customer=ordered.bixen, stage=StageName.CONTACTS, at=AT)


def test_strangers_find_no_setup(ordered: Cast) -> None:
    for person in (ordered.olga, ordered.stig):
        with tenant(person.actor), pytest.raises(Customer.DoesNotExist):
            find(actor=person.actor, customer_public_id=ordered.bixen.public_id)
    with tenant(ordered.olga.actor), pytest.raises(Customer.DoesNotExist), transaction.atomic():
        setup.confirm_stage(actor=ordered.olga.actor, customer=ordered.bixen, stage=StageName.CONTACTS, at=AT)


def test_the_start_page_lists_own_customers_and_who_waits(ordered: Cast) -> None:
    actor = ordered.jonas.actor
    with tenant(actor):
        listed = [(one.name, one.stage, one.waits_for_me) for one in customers_with_stage(actor=actor)]
        assert listed == [("IT-bixen ApS", StageName.CONTACTS, True), ("Havnens Rederi A/S", None, False)]
    with tenant(ordered.olga.actor):
        assert [one.name for one in customers_with_stage(actor=ordered.olga.actor)] == ["Fremmed ApS"]


@pytest.mark.parametrize(
    ("live", "fault", "waits", "words"),
    [
        (False, None, False, "Waits for tonight's certificate"),
        (False, {"code": "acme_busy", "permanent": False}, False, "Waits for tonight's certificate"),
        (False, {"code": "dns_moved", "permanent": True}, True, "No certificate: see why"),
        (True, {"code": "dns_moved", "permanent": True}, True, "The certificate is not renewed: see why"),
        (True, None, False, "Employees connect in Myfone"),
    ],
)
def test_the_list_tells_a_certificate_on_its_way_from_one_that_stopped(
    ordered: Cast, live: bool, fault: dict[str, object] | None, waits: bool, words: str
) -> None:
    actor = ordered.jonas.actor
    with tenant(actor):
        confirm(ordered, StageName.CONTACTS, StageName.DEACTIVATION)
        Setup.objects.visible_to(actor).update(dns_verified_at=AT, live_at=LATER if live else None)
        Certificate(
            customer=ordered.bixen,
            setup=Setup.objects.visible_to(actor).get(),
            names=["sip.it-bixen.dk"],
            step_at=AT,
            fault=fault,
        ).save()
        (found,) = [one for one in customers_with_stage(actor=actor) if one.name == "IT-bixen ApS"]
        shown = overview(actor)
    with translation.override("en"):
        assert (found.waits_for_me, str(next_step(found))) == (waits, words)
    assert shown["in_use"] == int(live)
    assert len(shown["waiting"]) == int(waits)


def test_standing_and_list_take_the_same_queries_for_many(ordered: Cast) -> None:
    actor = ordered.jonas.actor

    def queries() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as one:
            find(actor=actor, customer_public_id=ordered.bixen.public_id)
        with CaptureQueriesContext(connection) as all_of_them:
            customers_with_stage(actor=actor)
        return len(one), len(all_of_them)

    with tenant(actor):
        few = queries()
        Employee.objects.bulk_create(
            Employee(customer=ordered.bixen, name=f"Nr {i}", email=f"n{i}@it-bixen.dk") for i in range(200)
        )
        Customer.objects.bulk_create(Customer(reseller=ordered.nordlys, name=f"Kunde {i}") for i in range(50))
        assert queries() == few == (2, 1)
