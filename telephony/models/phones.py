"""Keep what can ring: SIP domains, local numbers and phones. The switch reads these rows."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import EmployeeOwned, TenantOwned
from telephony.models.numbers import E164


class SipDomain(TenantOwned):
    """A domain that the switch answers for; it is the realm of its phones' passwords."""

    name = models.CharField(_("domain"), max_length=253)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("SIP domain")
        constraints = [
            models.UniqueConstraint(Lower("name"), condition=Q(ended_at__isnull=True), name="one_sip_domain"),
            # What the composite foreign key of phones points at.
            models.UniqueConstraint(fields=["customer", "id"], name="sip_domain_within_customer"),
        ]

    def __str__(self) -> str:
        return self.name


class Extension(TenantOwned):
    """A local number of a customer."""

    number = models.CharField(_("local number"), max_length=8)
    employee = models.ForeignKey(
        "tenancy.Employee", models.PROTECT, null=True, related_name="extensions", verbose_name=_("employee")
    )

    class Meta(TenantOwned.Meta):
        verbose_name = _("local number")
        verbose_name_plural = _("local numbers")
        constraints = [
            models.UniqueConstraint("customer", "number", name="one_extension_a_number"),
            models.UniqueConstraint(fields=["customer", "id"], name="extension_within_customer"),
            # Whoever dials these wants help, not a colleague.
            models.CheckConstraint(condition=~Q(number__in=["112", "114"]), name="extension_is_no_emergency"),
        ]

    def __str__(self) -> str:
        return self.number


class PhoneKind(models.TextChoices):
    SKYPE = "skype", _("Skype client")
    DESK = "desk", _("Desk phone")
    SOFTPHONE = "softphone", _("Softphone")
    MOBILE = "mobile", _("Mobile")


class Phone(EmployeeOwned):
    """Something of an employee that rings; the Skype client is a kind like the others (G1, G28).

    The digest of its password is not here: it lies in the switch's schema, where the portal cannot read it.
    username is in lower case; username_as_typed is how its owner writes it, for clients that send it so.
    password_mailed_at is set while the password is one that was mailed (G19), and password_lapses_at when that one has
    an end. line_identity is "my number" of the Skype client (G22).
    A mobile has a number (E.164) and is rung through the trunk; the others register at a SIP domain.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=PhoneKind.choices)
    sip_domain = models.ForeignKey(SipDomain, models.PROTECT, null=True, related_name="phones")
    username = models.CharField(_("user name"), max_length=64, blank=True)
    username_as_typed = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    name = models.CharField(_("name"), max_length=40, blank=True, db_default="", default="")
    number = models.CharField(_("mobile number"), max_length=16, blank=True, db_default="", default="")
    line_identity = models.CharField(_("my number"), max_length=32, blank=True)
    is_enabled = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    password_changed_at = models.DateTimeField(null=True, editable=False)
    password_mailed_at = models.DateTimeField(null=True, editable=False)
    password_lapses_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(EmployeeOwned.Meta):
        verbose_name = _("phone")
        verbose_name_plural = _("phones")
        constraints = [
            models.UniqueConstraint(
                "sip_domain",
                Lower("username"),
                condition=Q(ended_at__isnull=True, sip_domain__isnull=False),
                name="one_phone_a_sip_address",
            ),
            models.UniqueConstraint(
                "employee", condition=Q(kind="skype", ended_at__isnull=True), name="one_skype_an_employee"
            ),
            models.UniqueConstraint(
                "line_identity",
                condition=Q(ended_at__isnull=True) & ~Q(line_identity=""),
                name="one_line_identity",
            ),
            models.CheckConstraint(
                condition=Q(number="") | Q(kind="mobile", number__regex=E164), name="mobile_has_a_number"
            ),
            models.UniqueConstraint(fields=["customer", "id"], name="phone_within_customer"),
        ]
        indexes = [models.Index("customer", "employee", name="phone_of_employee")]

    def __str__(self) -> str:
        return f"{self.username}@{self.sip_domain}" if self.username else self.number or self.title

    @property
    def title(self) -> str:
        """The name that the employee gave it, or its kind."""
        return self.name or str(self.get_kind_display())


class PhoneOutage(EmployeeOwned):
    """That a desk phone was signed out, from when until when; its owner finds it at the bell until it is read.

    The switch writes it; one that was over within half a minute and that nobody had read is not kept.
    """

    phone = models.ForeignKey(Phone, models.CASCADE, related_name="+")
    began_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta(EmployeeOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                "phone", condition=Q(ended_at__isnull=True), name="one_open_outage_a_phone"
            ),
        ]
        indexes = [models.Index("employee", "began_at", name="outage_of_employee")]
