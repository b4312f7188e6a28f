"""Keep when desk phones were offline, and let the switch write it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from myfone.tenancy.rls import Protect, WithinCustomer
from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0044_spoken"),
        ("tenancy", "0004_fill_departments"),
    ]

    operations = [
        migrations.CreateModel(
            name="PhoneOutage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("began_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ended_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
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
                    "phone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="telephony.phone"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(models.F("employee"), models.F("began_at"), name="outage_of_employee")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("phone"),
                        condition=models.Q(("ended_at__isnull", True)),
                        name="one_open_outage_a_phone",
                    )
                ],
            },
        ),
        Protect("PhoneOutage", switch_reads=True),
        WithinCustomer("PhoneOutage", "employee_id", "tenancy_employee"),
        WithinCustomer("PhoneOutage", "phone_id", "telephony_phone"),
        migrations.RunSQL(
            "GRANT INSERT, UPDATE, DELETE ON telephony_phoneoutage TO switch_owner;"
            " GRANT USAGE ON SEQUENCE telephony_phoneoutage_id_seq TO switch_owner",
            "DROP TRIGGER phone_outage ON kam.location; DROP FUNCTION switch.phone_outage()",
        ),
        Replace("phone_outage", "standing_of"),
    ]
