"""Count calls to the public network when they are let out, not when they are told of."""

from django.db import migrations

from telephony.switch.loading import Replace, Tables


class Migration(migrations.Migration):
    dependencies = [("telephony", "0087_trunk_words")]

    operations = [
        Tables("0088_calls_going_out", "switch", undo="DROP TABLE switch.going_out"),
        Replace("calls_out", "goes_out", "call_refusal", "calls_begin"),
    ]
