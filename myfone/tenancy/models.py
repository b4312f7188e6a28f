"""Keep who belongs to whom: provider > reseller > customer > employee."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.scoping import Guarded, TenantOwned, _customers


class PricePlan(models.TextChoices):
    NEW = "new", _("New price plan")
    OLD = "old", _("Old price plan")


class Reseller(Guarded):
    """A company that sells to customers, and is invoiced for them."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    support_phone = models.CharField(_("support telephone"), max_length=20, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(Guarded.Meta):
        verbose_name = _("reseller")
        verbose_name_plural = _("resellers")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def rows_for(cls, actor: Actor) -> Q:
        if actor.role == Role.PROVIDER_STAFF:
            return Q()
        if actor.role == Role.RESELLER_STAFF:
            return Q(pk=actor.reseller_id)
        return Q(customers=actor.customer_id)


class Customer(Guarded):
    """A company with employees; what it owns carries its key."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reseller = models.ForeignKey(
        Reseller, models.PROTECT, related_name="customers", verbose_name=_("reseller")
    )
    name = models.CharField(_("name"), max_length=120)
    cvr = models.CharField(_("CVR number"), max_length=8, blank=True)
    price_plan = models.CharField(
        _("price plan"), max_length=10, choices=PricePlan.choices, default=PricePlan.NEW
    )
    is_own_company = models.BooleanField(_("the reseller's own company"), default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(Guarded.Meta):
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(
                "reseller", condition=Q(is_own_company=True), name="one_own_company_a_reseller"
            )
        ]
        indexes = [models.Index("reseller", "name", name="customer_by_name")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def rows_for(cls, actor: Actor) -> Q:
        return _customers(actor, "")


class Department(TenantOwned):
    """A part of a customer's company that colleagues are listed by."""

    public_id = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)

    class Meta(TenantOwned.Meta):
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.UniqueConstraint(
                "customer",
                Lower("name"),
                name="one_department_a_name",
                violation_error_message=_("There is a department of this name already."),
            ),
            # What the composite foreign key of employees points at.
            models.UniqueConstraint(fields=["customer", "id"], name="department_within_customer"),
        ]

    def __str__(self) -> str:
        return self.name


class Employee(TenantOwned):
    """A person at a customer; one that has left keeps the row, without name and address.

    Colleagues neither see nor find an employee who is hidden.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="employees", verbose_name=_("customer")
    )
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"))
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="employees",
        verbose_name=_("department"),
    )
    is_hidden = models.BooleanField(_("hidden from colleagues"), default=False, db_default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        constraints = [
            models.UniqueConstraint(
                "customer",
                "email",
                condition=Q(ended_at__isnull=True),
                name="one_employee_an_email",
                violation_error_message=_("An employee with this e-mail exists already."),
            ),
            # What composite foreign keys of other tables point at, so that a row cannot name a foreign employee.
            models.UniqueConstraint(fields=["customer", "id"], name="employee_within_customer"),
        ]
        indexes = [
            models.Index("customer", "name", name="employee_by_name"),
            models.Index("customer", "department", name="employee_by_department"),
        ]

    def __str__(self) -> str:
        return self.name
