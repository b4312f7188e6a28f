"""Protect what can ring; the switch's functions read it."""

from django.db import migrations

from myfone.tenancy.rls import Protect, WithinCustomer


class Migration(migrations.Migration):
    dependencies = [("telephony", "0001_initial"), ("tenancy", "0002_row_security")]
    operations = [
        Protect("SipDomain", switch_reads=True),
        Protect("Extension", switch_reads=True),
        Protect("Phone", switch_reads=True),
        WithinCustomer("Extension", "employee_id", "tenancy_employee"),
        WithinCustomer("Phone", "employee_id", "tenancy_employee"),
    ]
