"""Write numbers of ring profiles out in full, so that what is shut for a customer stays shut."""

from django.db import migrations

FILL = """
UPDATE telephony_ringmember SET number = '+45' || number WHERE number ~ '^[2-9][0-9]{7}$';
UPDATE telephony_ringtarget SET number = '+45' || number WHERE number ~ '^[2-9][0-9]{7}$';
UPDATE telephony_ringtarget target
SET number = '', colleague_id = extension.employee_id
FROM telephony_extension extension
WHERE extension.customer_id = target.customer_id AND extension.number = target.number
  AND extension.employee_id IS NOT NULL;
DELETE FROM telephony_ringmember WHERE number <> '' AND number !~ '^[+][1-9][0-9]{5,14}$';
DELETE FROM telephony_ringtarget WHERE number <> '' AND number !~ '^[+][1-9][0-9]{5,14}$';
"""


class Migration(migrations.Migration):
    dependencies = [("telephony", "0023_profile_editor")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
