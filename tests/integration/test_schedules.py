"""The week, public holidays and days that are different choose the profile, by the clock alone."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from stack.postgres import Postgres
from telephony.models import (
    CallPolicy,
    Extension,
    ProfileChoice,
    PublicHoliday,
    RingProfile,
    RingSchedule,
    ScheduleException,
    SipDomain,
)
from telephony.rules.schedules import Apart, Line
from telephony.selectors.profiles import active_profile, preview
from telephony.selectors.schedules import changes, next_change
from telephony.services import phones, profile_editing, profiles, schedules
from telephony.services.schedules import (
    DaysTaken,
    NotAStretch,
    NotYourProfile,
    ScheduleChanged,
    Week,
    WeekFaulty,
)
from tests.cast import Cast
from tests.environment import PASSWORDS

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
HOUR = dt.timedelta(hours=1)


def wall(text: str, zone: ZoneInfo = COPENHAGEN, fold: int = 0) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


class Desk:
    """Mette with the profiles that everybody begins with, at work from eight to four."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.actor = cast, cast.mette.actor
        assert cast.mette.employee is not None
        self.employee = cast.mette.employee
        with tenant(cast.sara.actor):
            phones.add_mobile(actor=cast.sara.actor, employee=self.employee, number="+4522334455")
        with tenant(self.actor):
            profiles.create_templates(actor=self.actor, employee=self.employee)
            found = RingProfile.objects.visible_to(self.actor).filter(employee=self.employee)
            self.profiles = {row.template: row for row in found}
        self.names = {row.pk: template for template, row in self.profiles.items()}

    def week(
        self, *lines: Line, version: int = 0, at: dt.datetime | None = None, **values: Any
    ) -> RingSchedule:
        week = Week(lines, self.profiles["off"].pk, **values)
        with tenant(self.actor):
            return schedules.save_week(
                actor=self.actor, employee=self.employee, version=version, week=week, at=at or clock.now()
            )

    def line(
        self, begins: int, ends: int, profile: str = "office", days: tuple[int, ...] = (1, 2, 3, 4, 5)
    ) -> Line:
        return Line(days, begins * 60, ends * 60, self.profiles[profile].pk)

    def office_hours(self, **values: Any) -> RingSchedule:
        return self.week(self.line(8, 16), **values)

    def apart(self, first: str, last: str, profile: str = "holiday", name: str = "Ferie", **span: int) -> Any:
        days = Apart(
            dt.date.fromisoformat(first),
            span.get("begins", 0),
            dt.date.fromisoformat(last),
            span.get("ends", 1440),
        )
        with tenant(self.actor):
            return schedules.add_exception(
                actor=self.actor,
                employee=self.employee,
                name=name,
                apart=days,
                profile=self.profiles[profile],
                at=clock.now(),
            )

    def at(self, moment: dt.datetime) -> str:
        with tenant(self.actor):
            return self.names[active_profile(self.employee.pk, moment) or 0]

    def choose(self, profile: str, at: dt.datetime, until: dt.datetime | None = None) -> ProfileChoice:
        with tenant(self.actor):
            return profiles.choose(actor=self.actor, profile=self.profiles[profile], until=until, at=at)

    def next(self, at: dt.datetime) -> dt.datetime | None:
        with tenant(self.actor):
            return next_change(self.employee.pk, at)


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk(cast)


def test_the_call_at_four_sharp_goes_by_the_schedule(desk: Desk) -> None:
    desk.office_hours()
    assert desk.at(wall("2026-11-23T07:59:59.999999")) == "off"
    assert desk.at(wall("2026-11-23T08:00")) == "office"
    assert desk.at(wall("2026-11-23T15:59:59.999999")) == "office"
    assert desk.at(wall("2026-11-23T16:00")) == "off"
    assert desk.at(wall("2026-11-28T12:00")) == "off"
    # Friday evening to Monday morning is one stretch.
    assert desk.next(wall("2026-11-27T16:00")) == wall("2026-11-30T08:00")
    with tenant(desk.actor):
        SipDomain(customer=desk.cast.bixen, name="it-bixen.dk").save()
        Extension(customer=desk.cast.bixen, number="203", employee=desk.employee).save()
        told = [
            [row.why for row in preview("it-bixen.dk", "+4511223344", "203", wall(f"2026-11-23T{time}"))]
            for time in ("15:59:59", "16:00:00")
        ]
    assert told == [["offline"], ["ended_by_profile"]]
    said = []
    for time in ("15:59:59", "16:00:00"):
        out = io.StringIO()
        at = f"--at=2026-11-23T{time}"
        call_command("explain_call", "it-bixen.dk", "+4511223344", "203", at, "--json", stdout=out)
        said.append([(row["kind"], row["uri"], row["why"]) for row in json.loads(out.getvalue())])
    assert said == [[("end", "480", "offline")], [("end", "480", "ended_by_profile")]]


