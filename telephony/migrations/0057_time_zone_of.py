from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0056_pickup_waits_a_moment")]

    operations = [Replace("time_zone_of")]
