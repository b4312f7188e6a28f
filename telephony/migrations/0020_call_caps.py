"""Bound what can be called out at once, and abroad in a day."""

from django.db import migrations, models

from telephony.switch.loading import Replace, Tables

UNDO = """
DROP INDEX outside_of_customer;
DROP INDEX switch.open_call_of_customer;
"""


class Migration(migrations.Migration):
    dependencies = [("telephony", "0019_call_records")]
    operations = [
        migrations.AddField(
            "callpolicy",
            "calls_at_once",
            models.PositiveSmallIntegerField(
                db_default=30, default=30, verbose_name="calls with the public network at once"
            ),
        ),
        migrations.AddField(
            "callpolicy",
            "minutes_abroad",
            models.PositiveIntegerField(db_default=240, default=240, verbose_name="minutes abroad a day"),
        ),
        Tables("0020_call_caps", "public", undo=UNDO),
        Replace("minutes_abroad", "call_refusal", "call_begins"),
    ]
