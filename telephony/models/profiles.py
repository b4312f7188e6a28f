"""Keep ring profiles: what rings for how long, where calls go otherwise, and which profile holds (G28)."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from myfone.tenancy.scoping import EmployeeOwned
from telephony.models.numbers import E164, Ddi
from telephony.models.phones import Phone
from telephony.models.presence import HandState
from telephony.rules.presence import NOTE_LENGTH
from telephony.rules.profiles import LONGEST_STEP, SHORTEST_STEP


class Template(models.TextChoices):
    OFFICE = "office", _("Office")
    MOVE = "move", _("On the move")
    HOME = "home", pgettext_lazy("ring profile", "Home")
    OFF = "off", _("Off")
    HOLIDAY = "holiday", _("Holiday")


class Situation(models.TextChoices):
    ALWAYS = "always", _("Always")
    BUSY = "busy", _("I am busy")
    NO_ANSWER = "no_answer", _("Nobody answers")
    OFFLINE = "offline", _("No phone is signed in")


class Callers(models.TextChoices):
    EVERYBODY = "everybody", _("Everybody")
    INTERNAL = "internal", _("Colleagues")
    EXTERNAL = "external", _("Callers from outside")


class RingProfile(EmployeeOwned):
    """A way that an employee's calls ring; the first by position holds when none was chosen.

    version counts the saves, so that nobody overwrites what somebody else has just saved. While the profile holds,
    colleagues see its state and note, unless the employee has set others by hand. ends_at is the time of day until
    which a choice holds that was made without an end. With is_busy_in_call, calls during a call go where calls go
    when the employee is busy. One that was deleted stays with ended_at: it says later why a call rang as it did.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    template = models.CharField(max_length=10, choices=Template.choices, blank=True)
    name = models.CharField(_("name"), max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    outgoing = models.ForeignKey(
        Ddi, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("outgoing number")
    )
    state = models.CharField(
        _("status"), max_length=10, blank=True, choices=HandState.choices, default="", db_default=""
    )
    note = models.CharField(_("note"), max_length=NOTE_LENGTH, blank=True, default="", db_default="")
    ends_at = models.TimeField(_("ends by itself at"), null=True, blank=True)
    is_busy_in_call = models.BooleanField(_("busy during a call"), default=False, db_default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(EmployeeOwned.Meta):
        verbose_name = _("ring profile")
        verbose_name_plural = _("ring profiles")
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(
                "employee",
                "template",
                condition=~Q(template="") & Q(ended_at__isnull=True),
                name="one_profile_a_template_now",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["", *HandState.values]), name="profile_state_is_known"
            ),
            # It is shown in XML to SIP clients, which cannot hold control characters.
            models.CheckConstraint(condition=~Q(note__regex=r"[[:cntrl:]]"), name="profile_note_is_one_line"),
            models.UniqueConstraint(fields=["customer", "id"], name="ring_profile_within_customer"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.get_template_display())


class RingStep(EmployeeOwned):
    """Phones that ring at the same time, for so many seconds."""

    profile = models.ForeignKey(RingProfile, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    seconds = models.PositiveSmallIntegerField(
        _("seconds"), validators=[MinValueValidator(SHORTEST_STEP), MaxValueValidator(LONGEST_STEP)]
    )

    class Meta(EmployeeOwned.Meta):
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint("profile", "position", name="one_step_a_position"),
            models.UniqueConstraint(fields=["customer", "id"], name="ring_step_within_customer"),
            models.CheckConstraint(
                condition=Q(seconds__gte=SHORTEST_STEP, seconds__lte=LONGEST_STEP),
                name="step_rings_for_a_while",
            ),
        ]


class RingMember(EmployeeOwned):
    """One that rings in a step: a phone of one's own, a colleague, or a number."""

    step = models.ForeignKey(RingStep, models.CASCADE, related_name="members")
    phone = models.ForeignKey(Phone, models.CASCADE, null=True, related_name="+")
    colleague = models.ForeignKey("tenancy.Employee", models.CASCADE, null=True, related_name="+")
    number = models.CharField(max_length=16, blank=True)

    class Meta(EmployeeOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__isnull=False, colleague__isnull=True, number="")
                | Q(phone__isnull=True, colleague__isnull=False, number="")
                | Q(phone__isnull=True, colleague__isnull=True) & ~Q(number=""),
                name="member_is_one_thing",
            ),
            models.CheckConstraint(condition=Q(number="") | Q(number__regex=E164), name="member_is_e164"),
        ]


class RingTarget(EmployeeOwned):
    """Where calls go in a situation: to a colleague, a queue, a number, another profile's steps, or nowhere."""

    profile = models.ForeignKey(RingProfile, models.CASCADE, related_name="targets")
    situation = models.CharField(max_length=10, choices=Situation.choices)
    callers = models.CharField(max_length=10, choices=Callers.choices, default=Callers.EVERYBODY)
    colleague = models.ForeignKey("tenancy.Employee", models.CASCADE, null=True, related_name="+")
    number = models.CharField(max_length=16, blank=True)
    other = models.ForeignKey(RingProfile, models.CASCADE, null=True, related_name="+")
    queue = models.ForeignKey("telephony.Queue", models.CASCADE, null=True, related_name="+")

    class Meta(EmployeeOwned.Meta):
        constraints = [
            models.UniqueConstraint("profile", "situation", "callers", name="one_target_a_situation"),
            models.CheckConstraint(
                condition=Q(colleague__isnull=True, other__isnull=True, queue__isnull=True)
                | Q(number="", other__isnull=True, queue__isnull=True)
                | Q(number="", colleague__isnull=True, queue__isnull=True)
                | Q(number="", colleague__isnull=True, other__isnull=True),
                name="target_is_one_thing",
            ),
            models.CheckConstraint(condition=Q(number="") | Q(number__regex=E164), name="target_is_e164"),
        ]


class ProfileChoice(EmployeeOwned):
    """That a profile was chosen, and until when; the open one holds, and none does after `until`.

    With follows_schedule, `until` is the next change of the employee's schedule, and moves when that is saved. Rows
    stay: they say later why a call rang as it did. `before` is what undoing brings back.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    profile = models.ForeignKey(RingProfile, models.CASCADE, related_name="choices")
    began_at = models.DateTimeField(db_default=Now())
    until = models.DateTimeField(null=True, blank=True)
    follows_schedule = models.BooleanField(default=False, db_default=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    chosen_by = models.CharField(max_length=60)
    before = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")

    class Meta(EmployeeOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                "employee", condition=Q(ended_at__isnull=True), name="one_open_choice_an_employee"
            ),
            models.UniqueConstraint(fields=["customer", "id"], name="profile_choice_within_customer"),
        ]
