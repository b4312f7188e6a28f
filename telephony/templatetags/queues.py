"""Say what the people and calls of a queue are on."""

from __future__ import annotations

import datetime as dt

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from myfone.kernel.typography import DOT
from telephony.models import PauseReason
from telephony.models.queues import DoneHow, QueueOutcome, SetBy
from telephony.rules.contacts import shown_number
from telephony.selectors.queue_history import Stay
from telephony.selectors.queues import Agent, Call
from telephony.templatetags.presence import when

register = template.Library()
DOTS = {
    "call": "busy",
    "rings": "busy",
    "paused": "away",
    "rests": "away",
    "dnd": "dnd",
    "free": "available",
}


@register.simple_tag
def pause_reasons() -> list[tuple[str, str]]:
    """List what people choose among for a pause; the switch alone says that somebody did not answer."""
    return [(reason.value, str(reason.label)) for reason in PauseReason if reason != PauseReason.MISSED]


@register.filter
def agent_dot(agent: Agent) -> str:
    """Return the colour of an agent's dot."""
    return DOTS.get(agent.state, "offline")


@register.filter
def agent_text(agent: Agent) -> str:
    """Return what an agent is on now."""
    if agent.state == "call":
        said = _("In a call since %(time)s") % {"time": when(agent.in_call_since)}
        if agent.leaves_after_call:
            return _("%(said)s, signs out after it") % {"said": said}
        return said if agent.is_signed_in else _("%(said)s, signed out") % {"said": said}
    if agent.state == "rings":
        return _("Rings since %(time)s") % {"time": when(agent.rings_since)}
    if agent.state == "paused":
        return pause_since(agent.paused_at, agent.pause_reason)
    if agent.state == "rests":
        return _("Rests after a call until %(time)s") % {"time": when(agent.rests_until)}
    return {
        "out": _("Signed out"),
        "dnd": _("Signed in, but not to be disturbed"),
        "unreachable": _("Signed in, but no phone is"),
        "free": _("Free for the next call"),
    }[agent.state]


def pause_since(moment: dt.datetime | None, reason: str) -> str:
    """Return since when somebody has a pause, and why where that says more than the word."""
    if reason in ("", PauseReason.BREAK):
        return _("Pause since %(time)s") % {"time": when(moment)}
    return _("Pause since %(time)s: %(reason)s") % {"time": when(moment), "reason": PauseReason(reason).label}


@register.filter
def agent_reason(agent: Agent) -> str:
    """Return who signed the agent in or out, and until when that holds."""
    how = {"how": SetBy(agent.set_by).label, "time": when(agent.set_at)}
    said = (
        _("Signed in %(how)s, %(time)s") if agent.is_signed_in else _("Signed out %(how)s, %(time)s")
    ) % how
    if agent.holds_until:
        return _("%(said)s – until %(time)s, then back") % {"said": said, "time": when(agent.holds_until)}
    if agent.set_by in (SetBy.PROFILE, SetBy.END):
        return said
    if agent.steered:
        return _("%(said)s – until the ring profile changes") % {"said": said}
    return _("%(said)s – until somebody changes it") % {"said": said}


@register.filter
def caller(call: Call) -> str:
    """Return who calls."""
    if call.caller_name:
        return call.caller_name
    if not call.is_known:
        return _("Hidden number")
    return shown_number(call.number).replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def dials(call: Call) -> str:
    """Return the number to call back, where it is one of the public network or a local one."""
    return call.number if call.number.removeprefix("+").isdecimal() else ""


def call_back_said(number: str) -> str:
    """Say what to do about a missed caller whom no button rings."""
    if not number.removeprefix("+").isdecimal():
        return _("You call back. The others see that.")
    return _(
        "You call back %(number)s: dial it on your phone. The others see that, and the line goes when it is reached."
    ) % {"number": shown_number(number)}


@register.filter
def waited(call: Call) -> str:
    """Return how long a missed caller waited, and what ended it."""
    ends = call.ended_at or call.entered_at
    said = _("%(what)s after %(time)s") % {
        "what": QueueOutcome(call.outcome).label,
        "time": seconds((ends - call.entered_at).total_seconds()),
    }
    if call.outcome == QueueOutcome.FULL:
        said = str(QueueOutcome.FULL.label)
    if call.times > 1:
        times = ngettext("called %(count)d time", "called %(count)d times", call.times)
        return f"{said}{DOT}{times % {'count': call.times}}"
    return said


@register.filter
def done_text(call: Call) -> str:
    """Return how a missed call was settled."""
    how = DoneHow(call.done_how).label if call.done_how else ""
    return f"{how}: {call.done_by}" if call.done_by else str(how)


@register.filter
def seconds(amount: float | None) -> str:
    """Return a duration as minutes and seconds; a dash for none."""
    if amount is None:
        return "–"
    minutes, rest = divmod(max(0, round(amount)), 60)
    return f"{minutes}:{rest:02}"


@register.filter
def since(moment: dt.datetime, at: dt.datetime) -> str:
    """Return how long something has gone on."""
    return seconds((at - moment).total_seconds())


@register.filter
def stay_caller(stay: Stay) -> str:
    """Return who called the queue."""
    if stay.caller or stay.number not in ("", "anonymous"):
        return stay.caller or shown_number(stay.number).replace(" ", "\N{NO-BREAK SPACE}")
    return _("Hidden number")


@register.filter
def stay_text(stay: Stay) -> str:
    """Return what became of a call in a queue, and through whom it came."""
    who = {"name": stay.taker}
    if stay.outcome == "answered":
        said = _("%(name)s answered") % who if stay.taker else _("Answered")
    else:
        said = {
            "": _("Waits now") if stay.ended_at is None else _("Gave up"),
            "abandoned": _("Gave up"),
            "nobody": _("Nobody was signed in"),
            "full": _("The queue was full"),
        }.get(stay.outcome, _("Waited too long"))
        if stay.call_answered_at:
            onward = _("went on to %(name)s") % who if stay.taker else _("answered elsewhere")
            said = f"{said}, {onward}"
    return _("%(said)s, through %(name)s") % {"said": said, "name": stay.through} if stay.through else said


@register.filter
def stay_times(stay: Stay) -> str:
    """Return how long the caller waited, and how long was talked."""
    told = []
    if stay.waited is not None:
        told.append(_("waited %(time)s") % {"time": seconds(stay.waited)})
    if stay.talked is not None:
        told.append(_("talked %(time)s") % {"time": seconds(stay.talked)})
    elif stay.answered_at:
        told.append(_("Now"))
    return DOT.join(told)


@register.filter
def stay_way(stay: Stay) -> str:
    """Return whether nobody took a call."""
    return "missed" if stay.ended_at and not stay.call_answered_at else ""


@register.filter
def stay_icon(stay: Stay) -> str:
    """Return the icon of what became of a call in a queue."""
    if stay.outcome == "answered":
        return "phone-incoming"
    if stay.call_answered_at:
        return "phone-forwarded"
    return "phone-missed" if stay.ended_at else "hourglass"
