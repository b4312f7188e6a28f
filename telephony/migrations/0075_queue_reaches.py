"""Let a queue's missed call of a colleague be settled when somebody reached that colleague."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0074_call_origin")]

    operations = [Replace("queue_reaches")]
