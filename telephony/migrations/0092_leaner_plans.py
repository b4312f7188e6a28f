"""Make plans with less: functions that return the plan alone, and a short list of who called for help."""

from django.db import migrations

from telephony.switch.loading import Replace, Tables


class Migration(migrations.Migration):
    dependencies = [("telephony", "0091_told_late")]

    operations = [
        Tables("0092_calls_for_help", "switch", undo="DROP TABLE IF EXISTS switch.help_call"),
        Replace(
            "plan_target",
            "plan_queue",
            "plan_profile",
            "plan_employee",
            "plan_number",
            "plan_call_back",
            "planned_call",
            "preview_employee",
            "preview_profile",
            "calls_begin",
            "node_is_up",
            "queue_dispatch",
        ),
    ]
