from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0050_moves_between_customers")]

    operations = [Replace("class_of", "call_refusal", "plan_call_back")]
