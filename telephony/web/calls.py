"""The employee's own history of calls: list, one call with its reasons, a file to take along."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from telephony import call_reasons, left_out
from telephony import call_texts as texts
from telephony.models import Direction
from telephony.rules.calls import MONTHS_KEPT, as_csv, duration, key_of, read_day, read_key
from telephony.rules.numbers import e164, shown
from telephony.selectors import calls as selectors
from telephony.selectors.calls import Line, Wanted
from telephony.selectors.standing import own
from telephony.services import blocking
from telephony.services.phones import NotANumber
from telephony.web.contacts import LONGEST_QUERY, for_employees

PAGE_SIZE = 50
MOST_IN_A_FILE = 10_000
DAY = dt.timedelta(days=1)


@require_safe
@for_employees
def index(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List the actor's calls, the missed ones first; those that are new are seen then."""
    wanted = _wanted(request)
    is_narrowed = bool(wanted.query or wanted.since or wanted.until)
    new = frozenset() if is_narrowed or wanted.before or wanted.show == "out" else _seen(request, actor)
    lines = selectors.history(actor=actor, wanted=wanted, limit=PAGE_SIZE + 1)
    more = len(lines) > PAGE_SIZE
    lines = lines[:PAGE_SIZE]
    asked = _asked(request)
    tabs = (("missed", _("Missed")), ("all", _("All")), ("in", _("In")), ("out", _("Out")))
    context = {
        "lines": [_shown(line) | {"is_new": line.key in new} for line in lines],
        "tabs": [
            {"label": label, "url": f"?{urlencode({**asked, 'show': show})}", "current": show == wanted.show}
            for show, label in tabs
        ],
        "show": wanted.show,
        "query": wanted.query,
        "asked": asked,
        "is_narrowed": is_narrowed,
        "is_later": wanted.before is not None,
        "more": urlencode({**asked, "before": key_of(lines[-1].started_at, lines[-1].key)}) if more else "",
        "export": urlencode(asked),
        "longest": LONGEST_QUERY,
        "months": MONTHS_KEPT,
    }
    return TemplateResponse(request, "telephony/calls.html", context)


@require_safe
@for_employees
def show(request: HttpRequest, actor: Actor, call: UUID) -> HttpResponse:
    """Show one call with every phone in it, and why it went where it went."""
    found = selectors.call(actor=actor, public_id=call)
    if found is None:
        raise Http404
    line, legs = found
    context = {
        "call": _shown(line),
        "line": line,
        "direction": Direction(line.direction).label,
        "call_back": texts.call_back(line, clock.now()),
        "dial": line.dial,
        "can_block": line.part != "out" and line.direction == "inbound" and e164(line.caller_number),
        "passed": [
            (
                one.record,
                _("It goes on in this call") if one.role == "passed_on" else _("It came from this call"),
            )
            for one in line.passed
            if one.record and one.is_seen
        ],
        "legs": texts.sounded(line, legs),
        "left_out": left_out.agents(legs),
        "reasons": call_reasons.reasons(line, legs),
    }
    return TemplateResponse(request, "telephony/call.html", context)


@require_safe
@for_employees
def export(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Hand out the calls that the list shows, as a file."""
    lines = selectors.history(actor=actor, wanted=_wanted(request), limit=MOST_IN_A_FILE)
    headings = [_("Time"), _("Who"), _("Number"), _("What became of it"), _("Direction"), _("Talked")]
    rows = [
        [
            timezone.localtime(line.started_at).strftime("%Y-%m-%d %H:%M:%S"),
            line.name,
            line.number,
            texts.summary(line),
            str(Direction(line.direction).label),
            "" if line.seconds is None else duration(line.seconds),
        ]
        for line in lines
    ]
    # Excel takes a file without the mark for one in its own old character set.
    answer = HttpResponse(
        ("\ufeff" + as_csv(headings, rows)).encode(), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="calls.csv"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def blocked(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the numbers that the actor has blocked, and block one."""
    if request.method == "POST":
        try:
            row = blocking.block(actor=actor, number=request.POST.get("number", "")[:40])
        except (NotANumber, blocking.TooManyBlocked) as error:
            messages.error(request, str(error))
        else:
            said = _("%(number)s is blocked from the next call on.") % {"number": shown(row.number)}
            messages.success(request, said)
        return redirect("calls_blocked")
    context = {"blocked": list(selectors.blocked(actor=actor))}
    return TemplateResponse(request, "telephony/calls_blocked.html", context)


@require_POST
@for_employees
def let_through(request: HttpRequest, actor: Actor, blocked: UUID) -> HttpResponse:
    """Let a number through again."""
    number = blocking.let_through(actor=actor, public_id=blocked)
    if number is None:
        raise Http404
    messages.success(request, _("Calls from %(number)s reach you again.") % {"number": shown(number)})
    return redirect("calls_blocked")


def _seen(request: HttpRequest, actor: Actor) -> frozenset[int]:
    """Take the missed calls for seen; return which of them are new, by their keys."""
    if request.method != "GET":
        return frozenset()
    mine = own(actor, looks_at_calls=True)
    # The frame shows one's own too; it is asked for once.
    request.own = replace(mine, standing=replace(mine.standing, missed=None))  # type: ignore[attr-defined]
    return mine.standing.missed.legs if mine.standing.missed else frozenset()


def _asked(request: HttpRequest) -> dict[str, str]:
    """Return what the address asks for, without what is nonsense."""
    show = request.GET.get("show", "")
    asked = {
        "show": show if show in selectors.PARTS else "missed",
        "q": " ".join(request.GET.get("q", "")[:LONGEST_QUERY].replace("\0", "").split()),
    }
    for name in ("from", "to"):
        day = read_day(request.GET.get(name, ""))
        asked[name] = day.isoformat() if day else ""
    return asked


def _wanted(request: HttpRequest) -> Wanted:
    asked = _asked(request)
    since, until = read_day(asked["from"]), read_day(asked["to"])
    try:
        return Wanted(
            show=asked["show"],
            query=asked["q"],
            since=_midnight(since) if since else None,
            until=_midnight(until + DAY) if until else None,
            before=read_key(request.GET.get("before", "")),
        )
    except OverflowError:
        raise Http404 from None


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _shown(line: Line) -> dict[str, Any]:
    part = "waits" if texts.is_pending(line) else line.part
    return {
        "public_id": line.public_id,
        "icon": texts.ICONS.get(part, "phone-incoming"),
        "part": part,
        "title": texts.title(line),
        "number": texts.number(line) if line.name else "",
        "summary": texts.summary(line),
        "talked": texts.talked(line),
        "started_at": line.started_at,
        "other": line.other,
        "dial": line.dial if part == "missed" else "",
    }
