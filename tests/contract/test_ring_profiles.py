"""Ring profiles decide real calls: order, time, and where calls go otherwise, from the next call on."""

from __future__ import annotations

import datetime as dt

import pytest

from demo.sipclient.phone import SipPhone
from myfone.kernel import clock
from myfone.tenancy.context import tenant
from telephony.models import PhoneKind, RingProfile, Template
from telephony.rules.profiles import Target
from telephony.selectors.profiles import Row, preview
from telephony.services import presence
from telephony.services import profiles as services
from telephony.services.profiles import Draft, MemberDraft, StepDraft
from tests.cast import Person
from tests.contract.calling import DOMAIN, Office
from tests.contract.controlling import carried, controller, relay, switch
from tests.contract.switching import eventually

__all__ = ["carried", "controller", "relay", "switch"]
pytestmark = pytest.mark.usefixtures("carried")


def profiles(office: Office, person: Person) -> dict[str, RingProfile]:
    assert person.employee is not None
    with tenant(person.actor):
        services.create_templates(actor=person.actor, employee=person.employee)
        found = RingProfile.objects.visible_to(person.actor).filter(employee=person.employee)
        return {profile.template: profile for profile in found}


def save(
    person: Person, profile: RingProfile, *steps: tuple[int, list[MemberDraft]], **targets: Target
) -> None:
    with tenant(person.actor):
        profile.refresh_from_db()
        draft = Draft(
            steps=tuple(StepDraft(seconds, tuple(members)) for seconds, members in steps),
            targets=tuple(targets.values()),
        )
        services.save(actor=person.actor, profile=profile, version=profile.version, draft=draft)


def choose(person: Person, profile: RingProfile, until: dt.datetime | None = None) -> object:
    with tenant(person.actor):
        return services.choose(actor=person.actor, profile=profile, until=until, at=clock.now())


def rung_between(phone: SipPhone, start: float) -> tuple[float, float]:
    return phone.times("rings")[0] - start, phone.times("cancelled")[0] - start


def test_steps_ring_in_order_for_their_time_and_then_the_colleague(office: Office) -> None:
    mette = office.cast.mette
    office.equip(mette, "soft", PhoneKind.SOFTPHONE)
    office.mobile(mette, "mobile", "+4522334455")
    office_profile = profiles(office, mette)[Template.OFFICE]
    phone = {name: MemberDraft(phone=row.pk) for name, row in office.rows.items()}
    assert office.cast.line.employee is not None
    save(
        mette,
        office_profile,
        (4, [phone["mette"], phone["soft"]]),
        (5, [phone["mobile"]]),
        otherwise=Target("no_answer", colleague=office.cast.line.employee.pk),
    )
    sara, desk, soft = office.connect("sara"), office.connect("mette"), office.connect("soft")
    line = office.connect("line", answers_after=0)
    with tenant(office.cast.sara.actor):
        shown = preview(DOMAIN, "sara-desk", "203", clock.now())
    assert [(r.step, r.kind, r.seconds, r.if_unanswered) for r in shown] == [
        (0, "from", 0, 0), (1, "phone", 4, 2), (1, "phone", 4, 2), (2, "trunk", 5, 3), (3, "phone", 30, 0),
    ]  # fmt: skip
    call = sara.call("203").wait("up", seconds=20)
    start = sara.times("calls")[0]
    for one in (desk, soft):
        began, ended = rung_between(one, start)
        assert began < 3
        assert 3 < ended - began < 8
    began, ended = rung_between(office.trunk, start)
    # A step never ends before its time; after it a busy machine may need a moment.
    assert 3 < began < 8
    assert 4 < ended - began < 9
    assert 8 < line.times("rings")[0] - start < 15
    call.hang_up()


def test_the_next_call_rings_by_the_profile_that_was_just_chosen_and_by_its_end(office: Office) -> None:
    mette = office.cast.mette
    office.mobile(mette, "mobile", "+4522334455")
    mine = profiles(office, mette)
    sara, desk = office.connect("sara"), office.connect("mette", answers_after=0)
    office.trunk.answers_after = 0
    sara.call("203").wait("up").hang_up()
    assert len(desk.times("rings")) == 1
    first = choose(mette, mine[Template.MOVE])
    sara.call("203").wait("up").hang_up()
    assert (len(desk.times("rings")), len(office.trunk.times("rings"))) == (1, 1)
    choose(mette, mine[Template.OFF], clock.now() + dt.timedelta(hours=1))
    assert sara.call("203").wait("ended").status == 480
    with tenant(mette.actor):
        later = preview(DOMAIN, "201", "203", clock.now() + dt.timedelta(hours=2))
        assert [row.kind for row in later if row.step == 1] == ["phone"]
        open_ = services.selectors.open_choice(mette.actor, mette.employee.pk)  # type: ignore[union-attr]
        assert services.undo(actor=mette.actor, choice=open_, at=clock.now())
        assert not services.undo(actor=mette.actor, choice=first, at=clock.now())  # type: ignore[arg-type]
    sara.call("203").wait("up").hang_up()
    assert len(office.trunk.times("rings")) == 2


