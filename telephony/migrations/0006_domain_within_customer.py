"""Hold a phone's domain within its customer: the domain is the realm that a client signs in to."""

from django.db import migrations, models

from myfone.tenancy.rls import WithinCustomer


class Migration(migrations.Migration):
    dependencies = [("telephony", "0005_switch_keeps_less")]
    operations = [
        migrations.AddConstraint(
            model_name="sipdomain",
            constraint=models.UniqueConstraint(fields=("customer", "id"), name="sip_domain_within_customer"),
        ),
        WithinCustomer("Phone", "sip_domain_id", "telephony_sipdomain"),
    ]
