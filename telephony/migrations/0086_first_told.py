"""Write what a switch tells first also where it says at the same moment that it is there."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0085_ends_refused")]

    operations = [Replace("is_told")]
