"""Make room for employees' own contacts, and for files of them; nobody sees another customer's."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from myfone.tenancy.rls import Protect, WithinCustomer


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0008_lapses"),
        ("tenancy", "0002_row_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("preview", "Not confirmed"), ("done", "Taken in"), ("undone", "Undone")],
                        default="preview",
                        max_length=8,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("typed", "Typed in"), ("csv", "CSV"), ("vcard", "vCard")], max_length=6
                    ),
                ),
                ("file_name", models.CharField(max_length=120)),
                ("region", models.CharField(max_length=2)),
                ("headings", models.JSONField(default=list)),
                ("columns", models.JSONField(default=list)),
                ("rows", models.JSONField(default=list)),
                ("faults", models.JSONField(default=list)),
                ("before", models.JSONField(default=dict)),
                ("added", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("skipped", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("company", models.CharField(blank=True, max_length=120, verbose_name="company")),
                ("title", models.CharField(blank=True, max_length=120, verbose_name="title")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("phones", models.JSONField(default=list)),
                ("emails", models.JSONField(default=list)),
                (
                    "source",
                    models.CharField(
                        choices=[("typed", "Typed in"), ("csv", "CSV"), ("vcard", "vCard")],
                        default="typed",
                        max_length=6,
                    ),
                ),
                ("sort_name", models.CharField(editable=False, max_length=400)),
                ("search", models.TextField(editable=False)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("updated_at", models.DateTimeField(editable=False)),
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
                    "imported_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="contacts",
                        to="telephony.contactimport",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddIndex(
            model_name="contactimport",
            index=models.Index(
                models.F("employee"), models.F("created_at"), name="contact_import_of_employee"
            ),
        ),
        migrations.AddConstraint(
            model_name="contactimport",
            constraint=models.UniqueConstraint(
                fields=("customer", "id"), name="contact_import_within_customer"
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(models.F("employee"), models.F("sort_name"), name="contact_by_name"),
        ),
        Protect("ContactImport"),
        Protect("Contact"),
        WithinCustomer("ContactImport", "employee_id", "tenancy_employee"),
        WithinCustomer("Contact", "employee_id", "tenancy_employee"),
        WithinCustomer("Contact", "imported_by_id", "telephony_contactimport"),
    ]
