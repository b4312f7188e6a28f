"""Let a customer order for several domains: one standing order a domain, and one draft at a time."""

from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0016_moving")]

    operations = [
        # The constraint that goes is the narrower one, so every row fits the two that come.
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                models.F("customer"),
                Lower("domain"),
                condition=models.Q(("cancelled_at__isnull", True), ("ended_at__isnull", True)),
                name="one_standing_order_a_domain",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                models.F("customer"),
                condition=models.Q(
                    ("cancelled_at__isnull", True), ("confirmed_at__isnull", True), ("ended_at__isnull", True)
                ),
                name="one_draft_a_customer",
            ),
        ),
        migrations.RemoveConstraint(model_name="order", name="one_standing_order_a_customer"),
    ]
