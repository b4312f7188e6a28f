"""Set one's status and note, from any page."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.models import HandState
from telephony.rules import presence as rules
from telephony.selectors.colleagues import my_status
from telephony.services import phones
from telephony.services import presence as services
from telephony.web.contacts import for_employees


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def mine(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show my status and note with all choices, and set the status."""
    if request.method != "POST":
        return TemplateResponse(request, "telephony/presence.html", {"status": my_status(actor)})
    state = request.POST.get("state", "")
    try:
        until = rules.end_of(
            request.POST.get("time", "") or request.POST.get("until", ""), timezone.localtime()
        )
        row = services.set_state(
            actor=actor, state=state if state in HandState.values else "", until=until, at=clock.now()
        )
    except (rules.UnknownTime, services.TimeRefused):
        messages.error(request, str(services.TimeRefused()))
        return HttpResponseRedirect(back(request))
    return HttpResponseRedirect(back(request, f"me-{row.revision}"))


@require_POST
@for_employees
def my_note(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Write or clear my own note."""
    return write(request, actor, own_row(actor), "note")


@require_POST
@for_employees
def undo(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take back the latest change of my own status or note."""
    return take_back(request, actor, own_row(actor))


@require_POST
@for_employees
def read_bell(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Mark what the bell tells as read."""
    phones.read_bell(actor=actor, at=clock.now())
    return HttpResponseRedirect(back(request))


def own_row(actor: Actor) -> Employee:
    row: Employee = Employee.objects.visible_to(actor).get(pk=actor.employee_id)
    return row


def write(request: HttpRequest, actor: Actor, employee: Employee, mark: str) -> HttpResponse:
    """Write the posted note and go back to the page, which then offers to undo it."""
    text = "" if "clear" in request.POST else request.POST.get("note", "")
    try:
        row = services.write_note(actor=actor, employee=employee, text=text, at=clock.now())
    except services.NoteRefused as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(back(request))
    return HttpResponseRedirect(back(request, f"{mark}-{row.revision}"))


def take_back(request: HttpRequest, actor: Actor, employee: Employee) -> HttpResponse:
    """Undo the change that the page showed, if it is still the latest."""
    revision = request.POST.get("revision", "")
    try:
        if not revision.isdecimal() or len(revision) > 9:
            raise services.TooLateToUndo
        services.undo(actor=actor, employee=employee, revision=int(revision))
    except services.TooLateToUndo as error:
        messages.warning(request, str(error))
    return HttpResponseRedirect(back(request))


def back_or(request: HttpRequest, otherwise: str) -> str:
    """Return the page of ours that the form came from, where it says so."""
    return back(request) if request.POST.get("next") else otherwise


def back(request: HttpRequest, changed: str = "") -> str:
    """Return the page of ours that the form came from, with what was changed."""
    asked = urlsplit(request.POST.get("next", ""))
    ours = not asked.scheme and not asked.netloc and asked.path.startswith("/") and "//" not in asked.path
    if not ours or "\\" in asked.path:
        return reverse("today")
    kept = [part for part in asked.query.split("&") if part and not part.startswith("changed=")]
    if changed:
        kept.append(f"changed={changed}")
    return asked.path + ("?" + "&".join(kept) if kept else "")
