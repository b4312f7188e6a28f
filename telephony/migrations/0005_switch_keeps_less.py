"""Keep no more of what the switch has seen than serves, and nothing of an account that has ended."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0004_line_identity")]
    operations = [Replace("client_seen", "sign_in_failed", "drop_credential")]