@pytest.mark.parametrize(
    "zone", ["Europe/Copenhagen", "America/New_York", "Australia/Lord_Howe", "America/Santiago"]
)
def test_nights_in_which_clocks_change_are_of_one_piece(desk: Desk, zone: str) -> None:
    """Every change that is told comes to pass, and nothing changes in between: minute by minute over those nights."""
    here = ZoneInfo(zone)
    with tenant(desk.cast.sara.actor):
        CallPolicy(customer=desk.cast.bixen, time_zone=zone).save()
    every = (1, 2, 3, 4, 5, 6, 7)
    lines = [Line(every, begins, ends, desk.profiles[name].pk) for begins, ends, name in (
        (0, 45, "home"), (45, 90, "office"), (90, 135, "move"), (135, 150, "home"), (150, 180, "office"), 
        (180, 360, "move"),
    )]  # fmt: skip
    desk.week(*lines)
    nights = {
        day for day in (dt.date(2026, 1, 1) + dt.timedelta(n) for n in range(365))
        if dt.datetime(day.year, day.month, day.day, tzinfo=here).utcoffset()
        != (dt.datetime(day.year, day.month, day.day, tzinfo=here) + dt.timedelta(days=1)).utcoffset()
    }  # fmt: skip
    assert len(nights) == 2
    for night in nights:
        start = dt.datetime(night.year, night.month, night.day, 22, tzinfo=here).astimezone(
            dt.UTC
        ) - dt.timedelta(days=1)
        with connection.cursor() as cursor, tenant(desk.actor):
            cursor.execute(
                "SELECT array_agg(switch.active_profile(%s, %s + n * interval '1 minute') ORDER BY n)"
                " FROM generate_series(0, 659) n",
                [desk.employee.pk, start],
            )
            (held,) = cursor.fetchone() or ([],)
            told = changes(desk.employee.pk, start, 100, until=start + 659 * dt.timedelta(minutes=1))
        seen = [n for n in range(1, 660) if held[n] != held[n - 1]]
        assert [round((one.at - start) / dt.timedelta(minutes=1)) for one in told[1:]] == seen
        # Each profile comes once a night and in its order: nothing that is over comes back.
        order = [desk.names[one.profile_id] for one in told]
        assert order == [name for name, _next in zip(order, [*order[1:], ""], strict=True) if name != _next]
        assert len(told) <= len(lines) + 2
    assert desk.at(dt.datetime(2026, 11, 23, 3, 30, tzinfo=here)) == "move"


def test_public_holidays_go_before_the_week_and_own_days_before_both(desk: Desk) -> None:
    at = wall("2026-11-23T10:00")
    desk.office_hours(country="DK", at=at)
    assert desk.at(wall("2026-12-25T10:00")) == "off"
    desk.office_hours(country="DK", holiday=desk.profiles["holiday"].pk, version=1, at=at)
    assert desk.at(wall("2026-12-25T10:00")) == "holiday"
    assert desk.at(wall("2027-05-06T10:00")) == "holiday"  # Ascension Day
    # Midsummer is a holiday in Sweden alone, and its Sundays are Sundays.
    assert desk.at(wall("2027-06-06T10:00")) == "off"
    desk.office_hours(country="SE", holiday=desk.profiles["holiday"].pk, version=2, at=at)
    assert desk.at(wall("2027-01-06T10:00")) == "holiday"
    assert desk.at(wall("2027-01-10T10:00")) == "off"
    desk.apart("2027-01-06", "2027-01-06", "home", "Vagt", begins=9 * 60, ends=12 * 60)
    assert [desk.at(wall(f"2027-01-06T{time}")) for time in ("08:59", "09:00", "12:00")] == [
        "holiday",
        "home",
        "holiday",
    ]
    with tenant(desk.actor):
        told = changes(desk.employee.pk, wall("2027-01-06T09:00"), 1)
    assert [(one.why, one.label) for one in told] == [("exception", "Vagt"), ("holiday", "Trettondedag jul")]


