from __future__ import annotations

from django.db import models

from myfone.tenancy.scoping import TenantOwned
from provisioning.models.setup import Setup


class Upkeep(TenantOwned):
    """The regular look at a domain in use: begun when the domain goes live, every hour until its setup ends.

    next_at is None when nobody looks any more; taken_until is set while a worker looks. verdict is what the last look
    with an answer said, at told_at, as codes and parameters; a look without an answer moves looked_at alone.
    """

    setup = models.OneToOneField(Setup, models.PROTECT, related_name="upkeep")
    next_at = models.DateTimeField(null=True)
    taken_until = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    doubted_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)
    verdict = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{self.setup_id} {'broken' if self.broken_at else 'in use'}"
