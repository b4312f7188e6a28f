from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0062_sites")]

    operations = [Replace("queue_waits", "call_told", "call_moves")]
