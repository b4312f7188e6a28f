"""Let it be reported that an employee is to have no Skype for Business."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_catalogue")]
    operations = [
        migrations.AlterField(
            model_name="employeelicence",
            name="licence_type",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.licencetype",
            ),
        ),
    ]
