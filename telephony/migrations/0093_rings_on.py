"""Let a call that rings go on in its record when the call controller has gone."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0092_leaner_plans")]

    operations = [Replace("call_past", "call_told")]
