"""Say what became of what one did with a call."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from telephony.rules.contacts import shown_number

register = template.Library()


def outcome_text(do: str, result: str, about: str) -> str:
    """Return what became of an operation; `about` is a number, or who or what it concerned."""
    who = shown_number(about) if about.lstrip("+").isdecimal() else about
    said = {"who": who or "…"}
    if result == "done":
        return {
            "hang_up": _("The call is over."),
            "hold": _("The call is on hold. The other side waits."),
            "resume": _("You can hear each other again."),
            "send_to": _("%(who)s has the call now.") % said,
            "join": _("They talk with each other now."),
            "pull": _("The call goes on at %(who)s.") % said,
            "call": _("You are connected with %(who)s.") % said,
        }[do]
    if result == "going":
        return {
            "send_to": _("It rings at %(who)s.") % said,
            "pull": _("It rings at %(who)s. Take it there.") % said,
            "call": _("Your phone rings first, then %(who)s.") % said,
        }.get(do, _("One moment."))
    why = {
        "busy": _("%(who)s is in a call, or not to be disturbed."),
        "no_answer": _("%(who)s did not answer."),
        "no_phone": _("Nothing rang at %(who)s: no phone is signed in there."),
        "no_codec": _("The phone of %(who)s and the other one have no sound format in common."),
        "refused": _("%(who)s did not take the call."),
        "unknown": _("%(who)s cannot be reached: there is no such number or phone."),
        "gone": _("Somebody hung up meanwhile."),
    }.get(result, _("It did not succeed.")) % said
    if do in ("send_to", "join", "pull") and result != "gone":
        return _("%(why)s The call came back to you.") % {"why": why}
    return why


def way(result: str) -> str:
    """Return how an outcome looks: good, bad, or still going on."""
    return {"done": "success", "going": "info"}.get(result, "warn")
