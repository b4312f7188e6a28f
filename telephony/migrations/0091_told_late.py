"""Heed when it was that a phone rang or refused, and that a call which was taken is not given up."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0090_plan_told")]

    operations = [Replace("calls_ring", "calls_reply", "tell_together")]
