"""Keep calls in the history of those whom they were for, wherever a ring profile led them, and link those passed on."""

from django.db import migrations, models

from telephony.switch.loading import Replace, Tables

UNDO = """
DROP FUNCTION IF EXISTS switch.led_legs(bigint, timestamptz, bigint, text, boolean, text);
DROP FUNCTION IF EXISTS switch.called_employee(bigint, text);
DELETE FROM telephony_callleg WHERE role = 'led';
UPDATE telephony_callleg SET part = 'missed' WHERE part = 'led';
DROP INDEX calls_of_queue;
ALTER TABLE telephony_callleg
    DROP COLUMN goes_on,
    DROP CONSTRAINT telephony_callleg_role_check,
    DROP CONSTRAINT telephony_callleg_part_check;
ALTER TABLE telephony_callleg
    ADD CONSTRAINT telephony_callleg_role_check CHECK (
        role IN ('caller', 'rung', 'end', 'queue', 'passed_on', 'joined')
    ),
    ADD CONSTRAINT telephony_callleg_part_check CHECK (part IN ('', 'out', 'answered', 'elsewhere', 'missed'));
"""


class Migration(migrations.Migration):
    dependencies = [("telephony", "0058_ends_of_live_calls")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[Tables("0059_led", "public", undo=UNDO)],
            state_operations=[
                migrations.AddField("callleg", "goes_on", models.UUIDField(null=True)),
                migrations.AlterField(
                    "callleg",
                    "part",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("out", "You called"),
                            ("answered", "You answered"),
                            ("elsewhere", "Answered by somebody else"),
                            ("missed", "Missed"),
                            ("led", "Led on"),
                        ],
                        max_length=10,
                    ),
                ),
            ],
        ),
        Replace("called_employee", "led_legs", "call_begins", "call_steps", "record_moves"),
    ]
