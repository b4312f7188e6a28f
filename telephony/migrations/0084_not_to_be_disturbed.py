"""Answer a call to somebody who is not to be disturbed alike, with a ring profile and without."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0083_trunk_found")]

    operations = [Replace("plan_employee")]
