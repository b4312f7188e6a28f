"""Show a status in words and with its dot."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from myfone.kernel.typography import DOT
from telephony.models import HandState
from telephony.selectors.colleagues import Status
from telephony.selectors.standing import own

register = template.Library()
ICONS = {
    "available": "circle-check",
    "busy": "circle-minus",
    "dnd": "bell-off",
    "brb": "coffee",
    "away": "clock",
    "off": "moon",
}


@register.simple_tag(takes_context=True)
def my_presence(context: RequestContext) -> dict[str, Any] | None:
    """Return the signed-in employee's status, what meets their calls, and whether this page is the answer to a change.

    None for others.
    """
    request = context.get("request")
    actor = getattr(request, "actor", None)
    if request is None or actor is None or actor.employee_id is None:
        return None
    if not hasattr(request, "own"):
        request.own = own(actor)
    status, changed = request.own.status, request.GET.get("changed")
    return {
        "status": status,
        "standing": request.own.standing,
        "can_call": request.own.can_call,
        "was_changed": changed in (f"me-{status.revision}", f"note-{status.revision}"),
        "was_cleared": changed == f"note-{status.revision}" and not (status.note and status.note_at),
    }


@register.simple_tag
def hand_states() -> list[dict[str, str]]:
    """List what one can set by hand."""
    return [{"value": str(s.value), "label": str(s.label), "icon": ICONS[s.value]} for s in HandState]


@register.filter
def presence_text(status: Status) -> str:
    """Return a status in a few words, with until when."""
    if status.why == "call":
        return _("In a call")
    label = str(HandState(status.state).label) if status.state in HandState.values else _("Offline")
    if status.why == "idle":
        label = _("Away")
    if status.until is not None:
        label = _("%(status)s until %(time)s") % {"status": label, "time": _when(status.until)}
    if status.in_call_since is not None:
        label = _("%(status)s, in a call") % {"status": label}
    return label if status.is_reached else f"{label}{DOT}{_('no phone signed in')}"


@register.filter
def presence_line(status: Status) -> str:
    """Return a colleague's status with the note."""
    words = presence_text(status)
    return f"{words}{DOT}“{status.note}”" if status.note else words


@register.filter
def presence_reason(status: Status) -> str:
    """Return what stands below the status: why it is so, and what ends it."""
    if status.in_call_since is not None:
        since = _when(status.in_call_since)
        return _("Since %(time)s, until the call ends") % {"time": since}
    if status.why == "hand":
        return (
            _("Then it follows your phones again") if status.until else _("Set by you, until you change it")
        )
    if status.why == "profile":
        return _("Set by your ring profile, while it holds")
    if status.why == "idle":
        return _("Your client has not been touched for a while")
    if status.why == "registered":
        return _("Your phone is signed in")
    return _("No phone is signed in")


@register.filter
def when(moment: dt.datetime | None) -> str:
    """Return a time as short as it can be said: the clock today, else the date."""
    return _when(moment) if moment else ""


def _when(moment: dt.datetime) -> str:
    local, now = timezone.localtime(moment), timezone.localtime()
    if local.date() == now.date():
        return formats.time_format(local, "TIME_FORMAT")
    if local.date() - now.date() == dt.timedelta(days=1):
        if local.time() == dt.time():
            return _("midnight")
        return _("tomorrow %(time)s") % {"time": formats.time_format(local, "TIME_FORMAT")}
    if now.date() - local.date() == dt.timedelta(days=1):
        return _("yesterday %(time)s") % {"time": formats.time_format(local, "TIME_FORMAT")}
    return formats.date_format(local, "SHORT_DATETIME_FORMAT")
