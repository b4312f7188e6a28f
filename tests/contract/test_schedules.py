"""The clock alone moves calls, and tells those who watch: a weekly schedule on the real switch."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from telephony.models import ProfileChoice, PublicHoliday, RingProfile, Template
from telephony.rules.schedules import END_OF_DAY, Line
from telephony.services import profiles, schedules
from tests.cast import Cast, Person
from tests.contract.calling import Office
from tests.contract.switching import Linked, Via, link_beside
from tests.contract.watching import phone

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def week(person: Person, template: Template, *, country: str = "") -> dict[str, RingProfile]:
    """Let the schedule choose one profile all day long but for public holidays, and return all."""
    assert person.employee is not None
    with tenant(person.actor):
        profiles.create_templates(actor=person.actor, employee=person.employee)
        mine = {
            row.template: row
            for row in RingProfile.objects.visible_to(person.actor).filter(employee=person.employee)
        }
        lines = (Line(EVERY_DAY, 0, END_OF_DAY, mine[template].pk),)
        schedules.save_week(
            actor=person.actor,
            employee=person.employee,
            version=0,
            week=schedules.Week(
                lines, mine[Template.OFFICE].pk, country, mine[Template.HOLIDAY].pk if country else None
            ),
            at=clock.now(),
        )
    return mine


def test_calls_go_by_the_schedule_once_the_time_that_was_chosen_is_over(office: Office) -> None:
    mette = office.cast.mette
    office.mobile(mette, "mobile", "+4522334455")
    mine = week(mette, Template.MOVE, country="SE")
    sara, desk = office.connect("sara"), office.connect("mette", answers_after=0)
    office.trunk.answers_after = 0
    sara.call("203").wait("up").hang_up()
    assert (len(desk.times("rings")), len(office.trunk.times("rings"))) == (0, 1)
    until = clock.now() + dt.timedelta(hours=1)
    with tenant(mette.actor):
        profiles.choose(actor=mette.actor, profile=mine[Template.OFFICE], until=until, at=clock.now())
    sara.call("203").wait("up").hang_up()
    assert (len(desk.times("rings")), len(office.trunk.times("rings"))) == (1, 1)
    # The hour passes.
    with tenant(mette.actor):
        ProfileChoice.objects.visible_to(mette.actor).filter(ended_at=None).update(until=clock.now())
    sara.call("203").wait("up").hang_up()
    assert (len(desk.times("rings")), len(office.trunk.times("rings"))) == (1, 2)
    # A public holiday goes before the week, and nothing rings.
    today = {"country": "SE", "day": timezone.localdate()}
    PublicHoliday.objects.get_or_create(
        **today, defaults={"name": "Nationaldagen", "name_en": "National Day"}
    )
    assert sara.call("203").wait("ended").status == 480
    assert (len(desk.times("rings")), len(office.trunk.times("rings"))) == (1, 2)


def test_watchers_are_told_when_a_chosen_time_is_over_and_when_the_schedule_is_changed(
    live_cast: Cast, mette: Linked, udp: Via
) -> None:
    mine = week(mette.person, Template.MOVE)
    actor = mette.person.actor
    with tenant(actor):
        for template, said in ((Template.MOVE, "På farten"), (Template.HOME, "Hjemmefra")):
            RingProfile.objects.visible_to(actor).filter(pk=mine[template].pk).update(note=said)
    watcher = phone(link_beside(live_cast.line, mette, "line"), udp)
    assert watcher.watch("mette@it-bixen.dk").status in (200, 202)
    watcher.wait_for("På farten")
    with tenant(actor):
        soon = clock.now() + dt.timedelta(seconds=4)
        profiles.choose(actor=actor, profile=mine[Template.HOME], until=soon, at=clock.now())
    watcher.wait_for("Hjemmefra")
    watcher.wait_for("På farten")
    assert mette.person.employee is not None
    with tenant(actor):
        schedules.remove(actor=actor, employee=mette.person.employee, at=clock.now())
    watcher.wait_for("<basic>", without="På farten")
    watcher.close()
