"""Note forwards that are set by a code, and let the switch write the notes."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from myfone.tenancy.rls import Protect, WithinCustomer
from telephony.switch.loading import Replace, Tables


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0053_what_caps_cost"),
        ("tenancy", "0004_fill_departments"),
    ]

    operations = [
        migrations.CreateModel(
            name="ForwardNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=16)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("told_at", models.DateTimeField(null=True)),
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
                    models.Index(
                        models.F("at"), condition=models.Q(("told_at", None)), name="forward_to_tell"
                    )
                ],
            },
        ),
        Protect("ForwardNote", switch_reads=True),
        WithinCustomer("ForwardNote", "employee_id", "tenancy_employee"),
        WithinCustomer("ForwardNote", "phone_id", "telephony_phone"),
        Tables(
            "0054_forward_notes", "public", undo="REVOKE INSERT ON telephony_forwardnote FROM switch_owner"
        ),
        Replace("feature_code"),
    ]
