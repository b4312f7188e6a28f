"""Tell a queue's pages when a phone of an agent's signs in or drops, and when an agent is not to be disturbed."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0094_sent_on_and_gone")]

    operations = [Replace("presence_changed")]
