"""Tell a client that still has the former password from one that guesses."""

from django.db import migrations

from telephony.switch.loading import Replace, Tables


class Migration(migrations.Migration):
    dependencies = [("telephony", "0012_routing")]
    operations = [
        Tables("0013_former", "switch", undo="DROP TABLE switch.former;"),
        Replace("set_credential", "sign_in"),
    ]
