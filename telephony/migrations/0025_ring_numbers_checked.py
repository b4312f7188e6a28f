"""Hold numbers of ring profiles to E.164 in the tables too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("telephony", "0024_ring_numbers")]
    operations = [
        migrations.AddConstraint(
            model_name="ringmember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("number", ""), ("number__regex", "^\\+[1-9][0-9]{5,14}$"), _connector="OR"
                ),
                name="member_is_e164",
            ),
        ),
        migrations.AddConstraint(
            model_name="ringtarget",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("number", ""), ("number__regex", "^\\+[1-9][0-9]{5,14}$"), _connector="OR"
                ),
                name="target_is_e164",
            ),
        ),
    ]
