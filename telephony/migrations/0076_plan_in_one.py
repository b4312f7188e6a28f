"""Plan a call in one function that returns all of it, which route_call and call_plan hand on."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0075_queue_reaches")]

    operations = [Replace("planned_call", "route_call", "call_plan", "called_employee")]
