"""Say in the reader's language why a queue's call did not ring at an agent."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from telephony.call_texts import Sounded
from telephony.models import PauseReason
from telephony.selectors.calls import Leg

WHY: dict[str, str | Promise] = {
    "out": gettext_lazy("Was signed out when the call came"),
    "paused": gettext_lazy("Had a pause when the call came"),
    "in_call": gettext_lazy("Was in a call when this one came"),
    "rings": gettext_lazy("Another call was ringing when this one came"),
    "rests": gettext_lazy("Rested after a call when this one came"),
    "dnd": gettext_lazy("Was not to be disturbed when the call came"),
    "offline": gettext_lazy("Had no phone signed in when the call came"),
    "": gettext_lazy("Was free when the call came, but others were rung first or the caller was gone before"),
}


def agents(legs: Sequence[Leg]) -> list[Sounded]:
    """Return the agents at whom a queue's call did not ring, by queue and name, hidden ones last, with why."""
    return [
        Sounded("user-round", name or _("A colleague"), _said(why, reason))
        for leg in legs
        for name, why, reason in leg.left_out
        if why in WHY
    ]


def _said(why: str, reason: str) -> str:
    if why == "paused" and reason not in ("", PauseReason.BREAK):
        label = PauseReason(reason).label if reason in PauseReason.values else reason
        return _("Had a pause when the call came: %(reason)s") % {"reason": label}
    return str(WHY[why])
