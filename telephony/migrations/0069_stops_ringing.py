"""Forget phones that rang and were never heard again."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0068_passed_on_once")]

    operations = [Replace("stops_ringing", "tell")]
