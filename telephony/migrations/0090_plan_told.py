"""Tell a long plan in whole rows."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0089_left_out_at_once")]

    operations = [Replace("call_plan")]
