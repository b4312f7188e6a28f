"""Close queues on public holidays, and open or close them on days that are different."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from myfone.tenancy.rls import Protect, WithinCustomer
from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0042_help_past_dead_trunks"),
        ("tenancy", "0004_fill_departments"),
    ]

    operations = [
        migrations.AddField(
            model_name="queue",
            name="holidays_of",
            field=models.CharField(blank=True, db_default="", default="", max_length=2),
        ),
        migrations.CreateModel(
            name="QueueDay",
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
                ("last_day", models.DateField()),
                ("opens", models.TimeField(null=True)),
                ("closes", models.TimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="days", to="telephony.queue"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("last_day__gte", models.F("first_day")),
                            models.Q(
                                models.Q(("closes__isnull", True), ("opens__isnull", True)),
                                ("closes__gt", models.F("opens")),
                                _connector="OR",
                            ),
                        ),
                        name="queue_day_is_a_span",
                    )
                ],
            },
        ),
        Protect("QueueDay", switch_reads=True),
        WithinCustomer("QueueDay", "queue_id", "telephony_queue"),
        Replace("queue_opening", "queue_opened", "plan_queue"),
    ]
