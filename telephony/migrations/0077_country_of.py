"""Tell the country of a customer, as its people read numbers."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0076_plan_in_one")]

    operations = [Replace("country_of")]
