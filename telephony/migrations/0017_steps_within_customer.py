"""Keep what rings in a step, and the choice that undoing brings back, within their customer."""

from django.db import migrations, models

from myfone.tenancy.rls import WithinCustomer


class Migration(migrations.Migration):
    dependencies = [("telephony", "0016_preview")]
    operations = [
        migrations.AddConstraint(
            model_name="ringstep",
            constraint=models.UniqueConstraint(fields=["customer", "id"], name="ring_step_within_customer"),
        ),
        migrations.AddConstraint(
            model_name="profilechoice",
            constraint=models.UniqueConstraint(
                fields=["customer", "id"], name="profile_choice_within_customer"
            ),
        ),
        WithinCustomer("RingMember", "step_id", "telephony_ringstep"),
        WithinCustomer("ProfileChoice", "before_id", "telephony_profilechoice"),
    ]
