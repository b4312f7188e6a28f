"""Let calls make busy: the switch writes which phones are in them."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0014_profiles_ring")]
    operations = [Replace("call_is", "call_reply", "watched_changes")]
