"""The queues one takes calls of: who is on what, who waits, whom to call back, and signing in and out (G27)."""

from __future__ import annotations

import datetime as dt
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from telephony.models import PauseReason, QueueCall, QueueMember, Strategy
from telephony.rules import queue_figures as figures
from telephony.selectors import queues as selectors
from telephony.selectors.queues import Head
from telephony.services import queue_calls
from telephony.services import queues as services
from telephony.templatetags.presence import when
from telephony.templatetags.queues import call_back_said, pause_reasons
from telephony.web.contacts import View, for_employees
from telephony.web.presence import back_or
from telephony.web.profiles import until_time


def for_queues(view: View) -> View:
    """Open a page of queues to signed-in employees; what went since it was looked up does not exist."""

    @for_employees
    @wraps(view)
    def guarded(request: HttpRequest, actor: Actor, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, actor, **kwargs)
        except ObjectDoesNotExist as error:
            raise Http404 from error

    return guarded


@require_safe
@for_queues
def index(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the queues that the actor takes calls of or looks after, who waits there, and whom to call back."""
    at = clock.now()
    heads = selectors.heads(actor, at)
    board = selectors.board([head.id for head in heads])
    agents = {agent.queue_id: agent for agent in board if agent.employee_id == actor.employee_id}
    calls = selectors.calls(actor, [head.id for head in heads], at)
    rows = [(head, agents.get(head.id), _waiting(calls, head), _free(board, head)) for head in heads]
    context = {
        "mine": [row for row in rows if row[1]],
        "others": [row for row in rows if not row[1]],
        "is_paused": any(agent.paused_at for agent in agents.values()),
        "is_signed_in": any(agent.is_signed_in for agent in agents.values()),
        "calls": calls,
        "names": {head.id: head for head in heads},
        "administers": selectors.administers(actor),
        "supervises": selectors.supervises(actor),
        "pauses": pause_reasons(),
        "me": actor.employee_id,
        "at": at,
    }
    return TemplateResponse(request, "telephony/queues.html", context)


@require_safe
@for_queues
def show(request: HttpRequest, actor: Actor, queue: UUID) -> HttpResponse:
    """Show one queue: its agents, its callers, its figures, and whom to call back."""
    at = clock.now()
    head = open_queue(actor, queue, at)
    agents = selectors.board([head.id])
    local = timezone.localtime(at)
    today = local.date()
    monday = today - dt.timedelta(days=today.weekday())
    slots = selectors.slots(actor, head, timezone.make_aware(dt.datetime.combine(monday, dt.time())))
    todays = [slot for slot in slots if slot.day == today]
    days = [str(WEEKDAYS_ABBR[number]).capitalize() for number in range(7)]
    context = {
        "queue": head,
        "strategy": Strategy(head.strategy).label,
        "agents": agents,
        "me": next((agent for agent in agents if agent.employee_id == actor.employee_id), None),
        "calls": selectors.calls(actor, [head.id], at),
        "names": {head.id: head},
        "periods": [
            {
                "id": "today",
                "heading": _("Today"),
                "figures": figures.figures(todays),
                "bars": figures.bars(figures.by_hour(todays), labels_every=2),
                "unit": _("Hour"),
            },
            {
                "id": "week",
                "heading": _("This week"),
                "figures": figures.figures(slots),
                "bars": figures.bars(figures.by_day(slots, monday, days)),
                "unit": _("Day"),
            },
        ],
        "height": figures.PLOT_HEIGHT,
        "administers": selectors.administers(actor),
        "supervises": selectors.supervises(actor),
        "pauses": pause_reasons(),
        "my_id": actor.employee_id,
        "at": at,
    }
    return TemplateResponse(request, "telephony/queue.html", context)


@require_POST
@for_queues
def agent(request: HttpRequest, actor: Actor, queue: UUID, employee: UUID) -> HttpResponse:
    """Sign an agent in or out, or begin or end a pause; one's own, or as a supervisor anybody's."""
    at = clock.now()
    head = open_queue(actor, queue, at)
    member = member_of(actor, head, employee)
    if member.employee_id != actor.employee_id and not selectors.supervises(actor):
        raise Http404
    _do(request, actor, head, member, at)
    return HttpResponseRedirect(_back(request, reverse("queue", args=[queue])))


@require_POST
@for_queues
def sign_me(request: HttpRequest, actor: Actor, queue: UUID) -> HttpResponse:
    """Sign the actor in or out of a queue, or end the actor's pause there, from any page."""
    at = clock.now()
    head = open_queue(actor, queue, at)
    member = (
        QueueMember.objects.visible_to(actor)
        .filter(queue_id=head.id, employee_id=actor.employee_id)
        .select_related("employee", "queue")
        .first()
    )
    if member is None:
        raise Http404
    _do(request, actor, head, member, at)
    return HttpResponseRedirect(back_or(request, reverse("queue", args=[queue])))


def _do(request: HttpRequest, actor: Actor, head: Head, member: QueueMember, at: dt.datetime) -> None:
    wanted = request.POST.get("do", "")
    if wanted in ("in", "out"):
        _sign(request, actor, head, member, wanted == "in", at)
    elif wanted == "pause":
        _pause(request, actor, [member], at)
    elif wanted == "resume":
        services.resume(actor=actor, members=[member])
        messages.success(request, _("The pause is over. The next call may ring."))
    else:
        messages.error(request, _("Choose what to do. Nothing was changed."))


@require_POST
@for_queues
def pause(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Begin or end the actor's pause in all queues at once."""
    members = list(
        QueueMember.objects.visible_to(actor).filter(
            employee_id=actor.employee_id, customer_id=actor.customer_id, queue__ended_at=None
        )
    )
    if not members:
        raise Http404
    if request.POST.get("do") == "resume":
        services.resume(actor=actor, members=members)
        messages.success(request, _("The pause is over. The next call may ring."))
    else:
        _pause(request, actor, members, clock.now())
    return HttpResponseRedirect(back_or(request, reverse("queues")))


@require_POST
@for_queues
def missed(request: HttpRequest, actor: Actor, call: UUID) -> HttpResponse:
    """Take a missed caller, leave them to the others again, or mark them as called back."""
    at = clock.now()
    row = (
        QueueCall.objects.visible_to(actor)
        .filter(public_id=call, customer_id=actor.customer_id)
        .select_related("queue")
        .first()
    )
    if row is None or not selectors.heads(actor, at, row.queue.public_id):
        raise Http404
    wanted = request.POST.get("do", "")
    back = _back(request, reverse("queue", args=[row.queue.public_id]))
    settled = _("It is settled already.")
    if wanted == "take":
        is_done = queue_calls.take(actor=actor, call=row, at=at)
        said = call_back_said(row.caller)
        otherwise = _("Somebody else was faster. Look below for what is left.")
    elif wanted == "release":
        is_done = queue_calls.release(actor=actor, call=row)
        said = _("The others can take it again.")
        otherwise = _("You do not call back any more. Nothing was changed.")
    elif wanted == "done":
        is_done = queue_calls.finish(actor=actor, call=row, at=at)
        said, otherwise = _("Marked as called back."), settled
    else:
        messages.error(request, _("Choose what to do. Nothing was changed."))
        return HttpResponseRedirect(back)
    if is_done:
        messages.success(request, said)
    else:
        row.refresh_from_db(fields=["done_at"])
        messages.info(request, otherwise if row.done_at is None else settled)
    return HttpResponseRedirect(back)


def open_queue(actor: Actor, public_id: UUID, at: dt.datetime) -> Head:
    """Return a queue that the actor takes calls of or looks after; raises Http404."""
    found = selectors.heads(actor, at, public_id)
    if not found:
        raise Http404
    return found[0]


def member_of(actor: Actor, head: Head, employee: UUID) -> QueueMember:
    """Return who takes a queue's calls; raises Http404."""
    row: QueueMember | None = (
        QueueMember.objects.visible_to(actor)
        .filter(queue_id=head.id, employee__public_id=employee)
        .select_related("employee", "queue")
        .first()
    )
    if row is None:
        raise Http404
    return row


def _sign(
    request: HttpRequest, actor: Actor, head: Head, member: QueueMember, signs_in: bool, at: dt.datetime
) -> None:
    typed = request.POST.get("until", "").strip()
    until = until_time(typed, at)
    if typed and until is None:
        messages.error(request, _("Write the end as a time, such as 14:00. Nothing was changed."))
        return
    try:
        result = services.sign(actor=actor, member=member, signs_in=signs_in, until=until, at=at)
    except services.EndsInThePast as error:
        messages.error(request, str(error))
        return
    who = {"name": member.employee.name, "queue": head.name, "time": when(until) if until else ""}
    own = member.employee_id == actor.employee_id
    said = {
        "signed_in": _("You are signed in to %(queue)s.")
        if own
        else _("%(name)s is signed in to %(queue)s."),
        "signed_out": _("You are signed out of %(queue)s.")
        if own
        else _("%(name)s is signed out of %(queue)s."),
        "already_in": _("Signed in to %(queue)s already, and stays so until %(time)s.")
        if until
        else _("Signed in to %(queue)s already, and stays so."),
        "already_out": _("Signed out of %(queue)s already, and stays so until %(time)s.")
        if until
        else _("Signed out of %(queue)s already, and stays so."),
        "out_after_call": _("Signs out of %(queue)s when the call that goes on is over."),
    }
    messages.success(request, said[result] % who)


def _pause(request: HttpRequest, actor: Actor, members: list[QueueMember], at: dt.datetime) -> None:
    reason = request.POST.get("reason", "")
    if reason not in dict(pause_reasons()):
        messages.error(request, _("Choose a reason for the pause. Nothing was changed."))
        return
    services.pause(actor=actor, members=members, reason=PauseReason(reason), at=at)
    said = _("You have a pause. Calls of your queues do not ring until you end it; calls to you yourself do.")
    if len(members) == 1:
        said = _("Pause. Calls of the queue do not ring until it is over; calls to one's own number do.")
    messages.success(request, said)


def _back(request: HttpRequest, otherwise: str) -> str:
    """Return the page that a form was sent from, when it is the list."""
    return reverse("queues") if request.POST.get("from") == "list" else otherwise


def _free(board: list[selectors.Agent], head: Head) -> int:
    """Return how many agents can take a call of a queue now."""
    return sum(agent.queue_id == head.id and agent.state == "free" for agent in board)


def _waiting(calls: selectors.Calls, head: Head) -> int:
    return sum(call.queue_id == head.id for call in calls.waiting)
