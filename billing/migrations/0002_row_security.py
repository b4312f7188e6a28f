"""Protect what is charged."""

from django.db import migrations

from myfone.tenancy.rls import Protect, WithinCustomer


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("tenancy", "0002_row_security")]
    operations = [
        Protect("EmployeeLicence"),
        Protect("Activation"),
        WithinCustomer("EmployeeLicence", "employee_id", "tenancy_employee"),
        WithinCustomer("Activation", "employee_id", "tenancy_employee"),
    ]
