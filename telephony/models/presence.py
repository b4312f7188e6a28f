"""Keep what people say of themselves and of each other: status, note, favourites."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from myfone.tenancy.scoping import EmployeeOwned, TenantOwned
from telephony.rules.presence import NOTE_LENGTH


class HandState(models.TextChoices):
    """What one can set by hand; more states come about by themselves, see switch.aggregated_presence."""

    AVAILABLE = "available", _("Available")
    BUSY = "busy", _("Busy")
    DND = "dnd", _("Do not disturb")
    BRB = "brb", _("Be right back")
    AWAY = "away", _("Away")
    OFF = "off", _("Off work")


class Presence(TenantOwned):
    """What an employee set by hand in Myfone, until when, and the note that colleagues see (G23, G24).

    What colleagues see of it is the answer of switch.aggregated_presence, for pages and SIP alike. `before` is
    what the latest change replaced, so that it can be undone while `revision` is the one that the change made.
    The switch writes here too: a note that comes from a SIP client, and the end of a state.
    """

    employee = models.OneToOneField("tenancy.Employee", models.PROTECT, primary_key=True, related_name="+")
    state = models.CharField(_("status"), max_length=10, blank=True, choices=HandState.choices, db_default="")
    state_since = models.DateTimeField(null=True)
    state_until = models.DateTimeField(null=True)
    note = models.CharField(_("note"), max_length=NOTE_LENGTH, blank=True, db_default="")
    note_author = models.ForeignKey("tenancy.Employee", models.PROTECT, null=True, related_name="+")
    note_at = models.DateTimeField(null=True)
    # When the employee marked the bell as read, which tells of a note by a colleague.
    note_seen_at = models.DateTimeField(null=True)
    before = models.JSONField(null=True)
    revision = models.PositiveIntegerField(default=0, db_default=0)

    class Meta(TenantOwned.Meta):
        verbose_name = _("status and note")
        verbose_name_plural = _("statuses and notes")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["", *HandState.values]), name="presence_state_is_known"
            ),
            # It is shown in XML to SIP clients, which cannot hold control characters.
            models.CheckConstraint(condition=~Q(note__regex=r"[[:cntrl:]]"), name="note_is_one_line"),
        ]

    def __str__(self) -> str:
        return self.state or "-"


class Favourite(EmployeeOwned):
    """A colleague whom an employee wants on top."""

    colleague = models.ForeignKey("tenancy.Employee", models.PROTECT, related_name="+")

    class Meta(EmployeeOwned.Meta):
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [models.UniqueConstraint("employee", "colleague", name="once_a_favourite")]
