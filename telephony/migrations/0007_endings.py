"""End registrations with the password that they were made with, and take user names however they are spelled."""

from django.db import migrations, models

from telephony.switch.loading import Replace, Tables

UNDO = """
DROP TRIGGER IF EXISTS out_of_use ON telephony_phone;
DROP TRIGGER IF EXISTS out_of_use ON tenancy_employee;
DROP TRIGGER IF EXISTS out_of_use ON telephony_sipdomain;
DROP FUNCTION IF EXISTS switch.out_of_use(), switch.end_registrations(bigint), switch.ended_registrations(),
    switch.sign_in(text, text, text);
DROP TABLE switch.registration, switch.ending, switch.spelling;
ALTER TABLE switch.refusal DROP COLUMN spelling;
ALTER TABLE switch.credential DROP COLUMN serial;
DROP SEQUENCE switch.credential_serial;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0006_domain_within_customer"),
        ("tenancy", "0002_row_security"),
    ]
    operations = [
        migrations.AddField(
            model_name="phone",
            name="username_as_typed",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
        ),
        Tables("0003_endings", "switch", undo=UNDO),
        Replace(
            "end_registrations",
            "ended_registrations",
            "sign_in",
            "set_credential",
            "drop_credential",
            "client_seen",
            "sign_in_failed",
            "refusals",
            "out_of_use",
        ),
    ]
