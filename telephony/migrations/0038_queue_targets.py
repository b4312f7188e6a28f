"""Let a ring profile send calls to a queue."""

import django.db.models.deletion
from django.db import migrations, models

from myfone.tenancy.rls import WithinCustomer
from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0037_cap_alerts"),
        ("tenancy", "0004_fill_departments"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="ringtarget",
            name="target_is_one_thing",
        ),
        migrations.AddField(
            model_name="ringtarget",
            name="queue",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="telephony.queue"
            ),
        ),
        migrations.AddConstraint(
            model_name="ringtarget",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("colleague__isnull", True), ("other__isnull", True), ("queue__isnull", True)),
                    models.Q(("number", ""), ("other__isnull", True), ("queue__isnull", True)),
                    models.Q(("colleague__isnull", True), ("number", ""), ("queue__isnull", True)),
                    models.Q(("colleague__isnull", True), ("number", ""), ("other__isnull", True)),
                    _connector="OR",
                ),
                name="target_is_one_thing",
            ),
        ),
        # The column is new, so there is nothing to look at.
        WithinCustomer("RingTarget", "queue_id", "telephony_queue"),
        Replace("plan_target", "preview_profile"),
    ]
