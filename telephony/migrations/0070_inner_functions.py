"""Let functions that only functions call run as those do, without rights and a search path of their own."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0069_stops_ringing")]

    operations = [
        Replace(
            "call_key",
            "call_refusal",
            "called_employee",
            "calls_begin",
            "calls_end",
            "calls_over",
            "calls_reply",
            "calls_ring",
            "class_of",
            "international",
            "is_at_home",
            "is_blocked",
            "is_told",
            "led_legs",
            "minutes_abroad",
            "outgoing_number",
            "phone_of_ruid",
            "plan_call_back",
            "plan_employee",
            "plan_number",
            "plan_profile",
            "plan_queue",
            "plan_target",
            "planned_legs",
            "profile_at",
            "reachable_at",
            "schedule_at",
            "silent_at",
            "stops_ringing",
            "tell_together",
            "text_of",
            "trunk_uri",
        )
    ]
