"""Leave the ring profile out of a call's record where a forward sent the call on."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0077_country_of")]

    operations = [Replace("calls_begin", "call_steps")]
