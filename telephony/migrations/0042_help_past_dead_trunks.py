from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0041_pickup_of_what_rings")]

    operations = [Replace("call_refusal", "minutes_abroad", "route_call")]
