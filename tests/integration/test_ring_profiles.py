"""Who may see, choose and change ring profiles, and what two people at once see."""

from __future__ import annotations

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from telephony.models import Ddi, Extension, RingProfile, SipDomain, Template, Trunk
from telephony.rules.profiles import Fault, Target
from telephony.selectors.profiles import active_profile, preview
from telephony.services import phones, profiles
from telephony.services.profiles import (
    Draft,
    EndsInThePast,
    MemberDraft,
    NotYourNumber,
    ProfileChanged,
    ProfileFaulty,
    StepDraft,
)
from tests.cast import Cast

AT = dt.datetime(2026, 11, 23, 9, 15, tzinfo=dt.UTC)


@pytest.fixture
def office_profile(cast: Cast) -> RingProfile:
    assert cast.mette.employee is not None
    with tenant(cast.sara.actor):
        phones.add_mobile(actor=cast.sara.actor, employee=cast.mette.employee, number="+4522334455")
    with tenant(cast.mette.actor):
        made = profiles.create_templates(actor=cast.mette.actor, employee=cast.mette.employee)
        assert profiles.create_templates(actor=cast.mette.actor, employee=cast.mette.employee) == []
    assert [profile.template for profile in made] == list(Template)
    return made[0]


def test_a_choice_holds_until_its_end_and_undoing_brings_the_one_before_back(
    cast: Cast, office_profile: RingProfile
) -> None:
    actor = cast.mette.actor
    with tenant(actor):
        mine = {
            p.template: p for p in RingProfile.objects.visible_to(actor).filter(employee=actor.employee_id)
        }
        assert active_profile(office_profile.employee_id, AT) == office_profile.pk
        profiles.choose(actor=actor, profile=mine["home"], until=None, at=AT)
        until = AT + dt.timedelta(hours=2)
        choice = profiles.choose(actor=actor, profile=mine["off"], until=until, at=AT)
        assert profiles.choose(actor=actor, profile=mine["off"], until=until, at=AT).pk == choice.pk
        assert active_profile(office_profile.employee_id, AT) == mine["off"].pk
        assert active_profile(office_profile.employee_id, until) == office_profile.pk
        with pytest.raises(EndsInThePast):
            profiles.choose(actor=actor, profile=mine["home"], until=AT, at=AT)
        assert profiles.undo(actor=actor, choice=choice, at=AT)
        assert active_profile(office_profile.employee_id, AT) == mine["home"].pk


def test_the_second_to_save_is_told(cast: Cast, office_profile: RingProfile) -> None:
    draft = Draft(name="Kontoret", targets=(Target("always"),))
    with tenant(cast.mette.actor):
        profiles.save(actor=cast.mette.actor, profile=office_profile, version=1, draft=draft)
        with pytest.raises(ProfileChanged):
            profiles.save(actor=cast.mette.actor, profile=office_profile, version=1, draft=draft)
        with pytest.raises(ProfileFaulty) as faulty:
            empty = Draft(steps=(StepDraft(20, ()),))
            profiles.save(actor=cast.mette.actor, profile=office_profile, version=2, draft=empty)
    assert [finding.fault for finding in faulty.value.faults] == [Fault.EMPTY_STEP]


def test_strangers_see_nothing_and_name_nothing_of_others(cast: Cast, office_profile: RingProfile) -> None:
    with tenant(cast.mette.actor):
        SipDomain(customer=cast.bixen, name="it-bixen.dk").save()
    with tenant(cast.stig.actor):
        assert active_profile(office_profile.employee_id, AT) is None
        assert preview("it-bixen.dk", "201", "203", AT) == []
        assert not RingProfile.objects.visible_to(cast.stig.actor).exists()
    with tenant(cast.line.actor):
        assert not RingProfile.objects.visible_to(cast.line.actor).exists()


