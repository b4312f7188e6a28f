"""Say in the reader's language what became of a call, and why it went where it went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from telephony.models import Outcome, PhoneKind, Template
from telephony.rules.calls import CALL_BACK, duration
from telephony.rules.numbers import EMERGENCY, shown
from telephony.selectors.calls import Leg, Line
from telephony.templatetags.profiles import REASONS

PARTS: dict[str, str | Promise] = {
    "out": gettext_lazy("You called"),
    "answered": gettext_lazy("You answered"),
    "elsewhere": gettext_lazy("Somebody else answered"),
    "missed": gettext_lazy("Missed"),
}
ICONS = {
    "out": "phone-outgoing",
    "answered": "phone-incoming",
    "elsewhere": "phone-forwarded",
    "missed": "phone-missed",
}
_LEGS: dict[str, str | Promise] = {
    "answered": gettext_lazy("Took the call"),
    "unanswered": gettext_lazy("Rang, and nobody took it"),
    "busy": gettext_lazy("Was busy"),
    "refused": gettext_lazy("Refused the call"),
    "failed": gettext_lazy("Could not be reached"),
    "elsewhere": gettext_lazy("Stopped ringing: the call was taken elsewhere"),
    "": pgettext_lazy("a phone in a call", "Rings"),
}
_STAYS: dict[str, str | Promise] = {
    "answered": gettext_lazy("It came to the queue %(queue)s, and was answered after %(time)s."),
    "abandoned": gettext_lazy("It came to the queue %(queue)s. The caller gave up after %(time)s."),
    "waited": gettext_lazy("It came to the queue %(queue)s. Nobody took it within %(time)s."),
    "nobody": gettext_lazy("It came to the queue %(queue)s, where nobody was signed in."),
    "full": gettext_lazy("It came to the queue %(queue)s, which was full."),
    "": gettext_lazy("It came to the queue %(queue)s, and waits there."),
}
_ENDS: dict[str, str | Promise] = {
    "caller": gettext_lazy("The caller hung up."),
    "callee": gettext_lazy("The one who was called hung up."),
    "switch": gettext_lazy("Nobody took the call, and it was ended."),
    "lost": gettext_lazy("The end was not heard: the telephone system was restarted."),
}


@dataclass(frozen=True)
class Sounded:
    """One phone of a call as the page shows it."""

    icon: str
    who: str
    what: str


def title(line: Line) -> str:
    """Name the other end: a colleague, a contact, a number."""
    return line.name or number(line) or _("Hidden number")


def number(line: Line) -> str:
    """Return the other end's number as people read it; nothing for one that is hidden."""
    return "" if line.number in ("", "anonymous") else shown(line.number)


def summary(line: Line) -> str:
    """Say in a few words what became of a call."""
    if line.part == "out" and line.ended_at and line.outcome != Outcome.ANSWERED:
        return f"{PARTS['out']} · {Outcome(line.outcome).label}"
    if line.part == "elsewhere" and line.taker:
        said = _("%(name)s answered") % {"name": line.taker.name}
    else:
        said = str(PARTS[line.part])
    return f"{said} · {line.queue}" if line.queue and line.part != "out" else said


def talked(line: Line) -> str:
    """Return how long was talked, or that the call goes on."""
    if line.ended_at is None:
        return _("Now")
    return "" if line.seconds is None else duration(line.seconds)


def phone(leg: Leg) -> str:
    """Name a phone: whose it is, and which."""
    if leg.number:
        return " · ".join(part for part in (leg.employee, shown(leg.number)) if part)
    kind = str(PhoneKind(leg.phone_kind).label) if leg.phone_kind in PhoneKind.values else ""
    return " · ".join(part for part in (leg.employee, leg.phone_name or kind) if part)


def sounded(legs: Sequence[Leg]) -> list[Sounded]:
    """List what took part, in order."""
    rows = []
    for leg in legs:
        if leg.role == "caller":
            rows.append(Sounded("phone-outgoing", phone(leg), _("Called")))
        elif leg.role == "rung":
            over = leg.ended_at or leg.answered_at
            rang = int(((leg.answered_at or over) - leg.began_at).total_seconds()) if over else 0
            what = str(_LEGS.get(leg.outcome, _LEGS["failed"]))
            if rang > 0:
                what += " · " + ngettext("after %(n)s second", "after %(n)s seconds", rang) % {"n": rang}
            icon = {"answered": "phone-call", "busy": "phone-off", "refused": "phone-off"}
            rows.append(Sounded(icon.get(leg.outcome, "phone"), phone(leg), what))
    return rows


