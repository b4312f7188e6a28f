"""Make room for who was asked to export contacts, and what each employee answered."""

import django.db.models.deletion
from django.db import migrations, models

from myfone.tenancy.rls import Protect, WithinCustomer


class Migration(migrations.Migration):
    dependencies = [
        ("provisioning", "0015_certificate_plan"),
        ("tenancy", "0002_row_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactsAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        choices=[("exported", "Has exported"), ("none", "Has none")], max_length=8
                    ),
                ),
                ("answered_at", models.DateTimeField()),
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
                    "setup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts_answers",
                        to="provisioning.setup",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("setup"), models.F("employee"), name="one_contacts_answer_an_employee"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactsRound",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("sent_by", models.CharField(max_length=80)),
                ("sent_by_name", models.CharField(max_length=120)),
                ("sent_at", models.DateTimeField()),
                ("people", models.PositiveIntegerField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
                    ),
                ),
                (
                    "setup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts_rounds",
                        to="provisioning.setup",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("setup"), models.F("number"), name="one_contacts_round_a_number"
                    )
                ],
            },
        ),
        Protect("ContactsRound"),
        Protect("ContactsAnswer"),
        WithinCustomer("ContactsRound", "setup_id", "provisioning_setup"),
        WithinCustomer("ContactsAnswer", "setup_id", "provisioning_setup"),
        WithinCustomer("ContactsAnswer", "employee_id", "tenancy_employee"),
    ]
