"""Say how a call that rings came to an employee."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0073_calls_seen")]

    operations = [Replace("call_origin", "now_of")]