def reasons(line: Line, legs: Sequence[Leg]) -> list[str]:
    """Tell step by step why the call went where it went, by what held then."""
    told: list[str] = []
    passed_on_by = ""
    for leg in legs:
        sentence = _of_queue(leg, passed_on_by) or _reason(line, leg)
        passed_on_by = leg.queue or passed_on_by
        if sentence and sentence not in told:
            told.append(sentence)
    if line.ended_at and line.ended_by in _ENDS and not (line.ended_by == "switch" and line.answered_at):
        told.append(str(_ENDS[line.ended_by]))
    return told


def _reason(line: Line, leg: Leg) -> str:
    named = {"name": leg.employee, "profile": _profile(leg.profile), "number": shown(leg.number)}
    if leg.role == "caller":
        return _("%(name)s dialled %(number)s.") % {"name": leg.employee, "number": shown(line.dialled)}
    if leg.role == "end":
        why = str(REASONS.get(leg.why, "")) or _("It could not go further")
        if leg.profile:
            return _("%(name)s’s profile “%(profile)s” held: %(why)s.") % {**named, "why": why.lower()}
        return f"{leg.employee}: {why}."
    if leg.why == "call_back":
        return _("%(name)s had called for help: every phone rang, whatever the profile says.") % named
    if leg.role == "passed_on":
        return _("It was passed on, and went on with %(number)s.") % named
    if leg.role == "joined":
        return _("%(who)s came in when the call was passed on.") % {"who": phone(leg)}
    if leg.why == "pulled":
        return _("%(name)s went on with it at another phone.") % named
    if leg.why == "picked_up":
        return _("%(name)s took it with a pickup code.") % named
    if leg.why == "emergency":
        return _("Calls for help go out by the first line at once, past every rule.")
    if leg.why == "public_network" and line.caller and line.caller.name == leg.employee:
        return _("It went to the public network by the line “%(trunk)s”.") % {"trunk": line.trunk}
    if leg.why == "public_network":
        return _("%(name)s’s profile “%(profile)s” sent it on to %(number)s.") % named
    if leg.profile and leg.step > 1:
        return _("Step %(step)s: %(name)s’s profile “%(profile)s” rang further.") % {
            **named,
            "step": leg.step,
        }
    if leg.profile:
        return _("%(name)s’s profile “%(profile)s” held, and said which phones ring.") % named
    return _("%(name)s had no profile: every phone that was signed in rang.") % named


def call_back(line: Line, at: dt.datetime) -> str:
    """Say that those who were called for help reach the caller, as long as they do; see switch.plan_call_back."""
    until = line.started_at + CALL_BACK
    if line.part != "out" or line.dialled not in EMERGENCY or at >= until or not line.caller_number:
        return ""
    return _(
        "Until %(time)s calls to %(number)s ring all your phones, also past do not disturb, your ring profile, blocked"
        " numbers and queues: those who help can call back."
    ) % {"time": f"{timezone.localtime(until):%H:%M}", "number": shown(line.caller_number)}


def _of_queue(leg: Leg, passed_on_by: str) -> str:
    """Tell what a queue made of a call; nothing where it is no queue's doing."""
    if leg.role == "queue":
        until = leg.answered_at or leg.ended_at
        seconds = round((until - leg.began_at).total_seconds()) if until else 0
        time = ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
        return str(_STAYS.get(leg.outcome, _STAYS["waited"])) % {"queue": leg.queue, "time": time}
    if leg.role == "rung" and leg.why == "queue":
        return _("The queue %(queue)s rang those who were free.") % {"queue": leg.queue}
    if leg.role == "rung" and not leg.employee and passed_on_by:
        number = shown(leg.number)
        return _("The queue %(queue)s passed it on to %(number)s.") % {
            "queue": passed_on_by,
            "number": number,
        }
    if leg.role == "rung" and not leg.employee:
        return _("The queue was closed, and passed it on to %(number)s.") % {"number": shown(leg.number)}
    if leg.role == "end" and not leg.employee:
        return f"{REASONS.get(leg.why, '') or _('It could not go further')}."
    return ""


def _profile(name: str) -> str:
    return str(Template(name).label) if name in Template.values else name
