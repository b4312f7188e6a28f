"""Say of a trunk what TLS is for in plain words; nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0086_first_told"),
    ]

    operations = [
        migrations.AlterField(
            model_name="trunk",
            name="tls_ca",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="Used with TLS only, in PEM: who must have signed its certificate. Empty means any authority that is publicly trusted.",
                verbose_name="certificate authority",
            ),
        ),
        migrations.AlterField(
            model_name="trunk",
            name="tls_name",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Used with TLS only. Empty means the gateway’s own name; a gateway that is an IP address needs one here.",
                max_length=253,
                verbose_name="name in its certificate",
            ),
        ),
        migrations.AlterField(
            model_name="trunk",
            name="transport",
            field=models.CharField(
                choices=[("udp", "UDP"), ("tcp", "TCP"), ("tls", "TLS")],
                db_default="udp",
                default="udp",
                help_text="With TLS, calls go out encrypted, and a call from there that is not encrypted is refused.",
                max_length=3,
                verbose_name="transport",
            ),
        ),
    ]
