"""Ring profiles: which one holds, what that rings, and switching it by one click."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime, parse_time
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.models import ProfileChoice, RingProfile, Template
from telephony.rules.profiles import next_time
from telephony.selectors import profiles as selectors
from telephony.selectors import schedules
from telephony.services import dialled_forwards
from telephony.services import profiles as services
from telephony.templatetags.presence import when
from telephony.web.contacts import for_employees
from telephony.web.presence import back_or


@require_safe
@for_employees
def index(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List the profiles with the one that holds, and what a call rings now."""
    at = clock.now()
    employee = _employee_id(actor)
    internal = request.GET.get("from") == "colleague"
    listed = list(
        RingProfile.objects.visible_to(actor)
        .filter(employee_id=employee, ended_at=None)
        .order_by("position", "pk")
    )
    when = _preview_time(request.GET.get("at", ""))
    holding = schedules.held(employee, at, when or at)
    context = {
        "profiles": listed,
        "active": holding.active,
        "choice": holding.choice,
        "internal": internal,
        "templates": Template.choices,
        "rings": selectors.who_rings(employee, internal=internal, at=when or at),
        "scheduled": holding.scheduled,
        "when": when,
        "when_typed": f"{timezone.localtime(when):%Y-%m-%dT%H:%M}" if when else "",
        "when_profile": next((profile for profile in listed if profile.pk == holding.then), ""),
    }
    return TemplateResponse(request, "telephony/profiles.html", context)


@require_POST
@for_employees
def begin(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Make the profiles that everybody begins with."""
    employee = Employee.objects.visible_to(actor).get(pk=_employee_id(actor))
    services.create_templates(actor=actor, employee=employee)
    return HttpResponseRedirect(reverse("profiles"))


@require_POST
@for_employees
def choose(request: HttpRequest, actor: Actor, profile: UUID) -> HttpResponse:
    """Let a profile hold from now on, until a time of day, a date and time, or the next choice."""
    row = (
        RingProfile.objects.visible_to(actor)
        .filter(employee_id=_employee_id(actor), public_id=profile)
        .first()
    )
    if row is None:
        raise Http404
    if row.ended_at is not None:
        messages.error(request, _("%(name)s was deleted meanwhile. Choose another profile.") % {"name": row})
        return HttpResponseRedirect(back_or(request, reverse("profiles")))
    at = clock.now()
    typed = request.POST.get("until", "").strip()
    until = until_time(typed, at)
    if typed and until is None:
        messages.error(request, _("Write the end as a time, such as 14:00. Nothing was changed."))
        return HttpResponseRedirect(back_or(request, reverse("profiles")))
    try:
        choice = services.choose(actor=actor, profile=row, until=until, at=at)
    except services.EndsInThePast as error:
        messages.error(request, str(error))
    else:
        if choice.until is None or choice.follows_schedule:
            said = _("%(name)s holds from the next call on.") % {"name": row}
        else:
            known = {"name": row, "time": when(choice.until)}
            said = _("%(name)s holds from the next call on, until %(time)s.") % known
        messages.success(request, said)
    return HttpResponseRedirect(back_or(request, reverse("profiles")))


@require_POST
@for_employees
def undo(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take the last choice back; or, where what is usual is wanted, end it."""
    try:
        wanted = UUID(request.POST.get("choice", ""))
    except ValueError:
        wanted = None
    choice = (
        ProfileChoice.objects.visible_to(actor)
        .filter(employee_id=_employee_id(actor), public_id=wanted)
        .first()
    )
    if choice is not None and request.POST.get("do") == "end":
        at = clock.now()
        if services.end_choice(actor=actor, choice=choice, at=at):
            usual = selectors.active_profile(choice.employee_id, at)
            name = RingProfile.objects.visible_to(actor).get(pk=usual)
            messages.success(request, _("%(name)s holds from the next call on.") % {"name": name})
        else:
            messages.info(request, _("Something else was chosen since. That stays."))
    elif choice is not None and services.undo(actor=actor, choice=choice, at=clock.now()):
        messages.success(request, _("Undone. What held before holds again from the next call on."))
    else:
        messages.info(request, _("Something else was chosen since. That stays."))
    return HttpResponseRedirect(back_or(request, reverse("profiles")))


@require_POST
@for_employees
def stop_forwarding(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take a forward back that was dialled on a phone (G29)."""
    me = Employee.objects.visible_to(actor).get(pk=_employee_id(actor))
    if dialled_forwards.stop(actor=actor, employee=me):
        messages.success(request, _("Your calls are no longer forwarded, from the next call on."))
    else:
        messages.info(request, _("Your calls were not forwarded any more."))
    return HttpResponseRedirect(back_or(request, reverse("profiles")))


def until_time(typed: str, at: dt.datetime) -> dt.datetime | None:
    """Read an end: a time of day is the next such time, by the clock on the wall; None for what is none."""
    try:
        moment = parse_datetime(typed)
        time = parse_time(typed.replace(".", ":")) if moment is None else None
    except ValueError:
        return None
    if moment is not None:
        return moment if moment.tzinfo else timezone.make_aware(moment)
    if time is None:
        return None
    return next_time(time.replace(tzinfo=None), timezone.localtime(at))


def _preview_time(typed: str) -> dt.datetime | None:
    """Read the time of a preview; None for what is none, or lies where no schedule goes."""
    try:
        moment = parse_datetime(typed)
    except ValueError:
        return None
    if moment is None or not 2000 <= moment.year <= 2200:
        return None
    return moment if moment.tzinfo else timezone.make_aware(moment)


def _employee_id(actor: Actor) -> int:
    assert actor.employee_id is not None
    return actor.employee_id