def test_calls_go_elsewhere_when_busy_offline_and_always_apart_for_outside(office: Office) -> None:
    mette = office.cast.mette
    mine = profiles(office, mette)[Template.OFFICE]
    rings = (20, [MemberDraft(phone=office.rows["mette"].pk)])
    assert office.cast.line.employee is not None
    to_line = office.cast.line.employee.pk
    sara, line = office.connect("sara"), office.connect("line", answers_after=0)
    office.trunk.answers_after = 0
    save(
        mette,
        mine,
        rings,
        offline=Target("offline", number="+4522334455"),
        busy=Target("busy", colleague=to_line),
    )
    sara.call("203").wait("up").hang_up()
    assert len(office.trunk.times("rings")) == 1
    desk = office.connect("mette", refuses=486)
    sara.call("203").wait("up").hang_up()
    assert (len(desk.times("refuses")), len(line.times("rings"))) == (1, 1)
    save(mette, mine, rings, always=Target("always", "external", colleague=to_line))
    outside = office.trunk.call("+4569142403", domain=f"{office.switch.address}:{office.switch.port}")
    outside.wait("up").hang_up()
    assert (len(desk.times("refuses")), len(line.times("rings"))) == (1, 2)
    assert sara.call("203").wait("ended").status == 486


def test_nothing_rings_during_a_call_and_while_not_to_be_disturbed(office: Office) -> None:
    """Where the profile is busy during calls, a second call goes as when busy; do not disturb keeps phones silent."""
    mette = office.cast.mette
    mine = profiles(office, mette)[Template.OFFICE]
    rings = (20, [MemberDraft(phone=office.rows["mette"].pk)])
    assert office.cast.line.employee is not None
    save(mette, mine, rings, busy=Target("busy", colleague=office.cast.line.employee.pk))
    with tenant(mette.actor):
        mine.is_busy_in_call = True
        mine.save()
    sara, desk = office.connect("sara"), office.connect("mette", answers_after=0)
    line = office.connect("line", answers_after=0)
    first = sara.call("203").wait("up")
    assert eventually(lambda: [row.phone_id for row in asked(office)] == [office.rows["line"].pk])
    sara.call("203").wait("up").hang_up()
    assert (len(desk.times("rings")), len(line.times("rings"))) == (1, 1)
    with tenant(mette.actor):
        mine.is_busy_in_call = False
        mine.save()
        presence.set_state(actor=mette.actor, state="dnd", until=None, at=clock.now())
    sara.call("203").wait("up").hang_up()
    assert (len(desk.times("rings")), len(line.times("rings"))) == (1, 2)
    first.hang_up()
    with tenant(mette.actor):
        presence.set_state(actor=mette.actor, state="", until=None, at=clock.now())
    sara.call("203").wait("up").hang_up()
    assert (len(desk.times("rings")), len(line.times("rings"))) == (2, 2)


def asked(office: Office) -> list[Row]:
    with tenant(office.cast.sara.actor):
        return [row for row in preview(DOMAIN, "sara-desk", "203", clock.now()) if row.step == 1]


def test_calls_that_are_passed_round_end(office: Office) -> None:
    """The portal refuses such profiles; where two people save at once, the switch is the one that notices."""
    mette, line = office.cast.mette, office.cast.line
    assert mette.employee is not None
    assert line.employee is not None
    hers, lines = profiles(office, mette)[Template.OFF], profiles(office, line)[Template.OFF]
    for person, profile, colleague in ((mette, hers, line.employee), (line, lines, mette.employee)):
        choose(person, profile)
        with tenant(person.actor):
            profile.targets.all().delete()
            target = Target("always", colleague=colleague.pk)
            services._write(profile, Draft(targets=(target,)))
    assert office.connect("sara").call("203").wait("ended").status == 480


def test_an_employee_shows_the_number_of_the_profile(office: Office) -> None:
    mette = office.cast.mette
    mine = profiles(office, mette)[Template.OFFICE]
    with tenant(mette.actor):
        assert mette.employee is not None
        numbers = services.allowed_outgoing(mette.actor, mine)
        main = next(ddi for ddi in numbers if ddi.is_main)
        mine.outgoing = main
        mine.save()
    office.trunk.answers_after = 0
    office.connect("mette").call("22334455").wait("up").hang_up()
    invite = office.trunk.rung().invite
    assert invite is not None
    assert "+4569142424" in invite.first("from")
