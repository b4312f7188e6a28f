"""Note which missed calls were seen."""

import django.db.models.deletion
from django.db import migrations, models

from myfone.tenancy.rls import Protect, WithinCustomer
from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0072_passed_on_to_a_queue"),
        ("tenancy", "0004_fill_departments"),
    ]

    operations = [
        migrations.CreateModel(
            name="CallsSeen",
            fields=[
                (
                    "employee",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="tenancy.employee",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("leg", models.BigIntegerField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "missed calls seen",
                "verbose_name_plural": "missed calls seen",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        Protect("CallsSeen", switch_reads=True),
        WithinCustomer("CallsSeen", "employee_id", "tenancy_employee"),
        migrations.RunSQL(
            "GRANT INSERT, UPDATE ON telephony_callsseen TO switch_owner",
            "DROP FUNCTION switch.calls_seen(bigint[]), switch.missed_calls(bigint)",
        ),
        Replace("missed_calls", "calls_seen", "standing_of", "calls_end"),
    ]