def test_a_call_is_explained(cast: Cast, office_profile: RingProfile) -> None:
    with tenant(cast.sara.actor):
        SipDomain(customer=cast.bixen, name="it-bixen.dk").save()
    out = io.StringIO()
    call_command("explain_call", "it-bixen.dk", "+4511223344", "999", "--json", stdout=out)
    assert [row["why"] for row in json.loads(out.getvalue())] == ["unknown_number"]
    call_command("explain_call", "it-bixen.dk", "+4511223344", "999", "--at", "2026-11-23T10:15", stdout=out)
    assert "404" in out.getvalue()
    with pytest.raises(CommandError, match="nowhere"):
        call_command("explain_call", "nowhere.dk", "a", "b")


def test_a_foreign_phone_is_no_member(cast: Cast, office_profile: RingProfile) -> None:
    with tenant(cast.stig.actor):
        assert cast.stig.employee is not None
        foreign = phones.add_mobile(actor=cast.stig.actor, employee=cast.stig.employee, number="+4599887766")
    draft = Draft(steps=(StepDraft(20, (MemberDraft(phone=foreign.pk),)),))
    with tenant(cast.mette.actor), pytest.raises(IntegrityError), transaction.atomic():
        profiles.save(actor=cast.mette.actor, profile=office_profile, version=1, draft=draft)
        connection.check_constraints()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_number_that_is_not_written_out_passes_no_shut_destination(
    cast: Cast, office_profile: RingProfile
) -> None:
    Trunk.objects.create(name="Nordnet", gateway="trunk.example:5060")
    written = [MemberDraft(number=number) for number in ("+4590123456", "+4522334455")]
    with tenant(cast.mette.actor):
        for number in ("004590123456", "112", "1@evil.dk"):
            draft = Draft(steps=(StepDraft(20, (MemberDraft(number=number),)),))
            with pytest.raises(IntegrityError, match="member_is_e164"), transaction.atomic():
                profiles.save(
                    actor=cast.mette.actor, profile=office_profile, version=1, draft=draft, confirmed=[number]
                )
            draft = Draft(targets=(Target("always", number=number),))
            with pytest.raises(IntegrityError, match="target_is_e164"), transaction.atomic():
                profiles.save(
                    actor=cast.mette.actor, profile=office_profile, version=1, draft=draft, confirmed=[number]
                )
        SipDomain(customer=cast.bixen, name="it-bixen.dk").save()
        Extension(customer=cast.bixen, number="203", employee=cast.mette.employee).save()
        draft = Draft(steps=(StepDraft(20, tuple(written)),))
        profiles.save(actor=cast.mette.actor, profile=office_profile, version=1, draft=draft)
        rung = [row.uri for row in preview("it-bixen.dk", "+4511223344", "203", AT) if row.kind == "trunk"]
    assert rung == ["sip:+4522334455@trunk.example:5060;user=phone"]


def test_a_call_that_branches_again_and_again_stays_small(cast: Cast, office_profile: RingProfile) -> None:
    Trunk.objects.create(name="Nordnet", gateway="trunk.example:5060")
    assert cast.mette.employee is not None
    actor, number = cast.mette.actor, MemberDraft(number="+4522334455")
    with tenant(actor):
        SipDomain(customer=cast.bixen, name="it-bixen.dk").save()
        Extension(customer=cast.bixen, number="203", employee=cast.mette.employee).save()
        chain = [office_profile]
        for place in range(8):
            one = RingProfile(
                customer=cast.bixen, employee=cast.mette.employee, name=f"{place}", position=20 + place
            )
            one.save()
            chain.append(one)
        for one, other in zip(chain, [*chain[1:], None], strict=True):
            targets = [Target(said, profile=other and other.pk) for said in ("busy", "no_answer")]
            draft = Draft(steps=(StepDraft(20, (number,) * 10),), targets=tuple(targets))
            profiles.save(actor=actor, profile=one, version=1, draft=draft)
        rows = preview("it-bixen.dk", "+4511223344", "203", AT)
    # 2 ^ 8 branches of ten; the switch walks through 500 rows at most.
    assert 100 < len(rows) < 300


