from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0052_calls_back")]

    operations = [Replace("watch_calls", "watch_caps", "call_begins", "record_ends")]
