"""Keep what is dialled instead of a number: a customer's own codes, their use, and forwards set by them (G26, G29)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import EmployeeOwned, TenantOwned
from telephony.models.phones import Phone
from telephony.rules.codes import CODE


class CodeAction(models.TextChoices):
    """What codes do; the list of defaults with their digits stands in switch.default_code."""

    QUEUE_IN = "queue_in", _("Sign in to a queue")
    QUEUE_OUT = "queue_out", _("Sign out of a queue")
    QUEUE_TOGGLE = "queue_toggle", _("Sign in to a queue, or out when signed in")
    PAUSE = "pause", _("Pause in all queues")
    RESUME = "resume", _("Go on after a pause")
    PROFILE = "profile", _("Switch ring profile")
    FORWARD = "forward", _("Forward my calls")
    FORWARD_OFF = "forward_off", _("Stop forwarding")
    DND = "dnd", _("Do not disturb")
    DND_OFF = "dnd_off", _("May be disturbed again")
    PICKUP = "pickup", _("Take a call that rings at a colleague or waits in a queue")
    GROUP_PICKUP = "group_pickup", _("Take a call that rings in my pickup group")


class FeatureCode(TenantOwned):
    """Where a customer's code differs from the provider's: other digits, or switched off."""

    action = models.CharField(max_length=16, choices=CodeAction.choices)
    digits = models.CharField(_("code"), max_length=4)
    is_enabled = models.BooleanField(default=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("feature code")
        verbose_name_plural = _("feature codes")
        constraints = [
            models.UniqueConstraint("customer", "action", name="one_code_an_action"),
            models.UniqueConstraint(
                "customer", "digits", condition=Q(is_enabled=True), name="one_action_a_code"
            ),
            models.CheckConstraint(condition=Q(digits__regex=CODE), name="code_ends_in_a_star"),
        ]


class CodeUse(EmployeeOwned):
    """That an employee dialled a code, and what it did; the switch writes it and keeps the latest twenty."""

    phone = models.ForeignKey(Phone, models.CASCADE, related_name="+")
    action = models.CharField(max_length=16, choices=CodeAction.choices)
    dialled = models.CharField(max_length=32)
    result = models.CharField(max_length=24)
    at = models.DateTimeField(db_default=Now())

    class Meta(EmployeeOwned.Meta):
        indexes = [models.Index("employee", "at", name="code_use_of_employee")]


class Forward(EmployeeOwned):
    """That all calls to an employee go to another number, whatever the profile says, until it is taken back."""

    number = models.CharField(max_length=16)
    since = models.DateTimeField(db_default=Now())

    class Meta(EmployeeOwned.Meta):
        constraints = [models.UniqueConstraint("employee", name="one_forward_an_employee")]


class ForwardNote(EmployeeOwned):
    """That a forward was set by a code, or taken back when `number` is ""; the switch writes it, and it stays.

    A job writes the audit and tells the employee of it once, at `told_at`.
    """

    phone = models.ForeignKey(Phone, models.CASCADE, related_name="+")
    number = models.CharField(max_length=16, blank=True)
    at = models.DateTimeField(db_default=Now())
    told_at = models.DateTimeField(null=True)

    class Meta(EmployeeOwned.Meta):
        indexes = [models.Index("at", condition=Q(told_at=None), name="forward_to_tell")]
