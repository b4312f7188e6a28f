"""Make a department of each text that employees carried as theirs."""

from django.db import migrations

FILL = [
    "INSERT INTO tenancy_department (customer_id, name)"
    " SELECT customer_id, min(department) FROM tenancy_employee WHERE department <> ''"
    " GROUP BY customer_id, lower(department)",
    "UPDATE tenancy_employee employee SET department_id = department.id FROM tenancy_department department"
    " WHERE department.customer_id = employee.customer_id"
    " AND lower(department.name) = lower(employee.department)",
]


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0003_departments")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
