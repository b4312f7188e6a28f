from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0054_forward_notes")]

    operations = [Replace("standing_of")]
