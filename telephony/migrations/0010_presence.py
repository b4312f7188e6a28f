"""Keep status, notes and favourites, and let SIP clients publish and watch them."""

import django.db.models.deletion
from django.db import migrations, models

from myfone.tenancy.rls import Protect, WithinCustomer
from telephony.switch.loading import Replace, Tables

UNDO = """
DROP TRIGGER IF EXISTS presence_changed ON telephony_presence;
DROP TRIGGER IF EXISTS presence_changed ON tenancy_employee;
DROP TRIGGER IF EXISTS presence_changed ON kam.location;
DROP FUNCTION IF EXISTS switch.presence_changed() CASCADE;
DROP FUNCTION IF EXISTS switch.publish(bigint, text, integer, text);
DROP FUNCTION IF EXISTS switch.note_from_client(bigint, bigint, text, text);
DROP FUNCTION IF EXISTS switch.watched_changes(boolean), switch.watch(bigint, text, text, text),
    switch.render(text, text, text, bigint, bigint), switch.lamp_document(text, bigint),
    switch.presence_document(text, bigint, bigint), switch.addressee(text, text), switch.text_from_xml(text),
    switch.xml_text(text), switch.call_is(text, bigint, text, text, text, text),
    switch.call_is_over(text, bigint, text), switch.presence_of(bigint[]), switch.aggregated_presence(bigint[]);
DROP TABLE switch.publication, switch.live_call, switch.presence_change;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0009_contacts"),
        ("tenancy", "0004_fill_departments"),
    ]

    operations = [
        migrations.CreateModel(
            name="Favourite",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "colleague",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.employee"
                    ),
                ),
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
                "verbose_name": "favourite",
                "verbose_name_plural": "favourites",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("employee"), models.F("colleague"), name="once_a_favourite"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Presence",
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
                (
                    "state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("available", "Available"),
                            ("busy", "Busy"),
                            ("dnd", "Do not disturb"),
                            ("brb", "Be right back"),
                            ("away", "Away"),
                            ("off", "Off work"),
                        ],
                        db_default="",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("state_since", models.DateTimeField(null=True)),
                ("state_until", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, db_default="", max_length=200, verbose_name="note")),
                ("note_at", models.DateTimeField(null=True)),
                ("before", models.JSONField(null=True)),
                ("revision", models.PositiveIntegerField(db_default=0, default=0)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
                    ),
                ),
                (
                    "note_author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.employee",
                    ),
                ),
            ],
            options={
                "verbose_name": "status and note",
                "verbose_name_plural": "statuses and notes",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["", "available", "busy", "dnd", "brb", "away", "off"])
                        ),
                        name="presence_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("note__regex", "[[:cntrl:]]"), _negated=True),
                        name="note_is_one_line",
                    ),
                ],
            },
        ),
        Protect("Presence", switch_reads=True),
        Protect("Favourite"),
        WithinCustomer("Presence", "employee_id", "tenancy_employee"),
        WithinCustomer("Presence", "note_author_id", "tenancy_employee"),
        WithinCustomer("Favourite", "employee_id", "tenancy_employee"),
        WithinCustomer("Favourite", "colleague_id", "tenancy_employee"),
        Tables("0010_presence", "switch", undo=UNDO),
        Tables(
            "0011_subscriptions",
            "kam",
            undo="DROP TABLE kam.version, kam.presentity, kam.active_watchers, kam.watchers",
        ),
        Replace(
            "aggregated_presence",
            "presence_of",
            "presence_changed",
            "call_is",
            "call_is_over",
            "xml_text",
            "text_from_xml",
            "addressee",
            "presence_document",
            "lamp_document",
            "render",
            "watch",
            "watched_changes",
            "publish",
            "note_from_client",
        ),
    ]
