"""Give the switch a schema of its own: what it may read, what it may call, and where it keeps registrations."""

from django.db import migrations

from telephony.switch.loading import Replace, Tables


class Migration(migrations.Migration):
    dependencies = [("telephony", "0002_row_security")]
    operations = [
        Tables("0001_schemas", "switch"),
        Tables("0002_registrations", "kam"),
        Replace(
            "text_of",
            "subscriber",
            "set_credential",
            "drop_credential",
            "registered_until",
            "client_seen",
            "sign_in_failed",
            "clients",
            "refusals",
        ),
    ]
