"""Keep what every app needs kept: work to do, mail to send, what was done by whom."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Job(models.Model):
    """One piece of work; django-q2 only carries its id, and may carry it twice.

    `key` makes enqueueing idempotent. `ids` holds ids alone, never a secret.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=80)
    ids = models.JSONField(default=dict)
    customer_id = models.BigIntegerField(null=True)
    run_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    fault = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index("run_at", name="job_due", condition=Q(done_at__isnull=True, failed_at__isnull=True))
        ]

    def __str__(self) -> str:
        return self.key


class OutboxMail(models.Model):
    """A mail that was promised in the same transaction as what it tells of."""

    key = models.CharField(max_length=200, unique=True)
    customer_id = models.BigIntegerField(null=True)
    recipient = models.EmailField()
    template = models.CharField(max_length=80)
    language = models.CharField(max_length=5)
    params = models.JSONField(default=dict)
    message_id = models.UUIDField(default=uuid.uuid4)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    fault = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return f"{self.template} to {self.recipient}"


class NightlyRun(models.Model):
    """Nightly work that was begun for a local date; the pair is unique, so no night runs twice."""

    name = models.CharField(max_length=80)
    local_date = models.DateField()
    started_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("name", "local_date", name="once_a_night")]

    def __str__(self) -> str:
        return f"{self.name} {self.local_date}"


class Attempts(models.Model):
    """How often something was tried within a window; written by kernel.ratelimit alone, which hashes the key."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "kernel_attempts"

    def __str__(self) -> str:
        return f"{self.count} until {self.expires_at}"


class AuditEntry(models.Model):
    """What somebody did, kept for good; the table is partitioned by month and only grows."""

    pk = models.CompositePrimaryKey("at", "id")
    id = models.BigIntegerField()
    at = models.DateTimeField()
    customer_id = models.BigIntegerField(null=True)
    reseller_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=80)
    action = models.CharField(max_length=80)
    object_kind = models.CharField(max_length=80)
    object_id = models.CharField(max_length=80)
    details = models.JSONField(default=dict)

    class Meta:
        managed = False
        db_table = "kernel_auditentry"

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind} {self.object_id}"