def test_a_vacation_holds_from_its_first_day_to_its_last(desk: Desk) -> None:
    desk.office_hours(at=wall("2027-06-01T10:00"))
    vacation = desk.apart("2027-07-05", "2027-07-16")
    assert desk.apart("2027-07-05", "2027-07-16").pk == vacation.pk
    assert desk.at(wall("2027-07-04T23:59")) == "off"
    assert desk.at(wall("2027-07-05T00:00")) == "holiday"
    assert desk.at(wall("2027-07-16T23:59:59")) == "holiday"
    assert desk.at(wall("2027-07-17T00:00")) == "off"
    assert desk.next(wall("2027-07-10T12:00")) == wall("2027-07-17T00:00")
    with pytest.raises(DaysTaken):
        desk.apart("2027-07-16", "2027-07-20", name="Mere ferie")
    with pytest.raises(NotAStretch):
        desk.apart("2027-08-02", "2027-08-01")
    with tenant(desk.cast.stig.actor):
        assert not ScheduleException.objects.visible_to(desk.cast.stig.actor).exists()
    with tenant(desk.actor):
        schedules.remove_exception(actor=desk.actor, exception=vacation, at=clock.now())
        schedules.remove_exception(actor=desk.actor, exception=vacation, at=clock.now())
    assert desk.at(wall("2027-07-05T10:00")) == "office"


def test_what_was_chosen_by_hand_holds_until_the_next_change_or_a_chosen_time(desk: Desk) -> None:
    desk.office_hours()
    monday = wall("2026-11-23T10:00")
    choice = desk.choose("home", monday)
    assert choice.until == wall("2026-11-23T16:00")
    assert choice.follows_schedule
    assert desk.choose("home", monday).pk == choice.pk
    assert [desk.at(wall(f"2026-11-23T{time}")) for time in ("15:59", "16:00")] == ["home", "off"]
    longer = desk.choose("home", monday, until=wall("2026-11-24T12:00"))
    assert not longer.follows_schedule
    assert [desk.at(wall(f"2026-11-24T{time}")) for time in ("11:59", "12:00")] == ["home", "office"]
    with tenant(desk.actor):
        assert profiles.undo(actor=desk.actor, choice=longer, at=monday + HOUR)
        (again,) = ProfileChoice.objects.visible_to(desk.actor).filter(ended_at=None)
    assert (again.profile_id, again.until, again.follows_schedule) == (choice.profile_id, choice.until, True)
    # The week is changed meanwhile: what was chosen ends with it. A chosen time stays.
    desk.week(desk.line(8, 14), version=1, at=monday + HOUR)
    assert [desk.at(wall(f"2026-11-23T{time}")) for time in ("13:59", "14:00")] == ["home", "off"]
    with tenant(desk.actor):
        assert schedules.remove(actor=desk.actor, employee=desk.employee, at=monday + HOUR)
        assert not schedules.remove(actor=desk.actor, employee=desk.employee, at=monday + HOUR)
    assert desk.at(wall("2026-11-23T14:00")) == "home"


def test_a_schedule_ends_what_was_chosen_before_there_was_one(desk: Desk) -> None:
    desk.choose("move", wall("2026-11-23T09:00"))
    desk.office_hours(at=wall("2026-11-23T10:00"))
    assert [desk.at(wall(f"2026-11-23T{time}")) for time in ("15:59", "16:00")] == ["move", "off"]


def test_the_last_switch_of_the_schedule_is_undone_until_the_next(desk: Desk) -> None:
    desk.office_hours()
    evening = wall("2026-11-23T16:05")
    with tenant(desk.actor):
        choice = schedules.hold_on(actor=desk.actor, employee=desk.employee, at=evening)
        assert choice is not None
        # A double click is one.
        again = schedules.hold_on(
            actor=desk.actor, employee=desk.employee, at=evening + dt.timedelta(seconds=1)
        )
        assert again == choice
    assert desk.at(evening) == "office"
    assert choice.until == wall("2026-11-24T08:00")
    with tenant(desk.actor):
        assert profiles.undo(actor=desk.actor, choice=choice, at=evening + HOUR)
    assert desk.at(evening + HOUR) == "off"
    desk.choose("home", evening + HOUR)
    with tenant(desk.actor):
        assert schedules.hold_on(actor=desk.actor, employee=desk.employee, at=evening + HOUR) is None
    assert desk.at(evening + HOUR) == "home"


