from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0049_queues_end_in_time")]

    operations = [Replace("call_moves", "record_moves")]
