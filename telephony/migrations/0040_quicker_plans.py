"""Ask less for every call: whether somebody is silent once, and of schedules only where there is one."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0039_phones_now")]
    operations = [Replace("reachable_at", "schedule_at", "silent_at", "queue_dispatch")]
