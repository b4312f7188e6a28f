"""Keep queues, who takes their calls, and what became of each call (G27, G29)."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from myfone.tenancy.scoping import EmployeeOwned, TenantOwned
from telephony.models.phones import Extension, Phone
from telephony.models.profiles import RingProfile
from telephony.rules import queues as rules


class Strategy(models.TextChoices):
    LONGEST_IDLE = "longest_idle", _("Whoever has been free the longest")
    ROUND_ROBIN = "round_robin", _("In turn")
    FEWEST_CALLS = "fewest_calls", _("Whoever has taken the fewest calls today")
    RING_ALL = "ring_all", _("Everybody at once")


class SetBy(models.TextChoices):
    """What signed somebody in or out of a queue."""

    HAND = "hand", _("by hand")
    CODE = "code", _("by a code")
    PROFILE = "profile", _("by the ring profile")
    SUPERVISOR = "supervisor", _("by a supervisor")
    END = "end", _("because the chosen time was over")


class PauseReason(models.TextChoices):
    BREAK = "break", _("Break")
    LUNCH = "lunch", _("Lunch")
    MEETING = "meeting", _("Meeting")
    WORK = "work", _("Work after a call")
    MISSED = "missed", _("Did not answer")


class Music(models.TextChoices):
    """What callers hear who wait."""

    OURS = "ours", _("Music from Myfone")
    OWN = "own", _("A file of your own")
    NONE = "none", _("No music, their phone's ringing tone")


class CallState(models.TextChoices):
    ENTERING = "entering", _("Arrives")
    WAITING = "waiting", _("Waits")
    RINGING = "ringing", _("Rings")
    TALKING = "talking", _("In a call")
    ENDED = "ended", _("Over")


class QueueOutcome(models.TextChoices):
    NONE = "", ""
    ANSWERED = "answered", _("Answered")
    ABANDONED = "abandoned", _("Gave up")
    WAITED = "waited", _("Waited too long")
    FULL = "full", _("The queue was full")


#: Calls that nobody took, and that somebody may have to return.
MISSED = (QueueOutcome.ABANDONED, QueueOutcome.WAITED, QueueOutcome.FULL)


class OfferOutcome(models.TextChoices):
    NONE = "", ""
    ANSWERED = "answered", _("Answered")
    MISSED = "missed", _("Did not answer")
    ELSEWHERE = "elsewhere", _("Answered by a colleague")
    GONE = "gone", pgettext_lazy("offer of a call", "The caller gave up")


class DoneHow(models.TextChoices):
    NONE = "", ""
    HAND = "hand", _("Marked as done")
    REACHED = "reached", _("A colleague reached the number")
    CAME_BACK = "came_back", _("Called again, and was answered")


class Queue(TenantOwned):
    """A local number whose callers wait for one of several employees.

    overflow is where calls go that nobody takes in time or that find the queue full, closed_to where they go outside
    the opening hours: a local number, or one of the public network in E.164; empty, they end. It is closed on public
    holidays of the country holidays_of (ISO 3166; empty: none count).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60)
    extension = models.OneToOneField(
        Extension, models.PROTECT, null=True, related_name="queue", verbose_name=_("local number")
    )
    strategy = models.CharField(
        _("who is rung"), max_length=12, choices=Strategy.choices, default=Strategy.LONGEST_IDLE
    )
    ring_seconds = models.PositiveSmallIntegerField(
        _("rings for"),
        default=20,
        validators=[MinValueValidator(rules.SHORTEST_RING), MaxValueValidator(rules.LONGEST_RING)],
    )
    wrap_up_seconds = models.PositiveSmallIntegerField(
        _("rest after a call"), default=10, validators=[MaxValueValidator(rules.LONGEST_WRAP_UP)]
    )
    max_wait_seconds = models.PositiveSmallIntegerField(
        _("longest wait"),
        default=300,
        validators=[MinValueValidator(rules.SHORTEST_WAIT), MaxValueValidator(rules.LONGEST_WAIT)],
    )
    max_length = models.PositiveSmallIntegerField(
        _("most callers that wait"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(rules.MOST_WAITING)],
    )
    goal_seconds = models.PositiveSmallIntegerField(_("answered within"), default=30)
    pause_after_missed = models.PositiveSmallIntegerField(_("pause after missed calls"), default=3)
    overflow = models.CharField(max_length=16, blank=True)
    closed_to = models.CharField(max_length=16, blank=True)
    holidays_of = models.CharField(max_length=2, blank=True, default="", db_default="")
    music = models.CharField(max_length=4, choices=Music.choices, default=Music.OURS, db_default="ours")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        constraints = [
            models.UniqueConstraint(fields=["customer", "id"], name="queue_within_customer"),
            models.UniqueConstraint(
                "customer", "name", condition=Q(ended_at__isnull=True), name="one_queue_a_name"
            ),
            models.CheckConstraint(
                condition=Q(
                    ring_seconds__gte=rules.SHORTEST_RING,
                    ring_seconds__lte=rules.LONGEST_RING,
                    wrap_up_seconds__lte=rules.LONGEST_WRAP_UP,
                    max_wait_seconds__gte=rules.SHORTEST_WAIT,
                    max_wait_seconds__lte=rules.LONGEST_WAIT,
                    max_length__gte=1,
                    max_length__lte=rules.MOST_WAITING,
                ),
                name="queue_times_are_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class QueueMusic(TenantOwned):
    """A queue's own music as a WAV file (8 kHz, 16 bits, one channel); `name` is what its file was called.

    public_id is new with each file, and what the media relay knows it by.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    queue = models.OneToOneField(Queue, models.CASCADE, related_name="file")
    name = models.CharField(max_length=120)
    seconds = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    wav = models.BinaryField()
    saved_at = models.DateTimeField(db_default=Now())


class QueueHours(TenantOwned):
    """A span of a weekday (1 is Monday) in which a queue is open; a queue without any is always open."""

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(7)])
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__gte=1, weekday__lte=7, closes__gt=F("opens")), name="hours_are_a_span"
            ),
            models.UniqueConstraint("queue", "weekday", "opens", name="one_span_a_beginning"),
        ]


class QueueDay(TenantOwned):
    """Days on which a queue is open from `opens` to `closes`, or, without those, closed, whatever else is said."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    queue = models.ForeignKey(Queue, models.CASCADE, related_name="days")
    name = models.CharField(_("name"), max_length=60, blank=True)
    first_day = models.DateField()
    last_day = models.DateField()
    opens = models.TimeField(null=True)
    closes = models.TimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day"))
                & (Q(opens__isnull=True, closes__isnull=True) | Q(closes__gt=F("opens"))),
                name="queue_day_is_a_span",
            ),
        ]


