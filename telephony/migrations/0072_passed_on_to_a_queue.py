"""Let a queue show whom somebody has sent there."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0071_calls_of_an_outage")]

    operations = [Replace("passed_on")]
