"""Let trunks have a transport, and calls that one does not take try the next."""

from django.db import migrations, models

from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0079_lost_offers"),
    ]

    operations = [
        migrations.AddField(
            model_name="trunk",
            name="tls_ca",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="For TLS, in PEM: who must have signed its certificate. Empty means any authority that is publicly trusted.",
                verbose_name="certificate authority",
            ),
        ),
        migrations.AddField(
            model_name="trunk",
            name="tls_name",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="For TLS. Empty means the gateway’s own name; a gateway that is an IP address needs one here.",
                max_length=253,
                verbose_name="name in its certificate",
            ),
        ),
        migrations.AddField(
            model_name="trunk",
            name="transport",
            field=models.CharField(
                choices=[("udp", "UDP"), ("tcp", "TCP"), ("tls", "TLS")],
                db_default="udp",
                default="udp",
                help_text="With TLS, calls go out encrypted, and calls from there that are not encrypted are a stranger’s.",
                max_length=3,
                verbose_name="transport",
            ),
        ),
        migrations.AddConstraint(
            model_name="trunk",
            constraint=models.CheckConstraint(
                condition=models.Q(("transport__in", ["udp", "tcp", "tls"])), name="trunk_transport_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="trunk",
            constraint=models.CheckConstraint(
                condition=models.Q(("tls_name__regex", "^([a-zA-Z0-9.-]+)?$")),
                name="trunk_tls_name_is_a_name",
            ),
        ),
        Replace("uri_by_trunk", "trunk_uri", "next_trunk", "planned_call", "is_trunk_by", "went_by", "tell"),
    ]
