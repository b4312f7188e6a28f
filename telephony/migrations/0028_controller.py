"""Remember when the call controller was last heard of."""

from django.db import migrations

from telephony.switch.loading import Replace, Tables

UNDO = "DROP FUNCTION switch.controller_seen(), switch.controller_is_up(text); DROP TABLE switch.controller"


class Migration(migrations.Migration):
    dependencies = [("telephony", "0027_queues_in_the_switch")]
    operations = [
        Tables("0028_controller", "switch", undo=UNDO),
        Replace("controller_is_up", "controller_seen"),
    ]
