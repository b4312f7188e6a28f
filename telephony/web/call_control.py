"""What one does with calls from the browser: hang up, hold, send on, join, fetch to another phone, call (G30).

The controller is asked outside any transaction, so requests below /control/ open the tenant themselves (see
TenantMiddleware), and what they answer is rendered in it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant
from telephony.models import QueueCall
from telephony.selectors import queues
from telephony.selectors.destinations import destinations, had_no_phone, is_unknown_local
from telephony.selectors.live import my_line
from telephony.services import call_control as services
from telephony.services import queue_calls
from telephony.templatetags.call_control import outcome_text, way
from telephony.templatetags.queues import call_back_said
from telephony.web.contacts import for_employees

SALT = "call operation"
LASTS = 150  # seconds that a link to an outcome is of use; the controller keeps outcomes for two minutes


@require_POST
@for_employees
def act(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Begin an operation, and lead back to Today, which tells what becomes of it."""
    said = request.POST
    do = said.get("do", "")
    about = said.get("about", "")[:80]
    at = {"call": said.get("call", ""), "side": said.get("side", "")}
    if do == "call_back":
        return _call_back(request, actor, said.get("queue_call", ""))
    try:
        if do == "call":
            begun = services.call(actor=actor, number=said.get("number", ""))
        elif do == "send_to":
            begun = services.send_to(actor=actor, number=said.get("number", ""), **at)
        elif do == "join":
            other = {"other": said.get("other", ""), "other_side": said.get("other_side", "")}
            begun = services.join(actor=actor, **at, **other)
        elif do == "pull":
            phone = said.get("phone", "")
            begun = services.pull(
                actor=actor, phone=int(phone) if phone.isdecimal() and len(phone) < 18 else 0, **at
            )
        elif do in ("hang_up", "hold", "resume"):
            begun = getattr(services, do)(actor=actor, **at)
        else:
            raise Http404
    except services.ControlError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("today"))
    return _tells(actor, do, begun, about)


def _tells(actor: Actor, do: str, begun: services.Begun, about: str) -> HttpResponse:
    """Lead to Today, which tells what becomes of an operation."""
    told = {
        "do": do,
        "operation": begun.operation,
        "about": about or begun.about,
        "number": begun.about,
        "who": actor.employee_id,
    }
    token = signing.dumps(told, salt=SALT)
    return HttpResponseRedirect(f"{reverse('today')}?{urlencode({'operation': token})}")


def _call_back(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """Take a caller whom a queue missed, so that nobody else calls too, and ring one's own phone and then theirs.

    Whoever cannot be rung from here stays one's own to call back: the page says which number to dial.
    """
    try:
        wanted = UUID(public_id)
    except ValueError as error:
        raise Http404 from error
    at = clock.now()
    with tenant(actor):
        call = QueueCall.objects.visible_to(actor).filter(public_id=wanted, customer_id=actor.customer_id)
        row = call.select_related("queue").first()
        if row is None or not queues.heads(actor, at, row.queue.public_id):
            raise Http404
        is_mine = queue_calls.take(actor=actor, call=row, at=at)
        row.refresh_from_db(fields=["done_at"])
    back = reverse("queue", args=[row.queue.public_id])
    if not is_mine:
        if row.done_at:
            messages.info(request, _("It is settled already."))
        else:
            messages.info(request, _("Somebody else was faster. Look below for what is left."))
        return HttpResponseRedirect(back)
    try:
        begun = services.call(actor=actor, number=row.caller)
    except services.ControlError as error:
        messages.error(request, str(error))
        # Of a second click: one's phone rings already.
        if not (isinstance(error, services.Refused) and error.code == "busy_now"):
            messages.info(request, call_back_said(row.caller))
        return HttpResponseRedirect(back)
    messages.success(request, _("You call back. The others see that."))
    return _tells(actor, "call", begun, row.caller_name or row.caller)


@require_safe
@for_employees
def outcome(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Say what became of an operation; asked again by the page while it goes on."""
    token = request.GET.get("operation", "")
    told = read_token(actor, token)
    if told is None:
        raise Http404
    if "seen" in request.GET and request.htmx:  # type: ignore[attr-defined]
        return HttpResponse()
    try:
        came = services.outcome(actor=actor, operation=told["operation"])
        goes_on = came.result == "going"
        text = outcome_text(told["do"], _result(actor, came.result, told["number"]), told["about"])
    except services.ControlError as error:
        goes_on, text = False, str(error)
        came = None
    context = {
        "text": text,
        "goes_on": goes_on,
        "way": way(came.result) if came else "bad",
        "token": token,
        "part": "telephony/outcome.html",
        "title": _("What became of it"),
    }
    return _shown(request, actor, context)


@require_safe
@for_employees
def buttons(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show what can be done with a call of one's own now, or why not."""
    at = {"call": request.GET.get("call", ""), "side": request.GET.get("side", "")}
    try:
        found = services.controlled(actor=actor, **at)
    except services.CallIsOver as error:
        if request.htmx:  # type: ignore[attr-defined]
            return HttpResponse()
        raise Http404 from error
    context = {
        "found": found,
        "part": "telephony/call_buttons.html",
        "title": _("What can be done with the call"),
    }
    return _shown(request, actor, context)


@require_safe
@for_employees
def send(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Let one choose to whom a call is sent: a colleague, or a number."""
    at = {"call": request.GET.get("call", ""), "side": request.GET.get("side", "")}
    query = request.GET.get("q", "").strip()[:80]
    # The frame shows one's own too; it is asked for once.
    request.own, now = my_line(actor)  # type: ignore[attr-defined]
    call = next((one for one in now.calls if (one.id, one.direction) == (at["call"], at["side"])), None)
    if call is None:
        messages.info(request, str(services.CallIsOver()))
        return HttpResponseRedirect(reverse("today"))
    found = destinations(actor, words=query, without=call.number)
    try:
        number = services.dialable(query)
    except services.NotANumber:
        number = ""
    context = {
        "call": call,
        "found": found,
        "query": query,
        "number": number,
        "is_unknown": bool(number) and is_unknown_local(actor, number),
        "is_theirs": bool(number) and number == call.number,
    }
    return TemplateResponse(request, "telephony/call_send.html", context)


def read_token(actor: Actor, token: str) -> dict[str, Any] | None:
    """Return what an operation of the actor's was, or None for what was not signed for them just now."""
    try:
        told: dict[str, Any] = signing.loads(token, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return None
    return told if told["who"] == actor.employee_id else None


def _result(actor: Actor, result: str, number: str) -> str:
    """Tell who did not answer from who had no phone that could ring; SIP says the same of both."""
    if result != "no_answer" or not number:
        return result
    with tenant(actor):
        return "no_phone" if had_no_phone(actor, number, clock.now()) else result


def _shown(request: HttpRequest, actor: Actor, context: dict[str, Any]) -> HttpResponse:
    template = context["part"] if request.htmx else "telephony/call_page.html"  # type: ignore[attr-defined]
    with tenant(actor):
        answer: HttpResponse = TemplateResponse(request, template, context).render()
    return answer
