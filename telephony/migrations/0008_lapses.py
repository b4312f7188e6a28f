"""Let passwords that were mailed lapse, as each customer decides."""

import django.db.models.deletion
from django.db import migrations, models

from myfone.tenancy.rls import Protect
from telephony.switch.loading import Replace, Tables

UNDO = "ALTER TABLE switch.credential DROP COLUMN lapses_at;"


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0007_endings"),
        ("tenancy", "0002_row_security"),
    ]
    operations = [
        migrations.AddField(
            model_name="phone",
            name="password_lapses_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="phone",
            name="password_mailed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name="SkypePolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code_days",
                    models.PositiveSmallIntegerField(
                        default=7, null=True, verbose_name="days that a mailed password works"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("customer",), name="one_skype_policy_a_customer"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("code_days__isnull", True), ("code_days__range", (1, 30)), _connector="OR"
                        ),
                        name="mailed_password_works_for_a_while",
                    ),
                ],
            },
        ),
        Protect("SkypePolicy"),
        Tables("0004_lapses", "switch", undo=UNDO),
        Replace("set_credential", "sign_in", "ended_registrations"),
    ]
