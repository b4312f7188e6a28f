"""Keep what a customer has decided about its Skype accounts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import TenantOwned
from telephony.rules.skype_password import DEFAULT_CODE_DAYS, LONGEST_CODE_DAYS


class SkypePolicy(TenantOwned):
    """A customer's choices; without a row the defaults hold.

    code_days is how long a password that was mailed works before its owner must choose one; None: without end (G19).
    """

    code_days = models.PositiveSmallIntegerField(
        _("days that a mailed password works"), null=True, default=DEFAULT_CODE_DAYS
    )

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["customer"], name="one_skype_policy_a_customer"),
            models.CheckConstraint(
                name="mailed_password_works_for_a_while",
                condition=Q(code_days__isnull=True) | Q(code_days__range=(1, LONGEST_CODE_DAYS)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.code_days}"
