"""Let an answer stay one when another worker says later that the phone rang."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0095_agents_reached")]

    operations = [Replace("calls_reply")]
