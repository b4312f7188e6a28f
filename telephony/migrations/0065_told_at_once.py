"""Let the switch tell many events of calls at once."""

from django.db import migrations

from telephony.switch.loading import Replace, Tables


class Migration(migrations.Migration):
    dependencies = [("telephony", "0064_fewest_calls_of_the_companys_day")]

    operations = [
        Tables("0065_told_at_once", "switch", undo="SELECT 1"),
        Replace(
            "text_of",
            "phone_of_ruid",
            "live_call_changed",
            "presence_changed",
            "calls_begin",
            "calls_reply",
            "calls_ring",
            "calls_over",
            "calls_end",
            "tell_together",
            "tell",
            "is_told",
            "tell_each",
            "call_begins",
            "leg_replies",
            "call_reply",
            "call_ends",
            "call_steps",
            "call_told",
            "node_is_up",
            "call_picked_up",
            "planned_legs",
            "queue_legs",
        ),
    ]
