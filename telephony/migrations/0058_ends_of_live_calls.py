from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0057_time_zone_of")]

    operations = [Replace("call_ends")]
