"""Let the week, public holidays and days that are different choose the ring profile."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from myfone.tenancy.rls import Protect, WithinCustomer
from telephony.switch.loading import Replace, Tables

MODELS = ("RingSchedule", "ScheduleSpan", "ScheduleException")
UNDO = "DROP TABLE switch.profile_clock; REVOKE SELECT ON telephony_publicholiday FROM switch_owner"


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0032_call_back"),
        ("tenancy", "0004_fill_departments"),
    ]

    operations = [
        migrations.AddField(
            model_name="profilechoice",
            name="follows_schedule",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="PublicHoliday",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                ("day", models.DateField()),
                ("name", models.CharField(max_length=200)),
                ("name_en", models.CharField(max_length=200)),
            ],
            options={
                "verbose_name": "public holiday",
                "verbose_name_plural": "public holidays",
                "constraints": [
                    models.UniqueConstraint(models.F("country"), models.F("day"), name="one_holiday_a_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="RingSchedule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(blank=True, max_length=2, verbose_name="country")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.employee"
                    ),
                ),
                (
                    "holiday",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="telephony.ringprofile",
                    ),
                ),
                (
                    "otherwise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="telephony.ringprofile",
                    ),
                ),
            ],
            options={
                "verbose_name": "weekly schedule",
                "verbose_name_plural": "weekly schedules",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ScheduleException",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(blank=True, max_length=60, verbose_name="name")),
                ("first_day", models.DateField()),
                ("begins", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("last_day", models.DateField()),
                ("ends", models.PositiveSmallIntegerField(db_default=1440, default=1440)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.employee"
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="telephony.ringprofile",
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exceptions",
                        to="telephony.ringschedule",
                    ),
                ),
            ],
            options={
                "verbose_name": "exception of a schedule",
                "verbose_name_plural": "exceptions of schedules",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ScheduleSpan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("weekday", models.PositiveSmallIntegerField()),
                ("begins", models.PositiveSmallIntegerField()),
                ("ends", models.PositiveSmallIntegerField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.employee"
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="telephony.ringprofile",
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="spans",
                        to="telephony.ringschedule",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="ringschedule",
            constraint=models.UniqueConstraint(models.F("employee"), name="one_schedule_an_employee"),
        ),
        migrations.AddConstraint(
            model_name="ringschedule",
            constraint=models.UniqueConstraint(fields=("customer", "id"), name="schedule_within_customer"),
        ),
        migrations.AddConstraint(
            model_name="scheduleexception",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("last_day__gt", models.F("first_day")),
                    models.Q(("ends__gt", models.F("begins")), ("last_day", models.F("first_day"))),
                    _connector="OR",
                ),
                name="exception_has_a_length",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduleexception",
            constraint=models.CheckConstraint(
                condition=models.Q(("begins__lt", 1440), ("ends__gt", 0), ("ends__lte", 1440)),
                name="exception_is_within_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="schedulespan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends__gt", models.F("begins")),
                    ("ends__lte", 1440),
                    ("weekday__gte", 1),
                    ("weekday__lte", 7),
                ),
                name="span_is_within_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="schedulespan",
            constraint=models.UniqueConstraint(
                models.F("schedule"), models.F("weekday"), models.F("begins"), name="one_span_a_minute"
            ),
        ),
        *(Protect(model, switch_reads=True) for model in MODELS),
        *(WithinCustomer(model, "employee_id", "tenancy_employee") for model in MODELS),
        WithinCustomer("RingSchedule", "otherwise_id", "telephony_ringprofile"),
        WithinCustomer("RingSchedule", "holiday_id", "telephony_ringprofile"),
        WithinCustomer("ScheduleSpan", "schedule_id", "telephony_ringschedule"),
        WithinCustomer("ScheduleSpan", "profile_id", "telephony_ringprofile"),
        WithinCustomer("ScheduleException", "schedule_id", "telephony_ringschedule"),
        WithinCustomer("ScheduleException", "profile_id", "telephony_ringprofile"),
        Tables("0033_schedules", "switch", undo=UNDO),
        Replace(
            "schedule_at",
            "schedule_next",
            "profile_at",
            "silent_at",
            "is_silent",
            "reachable_at",
            "reachable_phones",
            "plan_profile",
            "plan_employee",
            "schedule_changes",
            "schedule_saved",
            "profile_changed",
            "profiles_by_clock",
            "code_profile",
            "watched_changes",
        ),
    ]
