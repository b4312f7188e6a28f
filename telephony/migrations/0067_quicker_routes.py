"""Plan a call with fewer statements, and tell Kamailio with one function."""

from django.db import migrations

from telephony.switch.loading import Replace, Tables


class Migration(migrations.Migration):
    dependencies = [("telephony", "0066_mobiles_in_calls")]

    operations = [
        Tables("0067_quicker_routes", "switch", undo="SELECT 1"),
        Replace(
            "international",
            "profile_at",
            "silent_at",
            "reached_phone",
            "reachable_at",
            "plan_target",
            "plan_profile",
            "plan_employee",
            "plan_number",
            "route_call",
            "call_plan",
        ),
    ]
