from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0055_sent_to_queues")]

    operations = [Replace("code_pickup")]
