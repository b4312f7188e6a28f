"""Keep ends of contracts; hold setups and what hangs on them within their customer."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from myfone.tenancy.rls import Protect, WithinCustomer


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0003_catalogue"),
        ("provisioning", "0008_certificate_keys_and_ends"),
        ("telephony", "0007_endings"),
        ("tenancy", "0002_row_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="Ending",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("contract", "The contract ended"),
                            ("cancelled", "The order was cancelled"),
                        ],
                        default="contract",
                        max_length=10,
                    ),
                ),
                ("last_day", models.DateField()),
                ("ends_at", models.DateTimeField()),
                ("announced_at", models.DateTimeField()),
                ("announced_by", models.CharField(max_length=80)),
                ("announced_by_name", models.CharField(max_length=120)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", models.CharField(blank=True, max_length=80)),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("announced", "Announced"),
                            ("accounts", "Skype accounts closed"),
                            ("closed", "Setup closed, domain free"),
                            ("done", "Certificate revoked"),
                        ],
                        default="announced",
                        max_length=10,
                    ),
                ),
                ("step_at", models.DateTimeField()),
                ("accounts", models.PositiveIntegerField(default=0)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "verbose_name": "end of contract",
                "verbose_name_plural": "ends of contracts",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="one_open_order_a_customer",
        ),
        migrations.AddField(
            model_name="order",
            name="cancel_reason",
            field=models.CharField(blank=True, db_default="", max_length=200, verbose_name="reason"),
        ),
        migrations.AddField(
            model_name="order",
            name="cancelled_by",
            field=models.CharField(blank=True, db_default="", max_length=80),
        ),
        migrations.AddField(
            model_name="order",
            name="ended_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="dnswatch",
            name="state",
            field=models.CharField(
                choices=[
                    ("running", "Checking"),
                    ("approved", "Approved"),
                    ("gave_up", "Not in place in time"),
                    ("stopped", "Stopped"),
                ],
                default="running",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                models.F("customer"),
                condition=models.Q(("cancelled_at__isnull", True), ("ended_at__isnull", True)),
                name="one_standing_order_a_customer",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(fields=("customer", "id"), name="order_within_customer"),
        ),
        migrations.AddConstraint(
            model_name="setup",
            constraint=models.UniqueConstraint(fields=("customer", "id"), name="setup_within_customer"),
        ),
        migrations.AddField(
            model_name="ending",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
            ),
        ),
        migrations.AddField(
            model_name="ending",
            name="setup",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="endings", to="provisioning.setup"
            ),
        ),
        migrations.AddConstraint(
            model_name="ending",
            constraint=models.UniqueConstraint(
                models.F("setup"),
                condition=models.Q(("withdrawn_at__isnull", True)),
                name="one_ending_a_setup",
            ),
        ),
        Protect("Ending"),
        WithinCustomer("Ending", "setup_id", "provisioning_setup"),
        WithinCustomer("Setup", "order_id", "provisioning_order", validated=False),
        WithinCustomer("Setup", "sip_domain_id", "telephony_sipdomain", validated=False),
        WithinCustomer("StageConfirmation", "setup_id", "provisioning_setup", validated=False),
        WithinCustomer("DnsWatch", "setup_id", "provisioning_setup", validated=False),
        WithinCustomer("Certificate", "setup_id", "provisioning_setup", validated=False),
    ]
