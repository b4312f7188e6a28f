from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import TenantOwned


class LicenceMode(models.TextChoices):
    ONE_FOR_ALL = "one_for_all", _("The same licence for all employees")
    PER_EMPLOYEE = "per_employee", _("A licence per employee")


class Order(TenantOwned):
    """Skype for Business as ordered for a customer's domain (G10); confirming it twice orders it once.

    price_shown is what the reseller saw when confirming: DKK a month without VAT if every employee activates. It
    stands until it is cancelled (before anybody could use it) or its contract has ended. Each domain has an order of
    its own; what an employee costs does not grow with the number of domains (G5).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    domain = models.CharField(_("domain"), max_length=253)
    licence_mode = models.CharField(
        _("licences"), max_length=12, choices=LicenceMode.choices, default=LicenceMode.ONE_FOR_ALL
    )
    licence_type = models.ForeignKey("billing.LicenceType", models.PROTECT, null=True, related_name="+")
    had_skype = models.BooleanField(_("the customer uses Skype for Business today"), default=True)
    declarations = models.JSONField(default=dict)
    price_shown = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    confirmed_by = models.CharField(max_length=80, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_by = models.CharField(max_length=80, blank=True, db_default="")
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_reason = models.CharField(_("reason"), max_length=200, blank=True, db_default="")
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(
                "customer",
                Lower("domain"),
                condition=Q(cancelled_at__isnull=True, ended_at__isnull=True),
                name="one_standing_order_a_domain",
            ),
            models.UniqueConstraint(
                "customer",
                condition=Q(confirmed_at__isnull=True, cancelled_at__isnull=True, ended_at__isnull=True),
                name="one_draft_a_customer",
            ),
            # What the composite foreign key of setups points at.
            models.UniqueConstraint(fields=["customer", "id"], name="order_within_customer"),
        ]

    def __str__(self) -> str:
        return self.domain
