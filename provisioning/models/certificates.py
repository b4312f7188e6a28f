from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import TenantOwned
from provisioning.rules.certificates import KeyKind, Reason


class KeyChoice(models.TextChoices):
    """The kinds of key that a reseller may choose for a domain; Windows clients take the first."""

    RSA2048 = KeyKind.RSA2048.value, _("RSA-2048")
    P256 = KeyKind.P256.value, _("P-256")


class CertificateStep(models.TextChoices):
    """The steps of a certificate, in order; each is committed before the next call to the outside."""

    PLANNED = "planned", _("Planned for tonight")
    KEY = "key", _("Key made")
    ORDERED = "ordered", _("Ordered")
    CHALLENGED = "challenged", _("Proof laid out")
    ANSWERED = "answered", _("Proof announced")
    VALIDATED = "validated", _("Domain proven")
    FINALIZED = "finalized", _("Being signed")
    DOWNLOADED = "downloaded", _("Issued")
    INSTALLED = "installed", _("Handed to the TLS front")
    CONFIRMED = "confirmed", _("In use")


class Certificate(TenantOwned):
    """One certificate for the names of one customer's domain; its private key is encrypted at rest.

    order_sent_at is written before an order goes out: set, and without order_url, a reply was lost on the way.
    last_order_at is the same and is never taken back: it counts against what one account may order.
    renew_at is a moment in the window that the authority named, window_next_at when to ask it again (RFC 9773).
    revoke_reason (RFC 5280, 5.3.1) is written when somebody wants it taken back, revoked_at when it is.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    setup = models.ForeignKey("provisioning.Setup", models.PROTECT, related_name="certificates")
    names = ArrayField(models.CharField(max_length=253))
    step = models.CharField(max_length=12, choices=CertificateStep.choices, default=CertificateStep.PLANNED)
    step_at = models.DateTimeField()
    fault = models.JSONField(null=True)
    key_encrypted = models.BinaryField(null=True)
    order_sent_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    order_url = models.CharField(max_length=500, blank=True)
    chain_pem = models.TextField(blank=True)
    serial = models.CharField(max_length=64, blank=True)
    issuer = models.CharField(max_length=200, blank=True)
    not_before = models.DateTimeField(null=True)
    not_after = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True)
    key_kind = models.CharField(
        max_length=8, choices=KeyChoice.choices, default=KeyChoice.P256, db_default=KeyChoice.P256
    )
    renew_at = models.DateTimeField(null=True)
    window_next_at = models.DateTimeField(null=True)
    revoke_reason = models.PositiveSmallIntegerField(
        null=True, choices=[(each.value, each.name) for each in Reason]
    )
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.UniqueConstraint(
                "setup",
                condition=Q(ended_at__isnull=True) & ~Q(step="confirmed"),
                name="one_certificate_in_the_making",
            )
        ]

    def __str__(self) -> str:
        return ", ".join(self.names)


class AcmeAccount(models.Model):
    """Our account at a certificate authority; the platform has one per directory.

    busy_until is when the authority will take orders of this account again, after it has asked us to wait.
    """

    directory_url = models.CharField(max_length=500, unique=True)
    account_url = models.CharField(max_length=500, blank=True)
    key_encrypted = models.BinaryField()
    busy_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.directory_url


class AcmeChallenge(models.Model):
    """An answer to an http-01 challenge (RFC 8555, 8.3); anybody may ask for it, so it belongs to no tenant."""

    token = models.CharField(max_length=200, unique=True)
    key_authorization = models.CharField(max_length=300)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.token
