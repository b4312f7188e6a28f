"""Let the portal show what rings, with names."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0015_live_calls")]
    operations = [Replace("preview_employee")]
