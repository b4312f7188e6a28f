"""Let a profile be edited, deleted, set a status and a note, and make busy during a call."""

from django.db import migrations, models

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0022_live"),
        ("tenancy", "0004_fill_departments"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="ringprofile",
            name="one_profile_a_template",
        ),
        migrations.AddField(
            model_name="ringprofile",
            name="ended_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="ringprofile",
            name="ends_at",
            field=models.TimeField(blank=True, null=True, verbose_name="ends by itself at"),
        ),
        migrations.AddField(
            model_name="ringprofile",
            name="is_busy_in_call",
            field=models.BooleanField(db_default=False, default=False, verbose_name="busy during a call"),
        ),
        migrations.AddField(
            model_name="ringprofile",
            name="note",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200, verbose_name="note"
            ),
        ),
        migrations.AddField(
            model_name="ringprofile",
            name="state",
            field=models.CharField(
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
                default="",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.AddConstraint(
            model_name="ringprofile",
            constraint=models.UniqueConstraint(
                models.F("employee"),
                models.F("template"),
                condition=models.Q(models.Q(("template", ""), _negated=True), ("ended_at__isnull", True)),
                name="one_profile_a_template_now",
            ),
        ),
        migrations.AddConstraint(
            model_name="ringprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["", "available", "busy", "dnd", "brb", "away", "off"])),
                name="profile_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="ringprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(("note__regex", "[[:cntrl:]]"), _negated=True),
                name="profile_note_is_one_line",
            ),
        ),
        Replace(
            "is_silent",
            "profile_at",
            "reachable_phones",
            "plan_employee",
            "plan_profile",
            "preview_profile",
            "aggregated_presence",
            "presence_document",
            "profile_changed",
        ),
    ]
