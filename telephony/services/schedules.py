"""Let the week, public holidays and days that are different choose ring profiles (G28)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.models import (
    ProfileChoice,
    PublicHoliday,
    RingProfile,
    RingSchedule,
    ScheduleException,
    ScheduleSpan,
)
from telephony.rules import schedules as rules
from telephony.rules.public_holidays import COUNTRIES, public_holidays
from telephony.selectors import profiles as profile_selectors
from telephony.selectors import schedules as selectors
from telephony.services.profiles import ProfileError

#: Holidays are written down for the year that was, this one, and so many after it.
YEARS_AHEAD = 3


class ScheduleChanged(ProfileError):
    """Somebody else has saved the week since it was opened."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The week was saved somewhere else since you opened it. Yours was not saved; both are shown below."
            )
        )


class WeekFaulty(ProfileError):
    """The lines of the week do not fit together; `faults` say how."""

    def __init__(self, faults: Sequence[rules.Finding]) -> None:
        super().__init__(_("The week was not saved. See what is wrong below."))
        self.faults = tuple(faults)


class NotYourProfile(ProfileError):
    """A profile is not, or no longer, the employee's own."""

    def __init__(self) -> None:
        super().__init__(_("That profile was deleted meanwhile. Choose another."))


class NotAStretch(ProfileError):
    """Days that are different end before they begin, or go on for too long."""

    def __init__(self) -> None:
        super().__init__(
            _("The last day has to come after the first, and at most %(most)d days later.")
            % {"most": rules.LONGEST_EXCEPTION}
        )


class DaysTaken(ProfileError):
    """Something else is said of these days already."""

    def __init__(self, other: ScheduleException) -> None:
        super().__init__(
            _("“%(name)s” stands for some of these days already. Remove it first, or choose other days.")
            % {"name": other.name or other.profile}
        )


class TooManyExceptions(ProfileError):
    """Nobody finds their way among so many."""

    def __init__(self) -> None:
        super().__init__(_("There are too many days that are different. Remove some first."))


@dataclass(frozen=True)
class Week:
    """A schedule as somebody wants it; profiles are ids of the employee's own."""

    lines: tuple[rules.Line, ...]
    otherwise: int
    country: str = ""
    holiday: int | None = None


def save_week(*, actor: Actor, employee: Employee, version: int, week: Week, at: dt.datetime) -> RingSchedule:
    """Make or replace an employee's week; version 0 makes it. What was chosen by hand holds until its next change.

    Raises ScheduleChanged when somebody has saved it since `version`, WeekFaulty, NotYourProfile.
    """
    if refused := [f for f in rules.faults(week.lines) if f.fault is not rules.Fault.GAP]:
        raise WeekFaulty(refused)
    if week.country and week.country not in COUNTRIES:
        raise ValueError(week.country)
    with transaction.atomic():
        row = _held(actor, employee)
        _must_own(actor, employee, [week.otherwise, week.holiday, *(line.profile for line in week.lines)])
        if (row.version if row else 0) != version:
            raise ScheduleChanged
        if row is None:
            row = RingSchedule(customer_id=employee.customer_id, employee=employee, version=0)
        row.otherwise_id, row.holiday_id, row.country = week.otherwise, week.holiday, week.country
        row.version += 1
        row.save()
        spans = ScheduleSpan.objects.visible_to(actor).filter(schedule=row)
        spans._raw_delete(spans.db)
        for span in rules.spans(week.lines):
            ScheduleSpan(
                customer_id=row.customer_id,
                employee_id=row.employee_id,
                schedule=row,
                weekday=span.weekday,
                begins=span.begins,
                ends=span.ends,
                profile_id=span.profile,
            ).save(force_insert=True)
        if week.country:
            know_holidays(week.country, at)
        audit.record(actor=actor, action="schedule.saved", object=row, version=row.version)
        _settle(row.employee_id, at)
    return row


def remove(*, actor: Actor, employee: Employee, at: dt.datetime) -> bool:
    """Take a schedule away with its days that are different; what holds by it gives way to the first profile."""
    with transaction.atomic():
        row = _held(actor, employee)
        if row is None:
            return False
        for model in (ScheduleSpan, ScheduleException):
            rows = model.objects.visible_to(actor).filter(schedule=row)
            rows._raw_delete(rows.db)
        rows = RingSchedule.objects.visible_to(actor).filter(pk=row.pk)
        rows._raw_delete(rows.db)
        audit.record(actor=actor, action="schedule.removed", object=employee)
        _settle(employee.pk, at)
    return True


