from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0045_phone_outages")]

    operations = [Replace("outgoing_number", "queue_restart")]
