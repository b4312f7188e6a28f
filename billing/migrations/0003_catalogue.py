"""Write down the licence types and prices of the guide (G4)."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import migrations

ENTERPRISE = ["Enterprise E3", "Enterprise E4", "Enterprise E5", "Education A3", "Education A5"]
BUSINESS = [
    "ProPlus",
    "Business Premium",
    "Business Essentials",
    "Enterprise E1",
    "Business",
    "Exchange Online",
    "K1",
    "Education A1",
]


def write(apps: Any, schema_editor: Any) -> None:
    licence_type = apps.get_model("billing", "LicenceType")
    named = [(name, "enterprise") for name in ENTERPRISE] + [(name, "business") for name in BUSINESS]
    licence_type.objects.using(schema_editor.connection.alias).bulk_create(
        licence_type(code=name.lower().replace(" ", "-"), name=name, group=group, position=position)
        for position, (name, group) in enumerate(named)
    )
    price = apps.get_model("billing", "Price")
    price.objects.using(schema_editor.connection.alias).bulk_create(
        price(group=group, amount=amount, valid_from=dt.date(2017, 1, 1))
        for group, amount in (("enterprise", Decimal("0.00")), ("business", Decimal("30.00")))
    )


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_row_security")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
