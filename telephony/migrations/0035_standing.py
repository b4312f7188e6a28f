"""Let pages say what meets an employee's calls, and tell live pages of forwards, targets and queues."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0034_pickup")]
    operations = [Replace("standing_of", "standing_changed", "queue_changed")]
