"""Look at the phones of a queue's agents in one statement."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0088_calls_going_out")]

    operations = [Replace("queue_left_out")]
