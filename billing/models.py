"""Keep what is charged: licence types, dated prices, who has which licence, and since when it is used."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import EmployeeOwned


class LicenceGroup(models.TextChoices):
    ENTERPRISE = "enterprise", "Enterprise"
    BUSINESS = "business", "Business"


class LicenceType(models.Model):
    """An Office 365 licence that a customer may have, and the price group it falls in (G4)."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    group = models.CharField(_("group"), max_length=12, choices=LicenceGroup.choices)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        verbose_name = _("licence type")
        verbose_name_plural = _("licence types")

    def __str__(self) -> str:
        return f"{self.get_group_display()} · {self.name}"


class Price(models.Model):
    """The monthly price of a licence group from a date on, in DKK without VAT (G4)."""

    group = models.CharField(_("group"), max_length=12, choices=LicenceGroup.choices)
    amount = models.DecimalField(_("price a month"), max_digits=10, decimal_places=2)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.UniqueConstraint("group", "valid_from", name="one_price_a_day"),
            models.CheckConstraint(
                name="price_period_is_forward",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.amount}"


class EmployeeLicence(EmployeeOwned):
    """Which licence an employee was reported to have, and when (G7); no type says: is to have no Skype (issue 3)."""

    licence_type = models.ForeignKey(LicenceType, models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(null=True, blank=True)
    reported_by = models.CharField(max_length=80)

    class Meta(EmployeeOwned.Meta):
        verbose_name = _("reported licence")
        verbose_name_plural = _("reported licences")
        constraints = [
            models.UniqueConstraint(
                "employee", condition=Q(ended_at__isnull=True), name="one_licence_an_employee"
            )
        ]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.licence_type_id}"


class Activation(EmployeeOwned):
    """A line of the ledger that invoices are made from: the integration was active for this employee (G5)."""

    activated_at = models.DateTimeField(_("activated"))
    deactivated_at = models.DateTimeField(_("deactivated"), null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(EmployeeOwned.Meta):
        verbose_name = _("activation")
        verbose_name_plural = _("activations")
        constraints = [
            models.UniqueConstraint(
                "employee", condition=Q(deactivated_at__isnull=True), name="one_activation_an_employee"
            )
        ]
        indexes = [models.Index("customer", "activated_at", name="activation_by_month")]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.activated_at:%Y-%m-%d}"
