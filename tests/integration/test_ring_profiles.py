"""Who may see, choose and change ring profiles, and what two people at once see."""

from __future__ import annotations

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from telephony.models import RingProfile, SipDomain, Template
from telephony.rules.profiles import Fault, Target
from telephony.selectors.profiles import active_profile, preview
from telephony.services import phones, profiles
from telephony.services.profiles import (
    Draft,
    EndsInThePast,
    MemberDraft,
    ProfileChanged,
    ProfileFaulty,
    StepDraft,
)
from tests.cast import Cast

AT = dt.datetime(2026, 11, 23, 9, 15, tzinfo=dt.UTC)


@pytest.fixture
def office_profile(cast: Cast) -> RingProfile:
    with tenant(cast.mette.actor):
        assert cast.mette.employee is not None
        phones.add_mobile(actor=cast.mette.actor, employee=cast.mette.employee, number="+4522334455")
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
    assert faulty.value.faults == (Fault.EMPTY_STEP,)


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
    from django.db import IntegrityError, connection, transaction

    with tenant(cast.stig.actor):
        assert cast.stig.employee is not None
        foreign = phones.add_mobile(actor=cast.stig.actor, employee=cast.stig.employee, number="+4599887766")
    draft = Draft(steps=(StepDraft(20, (MemberDraft(phone=foreign.pk),)),))
    with tenant(cast.mette.actor), pytest.raises(IntegrityError), transaction.atomic():
        profiles.save(actor=cast.mette.actor, profile=office_profile, version=1, draft=draft)
        connection.check_constraints()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_profiles_end_by_the_clock_alone(cast: Cast, office_profile: RingProfile) -> None:
    actor = cast.mette.actor
    with tenant(actor):
        mine = {
            p.template: p for p in RingProfile.objects.visible_to(actor).filter(employee=actor.employee_id)
        }
        now = clock.now()
        profiles.choose(actor=actor, profile=mine["move"], until=now + dt.timedelta(minutes=5), at=now)
        assert active_profile(office_profile.employee_id, now + dt.timedelta(minutes=6)) == office_profile.pk
