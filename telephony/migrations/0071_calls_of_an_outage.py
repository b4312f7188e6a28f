"""Record calls that began with the database away, and no event twice that a server carries out late."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0070_inner_functions")]

    operations = [
        Replace("phone_at"),
        Replace("phone_of_ruid", "known_plan", "tell_known"),
        Replace("tell", "is_told", "calls_begin"),
    ]
