from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0048_outages_by_statement")]

    operations = [Replace("code_pickup", "queue_dispatch")]
