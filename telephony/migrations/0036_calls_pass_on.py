"""Let the switch be told what has become of calls that were passed on."""

from django.db import migrations

from telephony.switch.loading import Replace, Tables

UNDO = "DROP FUNCTION switch.call_told(numeric, text)"


class Migration(migrations.Migration):
    dependencies = [("telephony", "0035_standing")]
    operations = [
        Tables("0036_passed_on", "switch", undo=UNDO),
        Replace("phone_in_call", "call_moves", "record_moves", "call_told"),
    ]
