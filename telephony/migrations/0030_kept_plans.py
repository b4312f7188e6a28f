"""Let what every call asks keep its plans: a function in SQL is planned anew each time, one in PL/pgSQL once."""

from django.db import migrations

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [("telephony", "0029_codes_told")]
    operations = [
        Replace(
            "call_key",
            "ended_registrations",
            "is_at_home",
            "is_blocked",
            "is_in_call",
            "is_trunk",
            "planned_legs",
            "profile_at",
            "queue_phones",
            "queue_targets",
            "sign_in",
            "trunk_uri",
        ),
    ]
