"""Let a call with the public network go on when its end is refused there."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0084_not_to_be_disturbed")]

    operations = [Replace("end_refused", "tell")]
