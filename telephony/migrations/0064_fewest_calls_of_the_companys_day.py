from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0063_offers_through_the_controller")]

    operations = [Replace("queue_dispatch")]
