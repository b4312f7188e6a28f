from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0040_quicker_plans")]

    operations = [Replace("code_pickup")]
