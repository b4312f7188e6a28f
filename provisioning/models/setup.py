from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import TenantOwned
from provisioning.models.certificates import KeyChoice


class Stage(models.TextChoices):
    """The six stages of the guide (G16)."""

    ORDER = "order", _("Order")
    CONTACTS = "contacts", _("Export of contacts")
    DEACTIVATION = "deactivation", _("Deactivate Skype Online")
    DNS = "dns", _("Set up DNS")
    USERS = "users", _("Create users")
    DONE = "done", _("Completed")


class Setup(TenantOwned):
    """How far a customer's domain has come from ordered to in use.

    dns_verified_at and sip_domain are set when the domain is proven to be the customer's and its records are right;
    live_at when the certificate answers at the front.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.OneToOneField("provisioning.Order", models.PROTECT, related_name="setup")
    domain = models.CharField(_("domain"), max_length=253)
    sip_domain = models.ForeignKey("telephony.SipDomain", models.PROTECT, null=True, related_name="+")
    report_name = models.CharField(_("name"), max_length=120, blank=True)
    report_email = models.EmailField(_("e-mail"), blank=True)
    report_language = models.CharField(max_length=5, default="da")
    key_kind = models.CharField(
        _("key"),
        max_length=8,
        choices=KeyChoice.choices,
        default=KeyChoice.RSA2048,
        db_default=KeyChoice.RSA2048,
        editable=False,
    )
    dns_verified_at = models.DateTimeField(null=True, editable=False)
    live_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("setup")
        verbose_name_plural = _("setups")
        constraints = [
            models.UniqueConstraint(
                "customer",
                Lower("domain"),
                condition=Q(ended_at__isnull=True),
                name="one_setup_a_domain_here",
            ),
            # What composite foreign keys of other tables point at.
            models.UniqueConstraint(fields=["customer", "id"], name="setup_within_customer"),
        ]

    def __str__(self) -> str:
        return self.domain


class StageConfirmation(TenantOwned):
    """Who said when that a stage is done; a reopened stage keeps its history."""

    setup = models.ForeignKey(Setup, models.PROTECT, related_name="confirmations")
    stage = models.CharField(max_length=14, choices=Stage.choices)
    confirmed_by = models.CharField(max_length=80)
    confirmed_by_name = models.CharField(max_length=120)
    confirmed_at = models.DateTimeField()
    reopened_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                "setup", "stage", condition=Q(reopened_at__isnull=True), name="one_confirmation_a_stage"
            )
        ]

    def __str__(self) -> str:
        return f"{self.setup_id} {self.stage}"


class WatchState(models.TextChoices):
    RUNNING = "running", _("Checking")
    APPROVED = "approved", _("Approved")
    GAVE_UP = "gave_up", _("Not in place in time")
    STOPPED = "stopped", _("Stopped")


class DnsWatch(TenantOwned):
    """Ninety minutes of looking at a domain's records (G13); a row with next_at, not a sleeping task.

    verdict is what provisioning.rules made of the last look, as codes and parameters. One that gave up goes on once
    an hour for three days: ended_at is set when nobody looks any more.
    """

    setup = models.ForeignKey(Setup, models.PROTECT, related_name="watches")
    state = models.CharField(max_length=10, choices=WatchState.choices, default=WatchState.RUNNING)
    started_at = models.DateTimeField()
    next_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)
    looks = models.PositiveIntegerField(default=0)
    verdict = models.JSONField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint("setup", condition=Q(state="running"), name="one_running_watch")
        ]

    def __str__(self) -> str:
        return f"{self.setup_id} {self.state}"