class QueueMember(TenantOwned):
    """An employee who takes a queue's calls when signed in.

    What was done by hand holds until holds_until, or, without one, until the profile that held then (`profile`) no
    longer does; then what the profile that holds says of the queue applies (ProfileQueue). The switch writes here:
    codes, profiles, pauses after missed calls, and who was offered a call when.
    """

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="members")
    employee = models.ForeignKey("tenancy.Employee", models.PROTECT, related_name="+")
    is_signed_in = models.BooleanField(default=False, db_default=False)
    set_by = models.CharField(
        max_length=10, choices=SetBy.choices, default=SetBy.SUPERVISOR, db_default="supervisor"
    )
    set_at = models.DateTimeField(db_default=Now())
    holds_until = models.DateTimeField(null=True)
    profile = models.ForeignKey(RingProfile, models.SET_NULL, null=True, related_name="+")
    leaves_after_call = models.BooleanField(default=False, db_default=False)
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=10, choices=PauseReason.choices, blank=True, db_default="")
    missed_in_row = models.PositiveSmallIntegerField(default=0, db_default=0)
    last_offered_at = models.DateTimeField(null=True)
    last_ended_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("queue member")
        verbose_name_plural = _("queue members")
        constraints = [
            models.UniqueConstraint("employee", "queue", name="once_in_a_queue"),
            models.UniqueConstraint(fields=["customer", "id"], name="queue_member_within_customer"),
        ]
        indexes = [models.Index("customer", "queue", name="member_of_queue")]


class QueuePhone(TenantOwned):
    """A phone that rings for a member's queue calls; with none chosen all of the member's phones do (G27)."""

    member = models.ForeignKey(QueueMember, models.CASCADE, related_name="phones")
    phone = models.ForeignKey(Phone, models.CASCADE, related_name="+")

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint("member", "phone", name="once_a_queue_phone")]


class ProfileQueue(EmployeeOwned):
    """What a ring profile does with a queue when it begins to hold: sign in, or sign out; without a row, neither."""

    profile = models.ForeignKey(RingProfile, models.CASCADE, related_name="queues")
    queue = models.ForeignKey(Queue, models.CASCADE, related_name="+")
    signs_in = models.BooleanField()

    class Meta(EmployeeOwned.Meta):
        constraints = [models.UniqueConstraint("profile", "queue", name="once_a_profile_queue")]


class QueueCall(TenantOwned):
    """One call's stay in a queue, from its arrival to its end; the switch writes it, and the portal the to-do of it.

    t_index and t_label are the switch's name for the waiting transaction, on the switch `node`; left_out is what each
    agent was on when it came, see switch.queue_left_out.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    queue = models.ForeignKey(Queue, models.CASCADE, related_name="calls")
    call_id = models.CharField(max_length=255)
    node = models.CharField(max_length=64, blank=True, db_default="")
    t_index = models.BigIntegerField()
    t_label = models.BigIntegerField()
    caller = models.CharField(max_length=64, blank=True, db_default="")
    caller_name = models.CharField(max_length=255, blank=True, db_default="")
    state = models.CharField(max_length=8, choices=CallState.choices, db_default="entering")
    entered_at = models.DateTimeField(db_default=Now())
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("tenancy.Employee", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=QueueOutcome.choices, blank=True, db_default="")
    taken_by = models.ForeignKey("tenancy.Employee", models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("tenancy.Employee", models.PROTECT, null=True, related_name="+")
    done_how = models.CharField(max_length=10, choices=DoneHow.choices, blank=True, db_default="")
    left_out = models.JSONField(null=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("queue call")
        verbose_name_plural = _("queue calls")
        constraints = [
            models.UniqueConstraint(
                "call_id", condition=Q(ended_at__isnull=True), name="once_in_a_queue_at_a_time"
            ),
            models.UniqueConstraint(fields=["customer", "id"], name="queue_call_within_customer"),
        ]
        indexes = [models.Index("customer", "queue", "entered_at", name="call_of_queue")]


class QueueOffer(TenantOwned):
    """That a waiting call rang at an employee, and what came of it; nobody has two that are open.

    phone is set where the employee fetched the call by a code, and rings alone then.
    """

    call = models.ForeignKey(QueueCall, models.CASCADE, related_name="offers")
    employee = models.ForeignKey("tenancy.Employee", models.PROTECT, related_name="+")
    phone = models.ForeignKey(Phone, models.CASCADE, null=True, related_name="+")
    offered_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=OfferOutcome.choices, blank=True, db_default="")

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                "employee", condition=Q(ended_at__isnull=True), name="one_open_offer_an_employee"
            )
        ]
        indexes = [models.Index("customer", "call", name="offer_of_call")]
