"""Begin to look at the domains that are in use already; what goes live meanwhile is found at night."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0018_upkeep")]
    operations = [
        migrations.RunSQL("SELECT provisioning_open_upkeep(now())", migrations.RunSQL.noop),
    ]