def test_nobody_shows_a_number_of_a_colleague(cast: Cast, office_profile: RingProfile) -> None:
    with tenant(cast.line.actor):
        line = Extension(customer=cast.bixen, number="205", employee=cast.line.employee)
        line.save()
    with tenant(cast.sara.actor):
        theirs = phones.add_ddi(actor=cast.sara.actor, extension=line, number="+4569142405")
    with tenant(cast.mette.actor), pytest.raises(NotYourNumber):
        draft = Draft(outgoing=theirs.pk, targets=(Target("always"),))
        profiles.save(actor=cast.mette.actor, profile=office_profile, version=1, draft=draft)


def test_a_number_that_was_led_elsewhere_is_shown_no_more(cast: Cast, office_profile: RingProfile) -> None:
    Trunk.objects.create(name="Nordnet", gateway="trunk.example:5060")
    with tenant(cast.sara.actor):
        SipDomain(customer=cast.bixen, name="it-bixen.dk").save()
        own = Extension(customer=cast.bixen, number="203", employee=cast.mette.employee)
        other = Extension(customer=cast.bixen, number="205", employee=cast.line.employee)
        own.save()
        other.save()
        ddi = phones.add_ddi(actor=cast.sara.actor, extension=own, number="+4569142405")
    with tenant(cast.mette.actor):
        draft = Draft(outgoing=ddi.pk, targets=(Target("always"),))
        profiles.save(actor=cast.mette.actor, profile=office_profile, version=1, draft=draft)
        for extension, shown in ((own, "+4569142405"), (other, None)):
            Ddi.objects.visible_to(cast.mette.actor).filter(pk=ddi.pk).update(extension=extension)
            rows = preview("it-bixen.dk", "203", "+4511223344", AT)
            assert rows[0].shows == shown


def test_a_preview_says_nothing_of_another_companys_phones(cast: Cast) -> None:
    assert cast.mette.employee is not None
    Trunk.objects.create(name="Nordnet", gateway="trunk.example:5060")
    assert cast.freja.employee is not None
    with tenant(cast.jonas.actor):
        freja = Extension(
            customer_id=cast.freja.employee.customer_id, number="201", employee=cast.freja.employee
        )
        freja.save()
        phones.add_mobile(actor=cast.jonas.actor, employee=cast.freja.employee, number="+4599887766")
        phones.add_ddi(actor=cast.jonas.actor, extension=freja, number="+4544556677")
    with tenant(cast.mette.actor):
        SipDomain(customer=cast.bixen, name="it-bixen.dk").save()
        Extension(customer=cast.bixen, number="203", employee=cast.mette.employee).save()
        rows = preview("it-bixen.dk", "203", "+4544556677", AT)
        (profile, *_others) = profiles.create_templates(actor=cast.mette.actor, employee=cast.mette.employee)
        onward = Draft(targets=(Target("always", number="+4544556677"),))
        profiles.save(actor=cast.mette.actor, profile=profile, version=1, draft=onward)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT kind, uri, phone_name, employee_id, employee_name"
                " FROM switch.preview_employee(%s, false, %s)",
                [cast.mette.employee.pk, AT],
            )
            assert cursor.fetchall() == [("trunk", "", None, None, None)]
    (rung,) = [row for row in rows if row.kind != "from"]
    assert (rung.kind, rung.uri, rung.phone_id, rung.employee_id, rung.customer_id) == (
        "trunk", "", None, None, None,
    )  # fmt: skip


def test_profiles_end_by_the_clock_alone(cast: Cast, office_profile: RingProfile) -> None:
    actor = cast.mette.actor
    with tenant(actor):
        mine = {
            p.template: p for p in RingProfile.objects.visible_to(actor).filter(employee=actor.employee_id)
        }
        now = clock.now()
        profiles.choose(actor=actor, profile=mine["move"], until=now + dt.timedelta(minutes=5), at=now)
        assert active_profile(office_profile.employee_id, now + dt.timedelta(minutes=6)) == office_profile.pk
