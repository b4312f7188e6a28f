"""Tell of each code what the provider has, so that a company's administrator sees what a change changes."""

from django.db import migrations

from telephony.switch.loading import Replace, Tables


class Migration(migrations.Migration):
    dependencies = [("telephony", "0028_controller")]
    operations = [
        Tables("0029_codes_told", "switch", undo="SELECT 1"),
        Replace("feature_codes", "customer_codes"),
    ]
