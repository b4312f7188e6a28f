"""Say in the reader's language, step by step, why a call went where it went."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from telephony.call_texts import phone, profile
from telephony.rules.numbers import shown
from telephony.selectors.calls import Leg, Line
from telephony.templatetags.profiles import REASONS

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
    "untaken": gettext_lazy("No line to the public network took the call, and it was ended."),
    "lost": gettext_lazy("The end was not heard: the telephone system was restarted."),
}
# What leads a call on from whom it was for; place is a queue, a colleague or a number.
_LEADS: dict[str, str | Promise] = {
    "always": gettext_lazy("%(name)s’s profile “%(profile)s”%(chosen)s sends every call to %(place)s."),
    "dnd": gettext_lazy(
        "%(name)s was not to be disturbed. The profile “%(profile)s”%(chosen)s sends calls to %(place)s then."
    ),
    "busy_in_call": gettext_lazy(
        "%(name)s was in a call. The profile “%(profile)s”%(chosen)s sends calls to %(place)s then."
    ),
    "offline": gettext_lazy(
        "No phone of %(name)s’s was signed in. The profile “%(profile)s”%(chosen)s sends calls to %(place)s then."
    ),
    "steps": gettext_lazy("%(name)s’s profile “%(profile)s”%(chosen)s rings others."),
    "forwarded": gettext_lazy("%(name)s had forwarded all calls to %(place)s by a code."),
}
_SILENT: dict[str, str | Promise] = {
    "dnd": gettext_lazy("%(name)s was not to be disturbed: no phone rang."),
    "busy_in_call": gettext_lazy("%(name)s was in a call, and the profile lets no other ring then."),
    "offline": gettext_lazy("No phone of %(name)s’s was signed in, so none rang."),
}


def reasons(line: Line, legs: Sequence[Leg]) -> list[str]:
    """Tell why the call went where it went, by what held then."""
    told: list[str] = []
    if line.direction == "inbound":
        who = line.caller.name if line.caller else line.contact or _outside(line)
        told.append(_("%(name)s called %(number)s.") % {"name": who, "number": shown(line.dialled)})
    queue = ""
    for _key, group in groupby(legs, _together):
        same = list(group)
        sentence = _of_queue(same[0], queue) or _reason(line, same, legs)
        queue = same[0].queue if same[0].role != "led" else queue
        if sentence and sentence not in told:
            told.append(sentence)
    if any(leg.role == "passed_on" for leg in legs):
        # Those who left it hung up; the call goes on.
        return told
    if line.ended_at and line.ended_by in _ENDS and not (line.ended_by == "switch" and line.answered_at):
        told.append(str(_ENDS["untaken" if _was_untaken(line, legs) else line.ended_by]))
    return told


def _was_untaken(line: Line, legs: Sequence[Leg]) -> bool:
    """Say whether a call that was to leave found no line that took it, so that nobody can have missed it."""
    left = [leg for leg in legs if leg.role == "rung"]
    outside = bool(left) and all(leg.why == "public_network" and not leg.rang_at for leg in left)
    return line.ended_by == "switch" and line.outcome == "failed" and outside


def _together(leg: Leg) -> tuple[object, ...]:
    """Tell apart what is said by itself; the phones that a profile rings in a step are said in one."""
    by_profile = leg.role == "rung" and leg.why == "profile"
    return (leg.role, leg.why, leg.step, "" if by_profile else id(leg))


def _reason(line: Line, same: Sequence[Leg], legs: Sequence[Leg]) -> str:
    leg = same[0]
    named = {
        "name": leg.employee,
        "profile": profile(leg.profile),
        "number": shown(leg.number),
        "chosen": _chosen(leg),
        "place": _place(leg, legs),
    }
    if leg.role == "caller":
        return _("%(name)s dialled %(number)s.") % {"name": leg.employee, "number": shown(line.dialled)}
    if leg.role == "led":
        return str(_LEADS.get(leg.why, _LEADS["always"])) % named
    if leg.role == "end":
        return _end(leg, named, legs)
    if leg.why == "call_back":
        return _("%(name)s had called for help: every phone rang, whatever the profile says.") % named
    if leg.role == "passed_on":
        with_whom = next((one.name for one in line.passed if one.role == "passed_on"), "")
        return _("It was passed on, and went on with %(number)s.") % {
            "number": with_whom or shown(leg.number)
        }
    if leg.role == "joined":
        who = leg.employee if leg.phone_kind else shown(leg.number) or _("A hidden number")
        return _("%(who)s came in when the call was passed on.") % {"who": who}
    if leg.why == "pulled":
        return _("%(name)s went on with it at another phone.") % named
    if leg.why == "picked_up":
        return _("%(name)s took it with a pickup code.") % named
    if leg.why == "outage" and leg.number:
        return _("The database was away: the call for help went out by the line that is kept for that.")
    if leg.why == "outage":
        return _("The database was away: it rang where the number had rung last.")
    if leg.why == "emergency":
        return _("Calls for help go out by the first line at once, past every rule.")
    if leg.why == "public_network" and line.caller and line.caller.name == leg.employee:
        return _("It went to the public network by the line “%(trunk)s”.") % {"trunk": line.trunk}
    if leg.why == "public_network" and leg.profile:
        return _("%(name)s’s profile “%(profile)s”%(chosen)s sent it on to %(number)s.") % named
    if leg.why == "public_network":
        return _("%(name)s had sent calls on to %(number)s.") % named
    if leg.profile:
        return _rang(same, named, legs)
    return _("%(name)s had no profile: every phone that was signed in rang.") % named


def _rang(same: Sequence[Leg], named: dict[str, str], legs: Sequence[Leg]) -> str:
    """Say what a profile rang in a step, and for how long."""
    leg = same[0]
    until = max((one.ended_at or one.answered_at or one.began_at for one in same), default=leg.began_at)
    taken = [one.answered_at for one in same if one.answered_at]
    seconds = max(0, round(((taken[0] if taken else until) - leg.began_at).total_seconds()))
    whose = {one.employee for one in same}
    named = {
        **named,
        "phones": ", ".join(phone(one) if len(whose) > 1 else phone(one, whose=False) for one in same),
        "time": ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds},
    }
    earlier = any(one.role == "rung" and one.why == "profile" and one.began_at < leg.began_at for one in legs)
    if earlier:
        return _("Then the profile “%(profile)s” rang %(phones)s for %(time)s.") % named
    return _("%(name)s’s profile “%(profile)s”%(chosen)s rang %(phones)s for %(time)s.") % named


def _end(leg: Leg, named: dict[str, str], legs: Sequence[Leg]) -> str:
    if leg.why == "ended_by_profile":
        if any(one.role == "rung" and one.began_at < leg.began_at for one in legs):
            return (
                _("Nobody took it, and %(name)s’s profile “%(profile)s”%(chosen)s ends the call then.")
                % named
            )
        return _("%(name)s’s profile “%(profile)s”%(chosen)s turns calls away.") % named
    if leg.why in _SILENT and leg.employee:
        return str(_SILENT[leg.why]) % named
    why = str(REASONS.get(leg.why, "")) or _("It could not go further")
    return f"{leg.employee}: {why}."


def _chosen(leg: Leg) -> str:
    """Say in brackets who chose the profile that held, and until when."""
    if not leg.chosen_by:
        return ""
    if leg.chosen_by == "schedule":
        return " " + _("(by the weekly schedule)")
    by_code = leg.chosen_by.startswith("phone:")
    if leg.until is None:
        return " " + (_("(chosen by a code)") if by_code else _("(chosen in Myfone)"))
    local = localtime(leg.until)
    same_day = local.date() == localtime(leg.began_at).date()
    time = date_format(local, "TIME_FORMAT" if same_day else "SHORT_DATETIME_FORMAT")
    said = _("(chosen by a code, until %(time)s)") if by_code else _("(chosen in Myfone, until %(time)s)")
    return " " + said % {"time": time}


def _place(leg: Leg, legs: Sequence[Leg]) -> str:
    """Say where a call was led to: a queue, a number, or whose leg is the next."""
    if leg.role != "led":
        return ""
    if leg.queue:
        return _("the queue %(queue)s") % {"queue": leg.queue}
    others = [one.employee for one in legs if one.role != "caller" and one.employee not in ("", leg.employee)]
    at = next(index for index, one in enumerate(legs) if one is leg)
    later = [one.employee for one in legs[at + 1 :] if one.employee in others]
    return later[0] if later else shown(leg.number) or _("somebody else")


def _outside(line: Line) -> str:
    return _("A hidden number") if line.caller_number in ("", "anonymous") else shown(line.caller_number)


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
