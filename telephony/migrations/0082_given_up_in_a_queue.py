"""End the records of callers who give up while they wait and nobody rings."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0081_queue_left_out")]

    operations = [Replace("tell_together")]
