"""Say in the reader's language what became of a call, and why it went where it went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from myfone.kernel.typography import DOT
from telephony.models import Outcome, PhoneKind, Template
from telephony.rules.calls import CALL_BACK, duration
from telephony.rules.numbers import EMERGENCY, shown
from telephony.selectors.calls import Leg, Line, Passed

PARTS: dict[str, str | Promise] = {
    "out": gettext_lazy("You called"),
    "answered": gettext_lazy("You answered"),
    "elsewhere": gettext_lazy("Somebody else answered"),
    "missed": gettext_lazy("Missed"),
    "led": gettext_lazy("Led on"),
}
ICONS = {
    "out": "phone-outgoing",
    "answered": "phone-incoming",
    "elsewhere": "phone-forwarded",
    "missed": "phone-missed",
    "led": "phone-forwarded",
}
# Of a missed call that rang nowhere.
_SILENT: dict[str, str | Promise] = {
    "dnd": gettext_lazy("do not disturb was on"),
    "offline": gettext_lazy("no phone was signed in"),
    "busy_in_call": gettext_lazy("you were in a call"),
    "ended_by_profile": gettext_lazy("your ring profile turned it away"),
}
NO_CODEC = (415, 488, 606)
# A phone is stopped within so long of what stops it.
AT_ONCE = dt.timedelta(seconds=2)
_LEGS: dict[str, str | Promise] = {
    "answered": gettext_lazy("Took the call"),
    "unanswered": gettext_lazy("Rang, and nobody took it"),
    "busy": gettext_lazy("Was busy"),
    "refused": gettext_lazy("Refused the call"),
    "failed": gettext_lazy("Could not be reached"),
    "no_codec": gettext_lazy("Has no sound format in common with the other phone"),
    "elsewhere": gettext_lazy("Stopped ringing: the call was taken elsewhere"),
    "gone": gettext_lazy("Stopped ringing: the caller gave up"),
    "": pgettext_lazy("a phone in a call", "Rings"),
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


def is_pending(line: Line) -> bool:
    """Say whether a call to the reader still waits or rings: nobody has missed it yet."""
    return line.part == "missed" and line.ended_at is None and line.answered_at is None


def summary(line: Line) -> str:
    """Say in a few words what became of a call."""
    if line.sent:
        said = _("You passed %(name)s on to here") % {"name": _who(line.sent)}
        if line.ended_at and line.outcome != Outcome.ANSWERED:
            said = f"{said}{DOT}{Outcome(line.outcome).label}"
        return said
    if line.role == "joined":
        return _("You came in when the call was passed on")
    if line.part == "out" and line.ended_at and line.outcome != Outcome.ANSWERED:
        return f"{PARTS['out']}{DOT}{Outcome(line.outcome).label}"
    if line.part == "elsewhere" and line.taker:
        said = _("%(name)s answered") % {"name": line.taker.name}
    elif is_pending(line):
        said = _("Waits now") if line.queue else _("Rings now")
    else:
        said = str(PARTS[line.part])
        if line.part == "missed" and line.role == "end" and line.why in _SILENT:
            said = f"{said}{DOT}{_SILENT[line.why]}"
    if line.part == "led" or (line.part == "answered" and line.outside):
        return f"{led(line)}{DOT}{became}" if (became := _became(line)) else led(line)
    if line.queue and line.part != "out":
        said = f"{said}{DOT}{line.queue}"
    if line.through and line.part != "out":
        said = _("%(said)s, through %(name)s") % {"said": said, "name": line.through}
    return f"{said}{DOT}{how}" if (how := passed(line)) else said


def passed(line: Line) -> str:
    """Say who passed a call on to the reader, or with whom it went on."""
    if line.arrived:
        return _("passed on by %(name)s") % {"name": line.caller.name} if line.caller else ""
    if not line.passed:
        return ""
    last = line.passed[-1]
    who = {"name": _who(last)}
    if last.role == "passed_on":
        return _("passed on to %(name)s") % who
    return _("put together with %(name)s") % who


def _who(one: Passed) -> str:
    return one.name or _unbroken(one.number) or "…"


def led(line: Line) -> str:
    """Say what led a call on from the reader, and where to."""
    place = _unbroken(line.outside) or line.led_to or _unbroken(line.led_number)
    if line.led_to_queue:
        place = _("the queue %(queue)s") % {"queue": line.led_to}
    named = {"profile": profile(line.profile), "place": place}
    if line.why == "forwarded" or (line.why == "public_network" and not line.profile):
        return _("Your forward sent it to %(place)s") % named
    if line.role == "rung" and line.why != "public_network":
        return _("It rang at yours, and went on to %(place)s") % named
    return _("Your profile “%(profile)s” sent it to %(place)s") % named


def _unbroken(number: str) -> str:
    # The groups of a number stay on one line.
    return shown(number).replace(" ", "\N{NO-BREAK SPACE}")


def _became(line: Line) -> str:
    if line.taker and not line.outside:
        return _("%(name)s answered") % {"name": line.taker.name}
    if line.answered_at:
        return _("answered")
    return _("nobody answered") if line.ended_at else ""


def profile(name: str) -> str:
    """Name a ring profile as it stands in a leg: by its own name, or by its template."""
    return str(Template(name).label) if name in Template.values else name


def talked(line: Line) -> str:
    """Return how long was talked, or that the call goes on."""
    if line.ended_at is None:
        return "" if is_pending(line) else _("Now")
    return "" if line.seconds is None else duration(line.seconds)


def phone(leg: Leg, *, whose: bool = True) -> str:
    """Name a phone: whose it is, and which."""
    kind = str(PhoneKind(leg.phone_kind).label) if leg.phone_kind in PhoneKind.values else ""
    which = shown(leg.number) if leg.number else leg.phone_name or kind
    return DOT.join(part for part in (leg.employee if whose else "", which) if part)


def _outcome(leg: Leg, line: Line, legs: Sequence[Leg]) -> str:
    """Tell a phone that was stopped from one that rang to its end: both say that they were not answered."""
    if leg.outcome == "failed" and leg.status in NO_CODEC:
        return "no_codec"
    if leg.outcome != "unanswered" or leg.ended_at is None:
        return leg.outcome
    over = leg.ended_at
    if any(one.answered_at and abs(one.answered_at - over) < AT_ONCE for one in legs if one.role == "rung"):
        return "elsewhere"
    if line.outcome == Outcome.CANCELLED and line.ended_at and abs(line.ended_at - over) < AT_ONCE:
        return "gone"
    return leg.outcome


def sounded(line: Line, legs: Sequence[Leg]) -> list[Sounded]:
    """List what took part, in order."""
    rows = []
    for leg in legs:
        if leg.role == "caller":
            rows.append(Sounded("phone-outgoing", phone(leg), _("Called")))
        elif leg.role == "rung":
            over = leg.ended_at or leg.answered_at
            rang = int(((leg.answered_at or over) - leg.began_at).total_seconds()) if over else 0
            what = str(_LEGS.get(_outcome(leg, line, legs), _LEGS["failed"]))
            if rang > 0:
                what += DOT + ngettext("after %(n)s second", "after %(n)s seconds", rang) % {"n": rang}
            icon = {"answered": "phone-call", "busy": "phone-off", "refused": "phone-off"}
            # A number outside that somebody calls is not theirs, though their leg says who it is charged to.
            whose = not (leg.number and line.caller and line.caller.name == leg.employee)
            rows.append(Sounded(icon.get(leg.outcome, "phone"), phone(leg, whose=whose), what))
    return rows


def call_back(line: Line, at: dt.datetime) -> str:
    """Say that those who were called for help reach the caller, as long as they do; see switch.plan_call_back."""
    until = line.started_at + CALL_BACK
    if line.part != "out" or line.dialled not in EMERGENCY or at >= until or not line.caller_number:
        return ""
    return _(
        "Until %(time)s calls to %(number)s ring all your phones, also past do not disturb, your ring profile, blocked"
        " numbers and queues: those who help can call back."
    ) % {"time": f"{timezone.localtime(until):%H:%M}", "number": shown(line.caller_number)}
