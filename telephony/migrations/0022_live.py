"""Tell the processes behind live pages what changed, who calls, and whether the switch is at work."""

from django.db import migrations

from telephony.switch.loading import Replace, Tables

UNDO = """
DROP TRIGGER IF EXISTS live_changed ON switch.presence_change;
DROP FUNCTION IF EXISTS switch.live_changed(), switch.beat(text), switch.now_of(bigint[]),
    switch.call_reply(text, bigint, text, integer, text, text);
DROP TABLE switch.heartbeat;
"""


class Migration(migrations.Migration):
    dependencies = [("telephony", "0021_blocked_numbers")]
    operations = [
        Tables("0020_live", "switch", undo=UNDO),
        Replace("beat", "live_changed", "now_of", "call_reply", "watched_changes"),
    ]
