from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0067_quicker_routes")]

    operations = [Replace("record_moves")]
