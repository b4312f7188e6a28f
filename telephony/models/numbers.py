"""Keep the numbers that lead to somebody, who may show which, and the trunks to the public network."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import EmployeeOwned, TenantOwned

# ITU-T E.164: a plus sign, a country code that does not begin with 0, 15 digits at most.
E164 = r"^\+[1-9][0-9]{5,14}$"
# Until somebody decides otherwise; switch.call_refusal holds a customer without a policy to the same.
DEFAULT_CALLS_AT_ONCE = 30
DEFAULT_MINUTES_ABROAD = 240


class Ddi(TenantOwned):
    """A number of the public network that leads to a local number; one number belongs to one customer alone."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(_("direct number"), max_length=16)
    extension = models.ForeignKey(
        "telephony.Extension", models.PROTECT, null=True, related_name="ddis", verbose_name=_("local number")
    )
    is_main = models.BooleanField(_("main number"), default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("direct number")
        verbose_name_plural = _("direct numbers")
        constraints = [
            models.UniqueConstraint("number", condition=Q(ended_at__isnull=True), name="one_owner_a_ddi"),
            models.UniqueConstraint(
                "customer", condition=Q(is_main=True, ended_at__isnull=True), name="one_main_number"
            ),
            models.UniqueConstraint(fields=["customer", "id"], name="ddi_within_customer"),
            models.CheckConstraint(condition=Q(number__regex=E164), name="ddi_is_e164"),
        ]
        indexes = [models.Index("customer", "extension", name="ddi_of_extension")]

    def __str__(self) -> str:
        return self.number


class ShownNumber(EmployeeOwned):
    """A number that an employee may show to those called, beside their own direct numbers and the main number."""

    ddi = models.ForeignKey(Ddi, models.CASCADE, related_name="+", verbose_name=_("direct number"))

    class Meta(EmployeeOwned.Meta):
        verbose_name = _("outgoing number")
        verbose_name_plural = _("outgoing numbers")
        constraints = [models.UniqueConstraint("employee", "ddi", name="one_grant_a_shown_number")]


class PickupGroup(TenantOwned):
    """Colleagues who take each other's calls (G26)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)

    class Meta(TenantOwned.Meta):
        verbose_name = _("pickup group")
        verbose_name_plural = _("pickup groups")
        constraints = [
            models.UniqueConstraint("customer", "name", name="one_pickup_group_a_name"),
            models.UniqueConstraint(fields=["customer", "id"], name="pickup_group_within_customer"),
        ]

    def __str__(self) -> str:
        return self.name


class PickupMember(EmployeeOwned):
    """One employee in a pickup group."""

    group = models.ForeignKey(PickupGroup, models.CASCADE, related_name="members")

    class Meta(EmployeeOwned.Meta):
        verbose_name = _("member of a pickup group")
        verbose_name_plural = _("members of pickup groups")
        constraints = [models.UniqueConstraint("employee", "group", name="once_in_a_pickup_group")]


class CallPolicy(TenantOwned):
    """Where a customer is, and what it may call; a customer without a row has the defaults.

    Premium, satellite and high-risk destinations are shut until somebody opens them. Whoever gets hold of a password
    can call out on calls_at_once lines, and for minutes_abroad minutes from midnight to midnight. A suspended customer,
    and one that has used these up, still reaches its own people and the emergency services.
    """

    customer = models.OneToOneField("tenancy.Customer", models.PROTECT, related_name="+")
    country = models.CharField(_("country"), max_length=2, default="DK")
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Copenhagen")
    is_suspended = models.BooleanField(_("suspended"), default=False)
    allows_premium = models.BooleanField(_("may call premium numbers"), default=False)
    allows_satellite = models.BooleanField(_("may call satellite phones"), default=False)
    allows_high_risk = models.BooleanField(_("may call high-risk countries"), default=False)
    calls_at_once = models.PositiveSmallIntegerField(
        _("calls with the public network at once"),
        default=DEFAULT_CALLS_AT_ONCE,
        db_default=DEFAULT_CALLS_AT_ONCE,
    )
    minutes_abroad = models.PositiveIntegerField(
        _("minutes abroad a day"), default=DEFAULT_MINUTES_ABROAD, db_default=DEFAULT_MINUTES_ABROAD
    )

    class Meta(TenantOwned.Meta):
        verbose_name = _("call policy")
        verbose_name_plural = _("call policies")


class CapAlert(TenantOwned):
    """That a customer came to `level` per cent of a limit of its call policy on a day; the switch writes it, once each.

    cap is the field of CallPolicy; used and allowed are calls, or minutes.
    """

    day = models.DateField()
    cap = models.CharField(max_length=20)
    level = models.PositiveSmallIntegerField()
    used = models.PositiveIntegerField()
    allowed = models.PositiveIntegerField()
    noticed_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("limit that was reached")
        verbose_name_plural = _("limits that were reached")
        constraints = [
            models.UniqueConstraint("customer", "day", "cap", "level", name="once_a_limit_a_day"),
        ]
        indexes = [models.Index("noticed_at", condition=Q(told_at=None), name="limit_to_tell")]


class TrunkTransport(models.TextChoices):
    UDP = "udp", "UDP"
    TCP = "tcp", "TCP"
    TLS = "tls", "TLS"


class Trunk(models.Model):
    """A line to the public network: known by the addresses that its calls come from, never by a port.

    With TLS, calls leave only where a certificate says tls_name (by default the gateway's own name), signed by tls_ca
    (PEM; by default whom the machine trusts), and come in by TLS alone.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    gateway = models.CharField(
        _("gateway"), max_length=120, help_text=_("Host and port that calls go out to.")
    )
    transport = models.CharField(
        _("transport"),
        max_length=3,
        choices=TrunkTransport,
        default=TrunkTransport.UDP,
        db_default=TrunkTransport.UDP,
        help_text=_(
            "With TLS, calls go out encrypted, and a call from there that is not encrypted is refused."
        ),
    )
    tls_name = models.CharField(
        _("name in its certificate"),
        max_length=253,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "Used with TLS only. Empty means the gateway’s own name; a gateway that is an IP address needs one"
            " here."
        ),
    )
    tls_ca = models.TextField(
        _("certificate authority"),
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "Used with TLS only, in PEM: who must have signed its certificate. Empty means any authority that is"
            " publicly trusted."
        ),
    )
    # What the front that calls leave through found there last, and since when; see telephony.services.trunks.watch.
    tls_fault = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    tls_since = models.DateTimeField(null=True, blank=True, editable=False)
    takes_location = models.BooleanField(
        _("is told where callers for help are"),
        default=False,
        db_default=False,
        help_text=_("Calls to 112 and 114 carry the caller's address (RFC 6442), beside the offer of sound."),
    )
    rank = models.PositiveSmallIntegerField(_("order"), default=100, help_text=_("The lowest is used first."))
    is_enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("trunk")
        verbose_name_plural = _("trunks")
        constraints = [
            # It becomes part of a SIP address in the switch.
            models.CheckConstraint(
                condition=Q(gateway__regex=r"^[a-zA-Z0-9.-]+(:[0-9]{1,5})?$"), name="trunk_gateway_is_a_host"
            ),
            models.CheckConstraint(
                condition=Q(transport__in=TrunkTransport.values), name="trunk_transport_is_known"
            ),
            models.CheckConstraint(
                # Both become part of HAProxy's configuration.
                condition=Q(tls_name__regex=r"^([a-zA-Z0-9.-]+)?$"),
                name="trunk_tls_name_is_a_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TrunkSource(models.Model):
    """An address that calls from a trunk come from."""

    trunk = models.ForeignKey(Trunk, models.CASCADE, related_name="sources")
    address = models.GenericIPAddressField(_("address"), unique=True)

    class Meta:
        verbose_name = _("address of a trunk")
        verbose_name_plural = _("addresses of trunks")

    def __str__(self) -> str:
        return str(self.address)
