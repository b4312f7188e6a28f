"""Let phones take calls that ring elsewhere (G26)."""

from django.db import migrations

from telephony.switch.loading import Replace, Tables

UNDO = "UPDATE switch.default_code SET is_enabled = false WHERE action IN ('pickup', 'group_pickup')"


class Migration(migrations.Migration):
    dependencies = [("telephony", "0033_schedules")]
    operations = [
        Tables("0034_pickup", "switch", undo=UNDO),
        Replace("code_phrase", "code_pickup", "call_picked_up", "feature_code"),
    ]
