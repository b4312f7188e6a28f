"""Record what queues do with calls, and name the switch on every row that it writes."""

import django.db.models.deletion
from django.db import migrations, models

from myfone.tenancy.rls import WithinCustomer
from telephony.switch.loading import Replace, Tables

UNDO = """
ALTER TABLE telephony_callrecord DROP COLUMN queue_id;
DELETE FROM telephony_callleg WHERE employee_id IS NULL;
ALTER TABLE telephony_callleg DROP COLUMN queue_id, ALTER COLUMN employee_id SET NOT NULL;
DROP FUNCTION IF EXISTS switch.queue_targets(text, integer);
DROP FUNCTION IF EXISTS switch.call_reply(text, bigint, text, integer, text, text, text);
DROP FUNCTION IF EXISTS switch.watched_changes(boolean, text);
"""
QUEUE = models.ForeignKey(
    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="telephony.queue"
)


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0030_kept_plans"),
        ("tenancy", "0004_fill_departments"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[Tables("0031_queue_records", "public", undo=UNDO)],
            state_operations=[
                migrations.AddField("callrecord", "queue", QUEUE),
                migrations.AddField("callleg", "queue", QUEUE.clone()),
                migrations.AlterField(
                    "callleg",
                    "employee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.employee",
                    ),
                ),
            ],
        ),
        WithinCustomer("CallRecord", "queue_id", "telephony_queue"),
        WithinCustomer("CallLeg", "queue_id", "telephony_queue"),
        Replace(
            "wait_outcome",
            "planned_legs",
            "record_ends",
            "call_steps",
            "call_begins",
            "leg_replies",
            "queue_legs",
            "queue_targets",
            "queue_dispatch",
            "queue_restart",
            "call_reply",
            "watched_changes",
        ),
    ]
