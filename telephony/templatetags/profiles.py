"""Put what a call rings into words."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.translation import gettext_lazy as _

from telephony.models import PhoneKind
from telephony.rules.numbers import shown
from telephony.selectors.profiles import Ringing

register = template.Library()

REASONS = {
    "offline": _("No phone is signed in"),
    "dnd": _("Do not disturb is on"),
    "busy_in_call": _("A call is going on"),
    "closed": _("The queue is closed"),
    "queue_abroad": _("A queue sends no calls abroad"),
    "loop": _("It was sent round in a ring, and ends here"),
    "ended_by_profile": _("The profile sends it no further"),
    "blocked": _("The number is blocked"),
    "nobody": _("The number leads to nobody"),
    "outage": _("The database was away, and where the number leads could not be looked up"),
    "unknown_number": _("The number does not exist"),
    "suspended": _("Calls out are closed for your company"),
    "premium": _("Premium numbers are closed for your company"),
    "satellite": _("Satellite numbers are closed for your company"),
    "high_risk": _("That country is closed for your company"),
    "calls_at_once": _("Your company has as many calls with the outside as it may have at once"),
    "minutes_abroad": _("Your company has used up its minutes abroad until midnight"),
    "no_trunk": _("There is no line to the public network"),
}

#: Ends that a profile's owner should mend; the others are how it stands now.
UNWANTED = frozenset({"loop", "nobody", "unknown_number", "premium", "satellite", "high_risk", "no_trunk"})


@register.filter
def call_reason(code: str) -> str:
    """Say why a call ends."""
    return str(REASONS.get(code, ""))


@register.filter
def ring_member(member: tuple[str, str]) -> str:
    """Name one that rings: the phone's own name, its kind, or the number."""
    kind, name = member
    if name:
        return shown(name) if name.startswith("+") else name
    # What rings at another company is that company's affair.
    return str(PhoneKind(kind).label) if kind in PhoneKind.values else "…"


@register.filter
def minutes(seconds: int) -> str:
    """Show a time into the call: 0:35."""
    return f"{seconds // 60}:{seconds % 60:02}"


@register.filter
def ends_story(last: Ringing | str) -> bool:
    """Say whether the last row tells the end already."""
    return isinstance(last, Ringing) and last.is_end


@register.filter
def is_sound(rings: Sequence[Ringing]) -> bool:
    """Say whether a story comes to no end that its teller did not want, and begins with more than an offline phone."""
    if not rings:
        return True
    return rings[-1].why not in UNWANTED and not (rings[0].is_end and rings[0].why == "offline")


@register.filter
def is_profile(picked: str, pk: int) -> bool:
    """Say whether a target as typed is this profile."""
    return picked == f"profile:{pk}"


@register.filter
def is_queue(picked: str, pk: int) -> bool:
    """Say whether a target as typed is this queue."""
    return picked == f"queue:{pk}"


@register.filter
def story_length(rings: Sequence[Ringing]) -> str:
    """Show when the last phone stops."""
    return minutes(rings[-1].begins + rings[-1].seconds) if rings else "0:00"
