"""Forget phones that rang and were never heard again."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0067_quicker_routes")]

    operations = [Replace("stops_ringing", "tell")]
