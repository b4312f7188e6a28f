"""Make departments rows of their own, and let an employee be hidden from colleagues."""

import uuid

import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

from myfone.tenancy.rls import Protect, WithinCustomer


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_row_security")]
    operations = [
        migrations.CreateModel(
            name="Department",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        default=uuid.uuid4,
                        editable=False,
                        unique=True,
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "department",
                "verbose_name_plural": "departments",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("customer"),
                        django.db.models.functions.text.Lower("name"),
                        name="one_department_a_name",
                        violation_error_message="There is a department of this name already.",
                    ),
                    models.UniqueConstraint(fields=("customer", "id"), name="department_within_customer"),
                ],
            },
        ),
        Protect("Department", switch_reads=True),
        # The text stays for portals of the release before this one, which write it; a later release drops it.
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("employee", "department")],
            database_operations=[
                migrations.RunSQL("ALTER TABLE tenancy_employee ALTER COLUMN department SET DEFAULT ''")
            ],
        ),
        migrations.AddField(
            model_name="employee",
            name="department",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="employees",
                to="tenancy.department",
                verbose_name="department",
            ),
        ),
        migrations.AddField(
            model_name="employee",
            name="is_hidden",
            field=models.BooleanField(db_default=False, default=False, verbose_name="hidden from colleagues"),
        ),
        WithinCustomer("Employee", "department_id", "tenancy_department"),
        migrations.AddIndex(
            model_name="employee",
            index=models.Index(models.F("customer"), models.F("department"), name="employee_by_department"),
        ),
    ]
