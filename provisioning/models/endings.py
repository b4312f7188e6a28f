from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import TenantOwned


class EndingStep(models.TextChoices):
    """How far the end of a contract has come; each step is committed before the next begins."""

    ANNOUNCED = "announced", _("Announced")
    ACCOUNTS = "accounts", _("Skype accounts closed")
    CLOSED = "closed", _("Setup closed, domain free")
    DONE = "done", _("Certificate revoked")


class EndingCause(models.TextChoices):
    CONTRACT = "contract", _("The contract ended")
    CANCELLED = "cancelled", _("The order was cancelled")
    MOVED = "moved", _("The domain moved to another customer")


class Ending(TenantOwned):
    """The end of a customer's contract for one domain: announced for a day, withdrawn, or carried out.

    last_day is the local date until whose end the employees keep the product; ends_at is the instant. accounts is how
    many Skype accounts were closed.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    setup = models.ForeignKey("provisioning.Setup", models.PROTECT, related_name="endings")
    cause = models.CharField(max_length=10, choices=EndingCause.choices, default=EndingCause.CONTRACT)
    last_day = models.DateField()
    ends_at = models.DateTimeField()
    announced_at = models.DateTimeField()
    announced_by = models.CharField(max_length=80)
    announced_by_name = models.CharField(max_length=120)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=80, blank=True)
    step = models.CharField(max_length=10, choices=EndingStep.choices, default=EndingStep.ANNOUNCED)
    step_at = models.DateTimeField()
    accounts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("end of contract")
        verbose_name_plural = _("ends of contracts")
        constraints = [
            models.UniqueConstraint(
                "setup", condition=Q(withdrawn_at__isnull=True), name="one_ending_a_setup"
            )
        ]

    def __str__(self) -> str:
        return f"{self.setup_id} {self.last_day}"
