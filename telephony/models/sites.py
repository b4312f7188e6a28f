"""Keep where a company is: the addresses that those who help are told when somebody there calls 112 or 114."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import EmployeeOwned, TenantOwned


class Site(TenantOwned):
    """A place of a company with its address, in the parts of a civic address (RFC 5139).

    house_number is as people write it, such as 12B; details are what leads on from the door, such as a floor.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)
    street = models.CharField(_("street"), max_length=80)
    house_number = models.CharField(_("house number"), max_length=12, blank=True)
    details = models.CharField(_("floor or entrance"), max_length=80, blank=True)
    postcode = models.CharField(_("postcode"), max_length=12)
    town = models.CharField(_("town"), max_length=80)
    country = models.CharField(_("country"), max_length=2, default="DK")
    is_default = models.BooleanField(_("for everybody who has no other"), default=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        constraints = [
            models.UniqueConstraint("customer", "name", name="one_site_a_name"),
            models.UniqueConstraint("customer", condition=Q(is_default=True), name="one_default_site"),
            models.UniqueConstraint(fields=["customer", "id"], name="site_within_customer"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lines(self) -> tuple[str, str]:
        """The address as it is written on a letter, without the country."""
        first = " ".join(filter(None, (self.street, self.house_number)))
        return ", ".join(filter(None, (first, self.details))), f"{self.postcode} {self.town}"


class SitePlace(EmployeeOwned):
    """That an employee, or one phone of theirs, is at a site other than the company's default."""

    phone = models.ForeignKey("telephony.Phone", models.CASCADE, null=True, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, related_name="places")

    class Meta(EmployeeOwned.Meta):
        constraints = [
            models.UniqueConstraint("employee", condition=Q(phone=None), name="one_site_an_employee"),
            models.UniqueConstraint("phone", condition=Q(phone__isnull=False), name="one_site_a_phone"),
        ]
