"""Know who sent a call on and hung up before anybody answered."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0093_rings_on")]

    operations = [Replace("record_moves", "call_told")]
