from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0046_numbers_that_may_be_shown")]

    operations = [Replace("code_pickup", "queue_dispatch")]
