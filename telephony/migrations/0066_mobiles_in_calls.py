from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0065_told_at_once")]

    operations = [Replace("calls_ring", "phone_in_call", "call_told")]