def add_exception(
    *, actor: Actor, employee: Employee, name: str, apart: rules.Apart, profile: RingProfile, at: dt.datetime
) -> ScheduleException:
    """Let a profile hold on some days whatever the week says. The same again, by a second click, changes nothing.

    Raises NotAStretch, DaysTaken, TooManyExceptions, NotYourProfile; Employee without a schedule: RingSchedule's
    DoesNotExist.
    """
    length = (apart.last_day - apart.first_day).days
    if not 0 <= length <= rules.LONGEST_EXCEPTION or (length == 0 and apart.ends <= apart.begins):
        raise NotAStretch
    with transaction.atomic():
        row = _held(actor, employee)
        if row is None:
            raise RingSchedule.DoesNotExist
        _must_own(actor, employee, [profile.pk])
        held: list[ScheduleException] = list(
            ScheduleException.objects.visible_to(actor).filter(schedule=row).select_related("profile")
        )
        wanted = (apart, profile.pk, name)
        for other in held:
            if (_apart(other), other.profile_id, other.name) == wanted:
                return other
            if _apart(other).overlaps(apart):
                raise DaysTaken(other)
        if sum(other.last_day >= at.date() for other in held) >= rules.MOST_EXCEPTIONS:
            raise TooManyExceptions
        made = ScheduleException(
            customer_id=row.customer_id,
            employee_id=row.employee_id,
            schedule=row,
            name=name,
            first_day=apart.first_day,
            begins=apart.begins,
            last_day=apart.last_day,
            ends=apart.ends,
            profile=profile,
        )
        made.save(force_insert=True)
        audit.record(actor=actor, action="schedule.exception_added", object=row, name=name)
        _settle(row.employee_id, at)
    return made


def remove_exception(*, actor: Actor, exception: ScheduleException, at: dt.datetime) -> None:
    """Let the week count again on days that were different."""
    with transaction.atomic():
        Employee.objects.visible_to(actor).select_for_update(no_key=True).get(pk=exception.employee_id)
        rows = ScheduleException.objects.visible_to(actor).filter(pk=exception.pk)
        if rows._raw_delete(rows.db):
            audit.record(actor=actor, action="schedule.exception_removed", object=exception.schedule)
            _settle(exception.employee_id, at)


def hold_on(*, actor: Actor, employee: Employee, at: dt.datetime) -> ProfileChoice | None:
    """Take the last switch of the schedule back: what held before it holds again until its next change.

    Returns None where something was chosen since, or the schedule has not changed anything of late; the choice that was
    made already where it is asked for twice.
    """
    with transaction.atomic():
        Employee.objects.visible_to(actor).select_for_update(no_key=True).get(pk=employee.pk)
        open_ = profile_selectors.open_choice(actor, employee.pk)
        switch = selectors.last_change(employee.pk, at)
        if switch is None:
            return None
        before = profile_selectors.active_profile(employee.pk, switch.at - dt.timedelta(microseconds=1))
        until = selectors.next_change(employee.pk, at)
        if open_ is not None and (open_.until is None or open_.until > at):
            is_this = (open_.profile_id, open_.until, open_.chosen_by) == (before, until, actor.id)
            return open_ if is_this else None
        if before is None or before == switch.profile_id:
            return None
        if open_ is not None:
            ProfileChoice.objects.visible_to(actor).filter(pk=open_.pk).update(ended_at=open_.until)
        choice = ProfileChoice(
            customer_id=employee.customer_id,
            employee=employee,
            profile_id=before,
            began_at=at,
            until=until,
            follows_schedule=until is not None,
            chosen_by=actor.id,
            before=open_,
        )
        choice.save(force_insert=True)
        audit.record(actor=actor, action="schedule.undone", object=employee, profile=before, until=until)
    return choice


def know_holidays(country: str, at: dt.datetime) -> int:
    """Write down a country's public holidays of the years around now; return how many changed.

    Writing them twice changes nothing. What the law has changed since is mended.
    """
    years = range(at.year - 1, at.year + YEARS_AHEAD + 1)
    wanted = {one.day: one for one in public_holidays(country, years)}
    held = {row.day: row for row in PublicHoliday.objects.filter(country=country, day__year__gte=years.start)}
    new = [
        PublicHoliday(country=country, day=day, name=one.name, name_en=one.name_en)
        for day, one in wanted.items()
        if day not in held
    ]
    changed = [
        row
        for day, row in held.items()
        if day in wanted and (row.name, row.name_en) != (wanted[day].name, wanted[day].name_en)
    ]
    for row in changed:
        row.name, row.name_en = wanted[row.day].name, wanted[row.day].name_en
    gone = [row.pk for day, row in held.items() if day not in wanted]
    PublicHoliday.objects.bulk_create(new, ignore_conflicts=True)
    PublicHoliday.objects.bulk_update(changed, ["name", "name_en"])
    PublicHoliday.objects.filter(pk__in=gone).delete()
    return len(new) + len(changed) + len(gone)


def settle_country(actor: Actor, country: str, at: dt.datetime) -> None:
    """Bring what was chosen by hand in line with holidays that changed, for every schedule of a country."""
    for employee in list(
        RingSchedule.objects.visible_to(actor).filter(country=country).values_list("employee_id", flat=True)
    ):
        _settle(employee, at)


def _settle(employee_id: int, at: dt.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT switch.schedule_saved(%s, %s)", [employee_id, at])


def _held(actor: Actor, employee: Employee) -> RingSchedule | None:
    """Return an employee's schedule, held until the end of the transaction."""
    Employee.objects.visible_to(actor).select_for_update(no_key=True).get(pk=employee.pk)
    row: RingSchedule | None = RingSchedule.objects.visible_to(actor).filter(employee=employee).first()
    return row


def _must_own(actor: Actor, employee: Employee, profiles: Iterable[int | None]) -> None:
    wanted = {pk for pk in profiles if pk is not None}
    held = RingProfile.objects.visible_to(actor).filter(employee=employee, ended_at=None, pk__in=wanted)
    if held.count() != len(wanted):
        raise NotYourProfile


def _apart(row: ScheduleException) -> rules.Apart:
    return rules.Apart(row.first_day, row.begins, row.last_day, row.ends)
