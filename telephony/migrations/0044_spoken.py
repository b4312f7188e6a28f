"""Say what a code did in the employee's own language."""

from django.db import migrations

from telephony.switch.loading import Replace, Tables

UNDO = (
    "REVOKE SELECT (id, language, is_active) ON accounts_user FROM switch_owner;"
    " REVOKE SELECT (user_id, employee_id) ON accounts_membership FROM switch_owner;"
    " DROP FUNCTION switch.code_dialled(bigint, text), switch.language_of(bigint, text)"
)


class Migration(migrations.Migration):
    dependencies = [("telephony", "0043_queue_days"), ("accounts", "0004_invitation_role")]
    operations = [
        Tables("0044_spoken", "switch", undo=UNDO),
        Replace("language_of", "code_phrase", "feature_code", "code_dialled", "code_pickup"),
    ]
