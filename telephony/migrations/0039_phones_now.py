"""Let what goes on name phones by their ids, so that a call can be taken over at another."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0038_queue_targets")]
    operations = [Replace("now_of")]
