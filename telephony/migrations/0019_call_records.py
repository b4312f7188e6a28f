"""Keep what became of calls."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from myfone.tenancy.rls import Protect, WithinCustomer
from telephony.switch.loading import Replace, Tables

DROP_HISTORY = """
DROP FUNCTION telephony_call_partitions(integer, integer);
DROP TABLE telephony_callrecord, telephony_callleg;
"""
DROP_OPEN = """
DROP FUNCTION IF EXISTS switch.record_ends(switch.open_call, timestamptz, text, boolean, integer);
DROP TABLE switch.open_call, switch.node;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0018_plans_bounded"),
        ("tenancy", "0004_fill_departments"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[Tables("0019_call_history", "public", undo=DROP_HISTORY)],
            state_operations=[
                migrations.CreateModel(
                    name="CallLeg",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("record_id", models.BigIntegerField()),
                        ("started_at", models.DateTimeField()),
                        ("place", models.SmallIntegerField(default=0)),
                        ("step", models.SmallIntegerField(default=0)),
                        ("role", models.CharField(max_length=10)),
                        (
                            "part",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("out", "You called"),
                                    ("answered", "You answered"),
                                    ("elsewhere", "Answered by somebody else"),
                                    ("missed", "Missed"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("number", models.CharField(blank=True, max_length=64)),
                        ("why", models.CharField(blank=True, max_length=30)),
                        ("profile", models.CharField(blank=True, max_length=40)),
                        ("outcome", models.CharField(blank=True, max_length=10)),
                        ("status", models.SmallIntegerField(default=0)),
                        ("began_at", models.DateTimeField()),
                        ("rang_at", models.DateTimeField(null=True)),
                        ("answered_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenancy.customer",
                            ),
                        ),
                        (
                            "employee",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenancy.employee",
                            ),
                        ),
                        (
                            "phone",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="telephony.phone",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "part of a call",
                        "verbose_name_plural": "parts of calls",
                        "abstract": False,
                        "base_manager_name": "objects",
                    },
                ),
                migrations.CreateModel(
                    name="CallRecord",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                        ("started_at", models.DateTimeField()),
                        ("answered_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "direction",
                            models.CharField(
                                choices=[
                                    ("internal", "Within the company"),
                                    ("inbound", "From outside"),
                                    ("outbound", "To outside"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("answered", "Answered"),
                                    ("missed", "Not answered"),
                                    ("busy", "Busy"),
                                    ("refused", "Refused"),
                                    ("cancelled", "Given up by the caller"),
                                    ("failed", "Could not be put through"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("status", models.SmallIntegerField(default=0)),
                        ("ended_by", models.CharField(blank=True, max_length=10)),
                        ("caller_number", models.CharField(blank=True, max_length=64)),
                        ("dialled", models.CharField(max_length=64)),
                        ("trunk", models.CharField(blank=True, max_length=80)),
                        ("node", models.CharField(blank=True, max_length=80)),
                        (
                            "answered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenancy.employee",
                            ),
                        ),
                        (
                            "caller",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenancy.employee",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenancy.customer",
                            ),
                        ),
                        (
                            "employee",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenancy.employee",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "call",
                        "verbose_name_plural": "calls",
                        "abstract": False,
                        "base_manager_name": "objects",
                    },
                ),
            ],
        ),
        Protect("CallRecord", switch_reads=True),
        Protect("CallLeg", switch_reads=True),
        WithinCustomer("CallRecord", "caller_id", "tenancy_employee"),
        WithinCustomer("CallRecord", "employee_id", "tenancy_employee"),
        WithinCustomer("CallRecord", "answered_by_id", "tenancy_employee"),
        WithinCustomer("CallLeg", "employee_id", "tenancy_employee"),
        WithinCustomer("CallLeg", "phone_id", "telephony_phone"),
        Tables("0019_call_records", "switch", undo=DROP_OPEN),
        Replace(
            "call_key",
            "planned_legs",
            "record_ends",
            "call_steps",
            "call_begins",
            "leg_replies",
            "call_ends",
            "node_is_up",
        ),
    ]
