"""Set one's status, and write notes: one's own, or for a colleague (G23, G24)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from myfone.kernel import audit
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.models import Favourite, HandState, Presence
from telephony.rules import presence as rules

_KEPT = ("state", "state_since", "state_until", "note", "note_author_id", "note_at")
_TIMES = ("state_since", "state_until", "note_at")


class PresenceError(Exception):
    """Something about a status or a note that cannot be done; the text may be shown to the person."""


class NoteRefused(PresenceError):
    """The note is too long."""

    def __init__(self) -> None:
        super().__init__(
            _("The note is too long. It may have %(most)d characters.") % {"most": rules.NOTE_LENGTH}
        )


class TimeRefused(PresenceError):
    """The end time cannot be understood, or has passed."""

    def __init__(self) -> None:
        super().__init__(_("Write the time as 14.30, or choose one from the list."))


class TooLateToUndo(PresenceError):
    """Something else was changed since."""

    def __init__(self) -> None:
        super().__init__(
            _("It was changed again meanwhile, so nothing was undone. Here is how it stands now.")
        )


@transaction.atomic
def set_state(*, actor: Actor, state: str, until: dt.datetime | None, at: dt.datetime) -> Presence:
    """Set the actor's own status until an end time, or until it is changed; "" takes it back.

    Raises TimeRefused.
    """
    if until is not None and until <= at:
        raise TimeRefused
    row = _locked(actor, _own(actor))
    keeps = row.state == state and row.state_since is not None
    now = {"state": state, "state_since": row.state_since if keeps else at, "state_until": until}
    return _write(row, now if state else dict.fromkeys(_KEPT[1:3]) | {"state": ""})


@transaction.atomic
def write_note(*, actor: Actor, employee: Employee, text: str, at: dt.datetime) -> Presence:
    """Write the note that colleagues see of an employee; an empty text takes it away.

    Raises NoteRefused.
    """
    try:
        note = rules.clean_note(text)
    except rules.NoteTooLong as error:
        raise NoteRefused from error
    row = _locked(actor, employee)
    if note == row.note:
        return row
    author = _own(actor) if note else None
    row = _write(row, {"note": note, "note_author_id": author and author.pk, "note_at": at if note else None})
    if employee.pk != actor.employee_id:
        audit.record(actor=actor, action="note.written", object=employee, cleared=not note)
    return row


@transaction.atomic
def undo(*, actor: Actor, employee: Employee, revision: int) -> Presence:
    """Take back the change that made `revision`, if nothing has changed since. Raises TooLateToUndo."""
    row = _locked(actor, employee)
    if row.revision != revision or row.before is None:
        raise TooLateToUndo
    before = {
        name: parse_datetime(value) if name in _TIMES and value else value
        for name, value in row.before.items()
    }
    if employee.pk != actor.employee_id:
        # Of a colleague, one takes back the note that one wrote; the status is the colleague's own.
        before = {name: value for name, value in before.items() if name.startswith("note")}
    row = _write(row, before)
    row.before = None
    row.save(update_fields=["before"])
    return row


@transaction.atomic
def set_favourite(*, actor: Actor, colleague: Employee, is_favourite: bool) -> None:
    """Put a colleague on top of the actor's list, or take them from there."""
    assert actor.employee_id is not None
    if is_favourite:
        Favourite.objects.bulk_create(
            [
                Favourite(
                    customer_id=colleague.customer_id, employee_id=actor.employee_id, colleague=colleague
                )
            ],
            ignore_conflicts=True,
        )
    else:
        Favourite.objects.visible_to(actor).filter(
            employee_id=actor.employee_id, colleague=colleague
        ).delete()


def _own(actor: Actor) -> Employee:
    found: Employee = Employee.objects.visible_to(actor).get(pk=actor.employee_id)
    return found


def _locked(actor: Actor, employee: Employee) -> Presence:
    """Return the row of an employee, made if it is missing, held until the transaction ends."""
    Presence.objects.bulk_create(
        [Presence(employee_id=employee.pk, customer_id=employee.customer_id)], ignore_conflicts=True
    )
    row: Presence = (
        Presence.objects.visible_to(actor).select_for_update(no_key=True).get(employee_id=employee.pk)
    )
    return row


def _write(row: Presence, now: dict[str, Any]) -> Presence:
    row.before = {
        name: value.isoformat() if isinstance(value := getattr(row, name), dt.datetime) else value
        for name in _KEPT
    }
    row.revision += 1
    for name, value in now.items():
        setattr(row, name, value)
    row.save()
    return row


__all__ = [
    "HandState",
    "NoteRefused",
    "PresenceError",
    "TimeRefused",
    "TooLateToUndo",
    "set_favourite",
    "set_state",
    "undo",
    "write_note",
]
