from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import TenantOwned


class Proof(models.TextChoices):
    RECORDS = "records", _("The records lead here")
    TXT = "txt", _("A TXT record")


class ClaimEnd(models.TextChoices):
    LAPSED = "lapsed", _("Not proven in time")
    MOVED = "moved", _("Moved to another customer")
    RELEASED = "released", _("Given back")


class DomainClaim(TenantOwned):
    """A customer's word that a domain is theirs; it keeps nobody else out until it is proven.

    token is what the TXT record must hold; txt_since is when that record was first seen on a domain that another
    customer holds. A claim that has ended stays: it tells that records alone prove nothing here any more.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    domain = models.CharField(_("domain"), max_length=253)
    token = models.CharField(max_length=64, unique=True, editable=False)
    claimed_at = models.DateTimeField(db_default=Now())
    lapses_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True, editable=False)
    txt_since = models.DateTimeField(null=True, editable=False)
    proven_at = models.DateTimeField(null=True, editable=False)
    proof = models.CharField(max_length=8, choices=Proof.choices, blank=True)
    ended_at = models.DateTimeField(null=True, editable=False)
    end_reason = models.CharField(max_length=8, choices=ClaimEnd.choices, blank=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("claim on a domain")
        verbose_name_plural = _("claims on domains")
        constraints = [
            # Across tenants: whatever races, one customer holds a domain.
            models.UniqueConstraint(
                Lower("domain"),
                condition=Q(ended_at__isnull=True, proven_at__isnull=False),
                name="one_proven_holder",
            ),
            models.UniqueConstraint(
                "customer", Lower("domain"), condition=Q(ended_at__isnull=True), name="one_claim_a_customer"
            ),
        ]

    def __str__(self) -> str:
        return self.domain
