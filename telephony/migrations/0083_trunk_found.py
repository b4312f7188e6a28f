"""Keep how trunks with TLS were found, and since when."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0082_given_up_in_a_queue"),
    ]

    operations = [
        migrations.AddField(
            model_name="trunk",
            name="tls_fault",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=20),
        ),
        migrations.AddField(
            model_name="trunk",
            name="tls_since",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
