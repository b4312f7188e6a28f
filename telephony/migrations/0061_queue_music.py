"""Let queues play music to who waits: ours, a file of the company's own, or none."""

import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from myfone.tenancy.rls import Protect, WithinCustomer
from telephony.switch.loading import Replace


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0060_notes_of_colleagues_seen"),
        ("tenancy", "0004_fill_departments"),
    ]

    operations = [
        migrations.AddField(
            model_name="queue",
            name="music",
            field=models.CharField(
                choices=[
                    ("ours", "Music from Myfone"),
                    ("own", "A file of your own"),
                    ("none", "No music, their phone's ringing tone"),
                ],
                db_default="ours",
                default="ours",
                max_length=4,
            ),
        ),
        migrations.CreateModel(
            name="QueueMusic",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=120)),
                (
                    "seconds",
                    models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1)]),
                ),
                ("wav", models.BinaryField()),
                ("saved_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.customer"
                    ),
                ),
                (
                    "queue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="file", to="telephony.queue"
                    ),
                ),
            ],
            options={"abstract": False, "base_manager_name": "objects"},
        ),
        Protect("QueueMusic", switch_reads=True),
        WithinCustomer("QueueMusic", "queue_id", "telephony_queue"),
        Replace("queue_music"),
    ]
