"""Note and tell that a customer comes to the limits of what it may call out."""

import django.db.models.deletion
from django.db import migrations, models

from myfone.tenancy.rls import Protect
from telephony.switch.loading import Replace, Tables


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0036_calls_pass_on"),
        ("tenancy", "0004_fill_departments"),
    ]

    operations = [
        migrations.CreateModel(
            name="CapAlert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("cap", models.CharField(max_length=20)),
                ("level", models.PositiveSmallIntegerField()),
                ("used", models.PositiveIntegerField()),
                ("allowed", models.PositiveIntegerField()),
                ("noticed_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "limit that was reached",
                "verbose_name_plural": "limits that were reached",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        models.F("noticed_at"), condition=models.Q(("told_at", None)), name="limit_to_tell"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("customer"),
                        models.F("day"),
                        models.F("cap"),
                        models.F("level"),
                        name="once_a_limit_a_day",
                    )
                ],
            },
        ),
        Protect("CapAlert", switch_reads=True),
        Tables("0037_cap_alerts", "public", undo="REVOKE INSERT ON telephony_capalert FROM switch_owner"),
        Replace("watch_caps", "call_begins", "record_ends", "node_is_up"),
    ]
