"""Bound what a plan may grow to, and keep names, numbers and other customers' phones where they belong."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0017_steps_within_customer")]
    operations = [Replace("plan_profile", "preview_call", "preview_employee", "route_call")]
