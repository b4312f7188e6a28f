"""Keep what a queue's agents were on when a call came."""

from django.db import migrations, models

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0080_trunk_transport")]

    operations = [
        migrations.AddField("queuecall", "left_out", models.JSONField(null=True)),
        Replace("queue_left_out", "queue_waits"),
    ]
