from django.db import migrations, models

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0059_led_calls")]

    operations = [
        migrations.AddField("presence", "note_seen_at", models.DateTimeField(null=True)),
        Replace("standing_of"),
    ]
