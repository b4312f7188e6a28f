from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0047_fetched_from_queues")]

    operations = [Replace("phone_outage")]
