"""Take back an answer that came to nobody."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0078_forward_before_profile")]

    operations = [Replace("offer_lost", "tell")]
