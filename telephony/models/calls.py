"""Keep what became of calls: written by the switch alone, read by the people who took part."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import EmployeeOwned, TenantOwned
from telephony.models.numbers import E164
from telephony.models.phones import Phone
from telephony.models.queues import Queue


class Direction(models.TextChoices):
    INTERNAL = "internal", _("Within the company")
    INBOUND = "inbound", _("From outside")
    OUTBOUND = "outbound", _("To outside")


class Outcome(models.TextChoices):
    """What became of a call; empty while it goes on."""

    ANSWERED = "answered", _("Answered")
    MISSED = "missed", _("Not answered")
    BUSY = "busy", _("Busy")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Given up by the caller")
    FAILED = "failed", _("Could not be put through")


class Part(models.TextChoices):
    """What a call was for an employee; the leg that bears it is the call's line in that employee's history."""

    OUT = "out", _("You called")
    ANSWERED = "answered", _("You answered")
    ELSEWHERE = "elsewhere", _("Answered by somebody else")
    MISSED = "missed", _("Missed")
    LED = "led", _("Led on")


class CallRecord(TenantOwned):
    """One call, as one customer knows it; a call between two customers has a record at each.

    The table is partitioned by month of started_at. employee is whom the call was for, or queue where it came to one;
    dialled is what was called, and caller_number who called from outside. ended_by is caller, callee, switch, or lost
    where the end was not heard.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    direction = models.CharField(max_length=10, choices=Direction.choices)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    status = models.SmallIntegerField(default=0)
    ended_by = models.CharField(max_length=10, blank=True)
    caller = models.ForeignKey("tenancy.Employee", models.PROTECT, null=True, related_name="+")
    caller_number = models.CharField(max_length=64, blank=True)
    dialled = models.CharField(max_length=64)
    employee = models.ForeignKey("tenancy.Employee", models.PROTECT, null=True, related_name="+")
    answered_by = models.ForeignKey("tenancy.Employee", models.PROTECT, null=True, related_name="+")
    queue = models.ForeignKey(Queue, models.PROTECT, null=True, related_name="+")
    trunk = models.CharField(max_length=80, blank=True)
    node = models.CharField(max_length=80, blank=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("call")
        verbose_name_plural = _("calls")


class CallLeg(EmployeeOwned):
    """One phone, or one number, in a call: the caller's, or one that rang in a step, and why it did.

    place and step are those of the plan that the call followed; profile is the name (or the template) of the ring
    profile that held then. An employee who was to be called and could not be has a leg whose role is `end`. A stay in a
    queue is a leg whose role is `queue`, nobody's, and so is what a queue passes on; the phones that a queue rings have
    its id. An employee whom the call was for, and whose profile or forward led it on without a ring, has a leg whose
    role is `led`. goes_on is the public id of the record in which a call that was passed on goes on, or from which it
    came.
    """

    employee = models.ForeignKey(  # type: ignore[assignment]
        "tenancy.Employee", models.PROTECT, null=True, related_name="+"
    )
    record_id = models.BigIntegerField()
    started_at = models.DateTimeField()
    phone = models.ForeignKey(Phone, models.PROTECT, null=True, related_name="+")
    queue = models.ForeignKey(Queue, models.PROTECT, null=True, related_name="+")
    place = models.SmallIntegerField(default=0)
    step = models.SmallIntegerField(default=0)
    role = models.CharField(max_length=10)
    part = models.CharField(max_length=10, choices=Part.choices, blank=True)
    number = models.CharField(max_length=64, blank=True)
    why = models.CharField(max_length=30, blank=True)
    profile = models.CharField(max_length=40, blank=True)
    outcome = models.CharField(max_length=10, blank=True)
    status = models.SmallIntegerField(default=0)
    began_at = models.DateTimeField()
    rang_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    goes_on = models.UUIDField(null=True)

    class Meta(EmployeeOwned.Meta):
        verbose_name = _("part of a call")
        verbose_name_plural = _("parts of calls")


class CallsSeen(TenantOwned):
    """When an employee last had missed calls before the eyes, and the latest of them (the id of its leg).

    The switch writes it, for the portal: see switch.calls_seen.
    """

    employee = models.OneToOneField("tenancy.Employee", models.PROTECT, primary_key=True, related_name="+")
    at = models.DateTimeField()
    leg = models.BigIntegerField()

    class Meta(TenantOwned.Meta):
        verbose_name = _("missed calls seen")
        verbose_name_plural = _("missed calls seen")


class BlockedNumber(EmployeeOwned):
    """A number from which calls do not reach an employee; the caller hears that nobody is available."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(_("number"), max_length=16)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(EmployeeOwned.Meta):
        verbose_name = _("blocked number")
        verbose_name_plural = _("blocked numbers")
        constraints = [
            models.UniqueConstraint("employee", "number", name="once_a_blocked_number"),
            models.CheckConstraint(condition=models.Q(number__regex=E164), name="blocked_number_is_e164"),
        ]
