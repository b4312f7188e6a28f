"""Protect numbers and trunks, and let the switch find out what a call rings."""

from django.db import migrations

from myfone.tenancy.rls import Protect, WithinCustomer
from telephony.switch.loading import Replace, Tables

GRANTS = "GRANT SELECT ON telephony_trunk, telephony_trunksource TO switch_owner"


class Migration(migrations.Migration):
    dependencies = [("telephony", "0011_numbers")]
    operations = [
        Protect("Ddi", switch_reads=True),
        Protect("ShownNumber", switch_reads=True),
        Protect("PickupGroup", switch_reads=True),
        Protect("PickupMember", switch_reads=True),
        Protect("CallPolicy", switch_reads=True),
        WithinCustomer("Ddi", "extension_id", "telephony_extension"),
        WithinCustomer("ShownNumber", "employee_id", "tenancy_employee"),
        WithinCustomer("ShownNumber", "ddi_id", "telephony_ddi"),
        WithinCustomer("PickupMember", "employee_id", "tenancy_employee"),
        WithinCustomer("PickupMember", "group_id", "telephony_pickupgroup"),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        Tables("0012_numbering", "switch"),
        Replace(
            "international",
            "call_refusal",
            "trunk_uri",
            "is_trunk",
            "ddi_is_free",
            "outgoing_number",
            "reachable_phones",
            "plan_employee",
            "plan_number",
            "route_call",
            "preview_call",
        ),
    ]
