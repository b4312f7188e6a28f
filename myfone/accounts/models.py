"""Keep who may sign in, and as whom they act."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.actor import STAFF, Role


class Theme(models.TextChoices):
    SYSTEM = "system", _("As my device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Return a new user who signs in with this e-mail address."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Someone who signs in; what they may do follows from their membership."""

    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=5, default="da")
    theme = models.CharField(_("theme"), max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(db_default=Now(), editable=False)

    # Set where the user was read together with who they act as (EnteringBackend).
    entered: bool = False
    entered_role: str | None = None
    entered_reseller: int | None = None
    entered_customer: int | None = None
    entered_employee: int | None = None
    entered_zone: str | None = None
    entered_country: str | None = None

    objects = UserManager()
    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_an_email")]

    def __str__(self) -> str:
        return self.name or self.email


class Membership(models.Model):
    """As whom a user acts: one role, and the tenant that it holds in."""

    user = models.OneToOneField(User, models.CASCADE, related_name="membership")
    role = models.CharField(max_length=30, choices=Role.choices)
    reseller = models.ForeignKey("tenancy.Reseller", models.PROTECT, null=True, related_name="+")
    employee = models.OneToOneField("tenancy.Employee", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="role_has_its_tenant",
                condition=Q(role=Role.PROVIDER_STAFF, reseller__isnull=True)
                | Q(role=Role.RESELLER_STAFF, reseller__isnull=False)
                | (~Q(role__in=STAFF) & Q(reseller__isnull=True, employee__isnull=False)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class Invitation(models.Model):
    """An employee was invited whose address somebody signs in with already; they are asked to accept.

    Nobody but the owner of the address learns that there is such a user.
    """

    employee = models.OneToOneField("tenancy.Employee", models.CASCADE, related_name="+")
    invited_at = models.DateTimeField()
    #: As what they act once they have accepted.
    role = models.CharField(
        max_length=30, choices=Role.choices, default=Role.EMPLOYEE, db_default=Role.EMPLOYEE
    )

    def __str__(self) -> str:
        return f"{self.employee_id} {self.invited_at:%Y-%m-%d}"
