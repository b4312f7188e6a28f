"""Keep when which ring profile holds by itself: the week, public holidays, and days that are different (G28)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import EmployeeOwned
from telephony.models.profiles import RingProfile
from telephony.rules.schedules import END_OF_DAY


class PublicHoliday(models.Model):
    """A public holiday of a country (ISO 3166), in its own language and in English.

    The switch reads rows: services.schedules keeps those of the years around now.
    """

    country = models.CharField(max_length=2)
    day = models.DateField()
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("public holiday")
        verbose_name_plural = _("public holidays")
        constraints = [models.UniqueConstraint("country", "day", name="one_holiday_a_day")]

    def __str__(self) -> str:
        return f"{self.country} {self.day} {self.name}"


class RingSchedule(EmployeeOwned):
    """What an employee's profiles do by themselves; without a row, only what was chosen holds.

    `otherwise` holds outside the week's spans. On public holidays of `country` (empty: none count) the profile
    `holiday` holds, or `otherwise` where that is empty. version counts the saves, so that nobody overwrites what
    somebody else has just saved. Times are those of the clock on the customer's wall (CallPolicy.time_zone).
    """

    otherwise = models.ForeignKey(RingProfile, models.CASCADE, related_name="+")
    country = models.CharField(_("country"), max_length=2, blank=True)
    holiday = models.ForeignKey(RingProfile, models.CASCADE, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta(EmployeeOwned.Meta):
        verbose_name = _("weekly schedule")
        verbose_name_plural = _("weekly schedules")
        constraints = [
            models.UniqueConstraint("employee", name="one_schedule_an_employee"),
            models.UniqueConstraint(fields=["customer", "id"], name="schedule_within_customer"),
        ]


class ScheduleSpan(EmployeeOwned):
    """A span of a weekday (1 is Monday) in which a profile holds, in minutes since midnight; 1440 ends the day."""

    schedule = models.ForeignKey(RingSchedule, models.CASCADE, related_name="spans")
    weekday = models.PositiveSmallIntegerField()
    begins = models.PositiveSmallIntegerField()
    ends = models.PositiveSmallIntegerField()
    profile = models.ForeignKey(RingProfile, models.CASCADE, related_name="+")

    class Meta(EmployeeOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__gte=1, weekday__lte=7, ends__gt=F("begins"), ends__lte=END_OF_DAY),
                name="span_is_within_a_day",
            ),
            models.UniqueConstraint("schedule", "weekday", "begins", name="one_span_a_minute"),
        ]


class ScheduleException(EmployeeOwned):
    """Days on which a profile holds whatever the week says: from a minute of the first to a minute of the last."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    schedule = models.ForeignKey(RingSchedule, models.CASCADE, related_name="exceptions")
    name = models.CharField(_("name"), max_length=60, blank=True)
    first_day = models.DateField()
    begins = models.PositiveSmallIntegerField(default=0, db_default=0)
    last_day = models.DateField()
    ends = models.PositiveSmallIntegerField(default=END_OF_DAY, db_default=END_OF_DAY)
    profile = models.ForeignKey(RingProfile, models.CASCADE, related_name="+")

    class Meta(EmployeeOwned.Meta):
        verbose_name = _("exception of a schedule")
        verbose_name_plural = _("exceptions of schedules")
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gt=F("first_day")) | Q(last_day=F("first_day"), ends__gt=F("begins")),
                name="exception_has_a_length",
            ),
            models.CheckConstraint(
                condition=Q(begins__lt=END_OF_DAY, ends__gt=0, ends__lte=END_OF_DAY),
                name="exception_is_within_days",
            ),
        ]
