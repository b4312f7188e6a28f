"""Check that setups, and what hangs on them, lie within their customer."""

from django.db import migrations

from myfone.tenancy.rls import Validate


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0009_endings")]
    operations = [
        Validate("Setup", "order_id"),
        Validate("Setup", "sip_domain_id"),
        Validate("StageConfirmation", "setup_id"),
        Validate("DnsWatch", "setup_id"),
        Validate("Certificate", "setup_id"),
    ]