def test_the_second_to_save_is_told_and_a_broken_week_is_refused(desk: Desk) -> None:
    desk.office_hours()
    with pytest.raises(ScheduleChanged):
        desk.office_hours()
    with pytest.raises(WeekFaulty):
        desk.week(desk.line(8, 16), desk.line(15, 17, "home"), version=1)
    foreign = desk.cast.line.employee
    assert foreign is not None
    with tenant(desk.cast.line.actor):
        (theirs, *_) = profiles.create_templates(actor=desk.cast.line.actor, employee=foreign)
    with pytest.raises(NotYourProfile):
        desk.week(Line((1,), 480, 960, theirs.pk), version=1)
    with tenant(desk.actor), pytest.raises(profile_editing.ProfileScheduled):
        profile_editing.delete(actor=desk.actor, profile=desk.profiles["office"], at=clock.now())
    with tenant(desk.actor), pytest.raises(IntegrityError), transaction.atomic():
        RingSchedule(customer=desk.cast.bixen, employee=desk.employee, otherwise=desk.profiles["off"]).save()


def test_strangers_see_and_move_nothing(desk: Desk) -> None:
    desk.office_hours()
    for other in (desk.cast.stig, desk.cast.line):
        with tenant(other.actor):
            assert not RingSchedule.objects.visible_to(other.actor).exists()
    with tenant(desk.cast.stig.actor), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM switch.schedule_changes(%s, now(), NULL, 5)", [desk.employee.pk])
        assert cursor.fetchone() == (0,)


def test_holidays_are_written_down_once_and_mended(desk: Desk) -> None:
    at = wall("2026-11-23T10:00")
    assert schedules.know_holidays("DK", at) > 40
    assert schedules.know_holidays("DK", at) == 0
    PublicHoliday.objects.filter(day="2026-12-25").update(name="Jul")
    PublicHoliday.objects.create(
        country="DK", day="2027-04-30", name="Store bededag", name_en="Great Prayer Day"
    )
    assert schedules.know_holidays("DK", at) == 2
    assert not PublicHoliday.objects.filter(day="2027-04-30").exists()


def test_watchers_and_live_pages_are_told_when_the_clock_changes_the_profile(
    live_cast: Cast, postgres: Postgres
) -> None:
    desk = Desk(live_cast)
    now = clock.now()
    name = settings.DATABASES["default"]["NAME"]
    desk.office_hours()
    with (
        psycopg.connect(postgres.url(name, "kamailio", PASSWORDS["kamailio"]), autocommit=True) as switch,
        psycopg.connect(postgres.superuser_url(name), autocommit=True) as server,
    ):

        def told() -> bool:
            server.execute("DELETE FROM switch.presence_change")
            server.execute("LISTEN live")
            switch.execute("SELECT * FROM switch.watched_changes(false)")
            # What is told comes in the order in which it was written.
            switch.execute("SELECT pg_notify('live', 'all told')")
            heard = []
            for one in server.notifies(timeout=20):
                if one.payload == "all told":
                    break
                heard.append(one.payload)
            return any(payload.endswith(f" {desk.employee.pk}") for payload in heard)

        told()
        assert not told()
        row = server.execute(
            "SELECT next_at FROM switch.profile_clock WHERE employee_id = %s", [desk.employee.pk]
        ).fetchone()
        assert row == (desk.next(now),)
        # Its hour comes.
        server.execute("UPDATE switch.profile_clock SET next_at = now() - interval '1 second'")
        assert told()
        assert not told()
        # A choice with an end: the end is the next hour of interest.
        until = now + dt.timedelta(minutes=1)
        desk.choose("home", now, until)
        told()
        row = server.execute(
            "SELECT next_at FROM switch.profile_clock WHERE employee_id = %s", [desk.employee.pk]
        ).fetchone()
        assert row == (until,)
