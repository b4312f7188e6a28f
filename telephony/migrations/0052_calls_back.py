from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0051_sent_to_themselves")]

    operations = [Replace("class_of", "call_refusal", "plan_call_back")]
