"""Let those who help call back: past do not disturb, profiles, blocks and queues, for an hour."""

from django.db import migrations

from telephony.switch.loading import Replace, Tables


class Migration(migrations.Migration):
    dependencies = [("telephony", "0031_queue_records")]
    operations = [
        Tables("0032_call_back", "public", undo="DROP INDEX calls_for_help"),
        Replace("plan_call_back", "call_begins", "route_call"),
    ]
