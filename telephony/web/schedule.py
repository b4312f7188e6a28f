"""The weekly schedule of ring profiles: the week, public holidays, days that are different."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.models import RingProfile, RingSchedule, ScheduleException
from telephony.rules.schedules import Fault, faults, profile_at
from telephony.schedule_texts import COUNTRY_NAMES, day_name, in_words, sentence
from telephony.selectors import schedule_page as selectors
from telephony.services import schedules
from telephony.services.profiles import ProfileError
from telephony.web.contacts import for_employees
from telephony.web.schedule_forms import BEGINNINGS, Typed, TypedDays, drawn


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def edit(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the schedule, and save its week, or add and remove lines without saving."""
    page = _page_of(actor)
    if request.method != "POST":
        begin = request.GET.get("begin", "")
        if page.held is None and begin in BEGINNINGS and page.profiles:
            return _page(request, page, Typed.begun(begin, page), is_changed=True)
        return _page(request, page, Typed.held(page.held) if page.held else None)
    if not page.profiles:
        return HttpResponseRedirect(reverse("schedule"))
    typed = Typed.posted(request.POST)
    wanted = request.POST.get("do", "")
    if typed.rearrange(wanted):
        return _page(request, page, typed, is_changed=True)
    week = typed.read(page)
    if wanted != "save" or week is None:
        return _page(request, page, typed, is_changed=True, status=422 if wanted == "save" else 200)
    try:
        schedules.save_week(
            actor=actor, employee=_employee(actor), version=typed.version, week=week, at=clock.now()
        )
    except schedules.ScheduleChanged as error:
        page = _page_of(actor)
        both = None
        if page.held:
            held = page.held
            theirs = in_words(held.lines, held.otherwise, held.country, held.holiday, page.profiles)
            mine = in_words(week.lines, week.otherwise, week.country, week.holiday, page.profiles)
            both = {"problem": str(error), "theirs": theirs, "mine": mine}
        typed.version = page.held.version if page.held else 0
        typed.error = (
            "" if both else _("The schedule was removed somewhere else. Save again to make it anew.")
        )
        return _page(request, page, typed, is_changed=True, both=both, status=409)
    except schedules.WeekFaulty:
        return _page(request, page, typed, is_changed=True, status=422)
    except ProfileError as error:
        typed.error = str(error)
        return _page(request, page, typed, is_changed=True, status=422)
    messages.success(request, _("Saved. The schedule holds from the next call on."))
    return HttpResponseRedirect(reverse("schedule"))


@require_POST
@for_employees
def days(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Let a profile hold on some days whatever the week says."""
    page = _page_of(actor)
    typed = TypedDays.posted(request.POST)
    read = typed.read(page)
    if page.held is None:
        messages.info(request, _("Make your week first. Days that are different come on top of it."))
        return HttpResponseRedirect(reverse("schedule"))
    if read is not None:
        try:
            schedules.add_exception(
                actor=actor,
                employee=_employee(actor),
                name=typed.name,
                apart=read[0],
                profile=RingProfile.objects.visible_to(actor).get(pk=read[1]),
                at=clock.now(),
            )
        except (ProfileError, RingSchedule.DoesNotExist) as error:
            typed.error = str(error)
        else:
            messages.success(request, _("Saved. The week counts again when those days are over."))
            return HttpResponseRedirect(reverse("schedule") + "#days")
    return _page(request, page, Typed.held(page.held), typed_days=typed, status=422)


@require_POST
@for_employees
def remove_days(request: HttpRequest, actor: Actor, days: UUID) -> HttpResponse:
    """Let the week count again on days that were different."""
    row = (
        ScheduleException.objects.visible_to(actor)
        .select_related("schedule")
        .filter(employee_id=actor.employee_id, public_id=days)
        .first()
    )
    if row is None:
        raise Http404
    schedules.remove_exception(actor=actor, exception=row, at=clock.now())
    messages.success(request, _("Removed. The week counts on those days."))
    return HttpResponseRedirect(reverse("schedule") + "#days")


@require_POST
@for_employees
def remove(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take the schedule away."""
    if schedules.remove(actor=actor, employee=_employee(actor), at=clock.now()):
        messages.success(
            request, _("The schedule is removed. Your profiles change only when you change them.")
        )
    return HttpResponseRedirect(reverse("schedule"))


@require_POST
@for_employees
def undo(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take the last switch of the schedule back, until its next."""
    if schedules.hold_on(actor=actor, employee=_employee(actor), at=clock.now()) is None:
        messages.info(request, _("Something else was chosen since. That stays."))
    else:
        messages.success(request, _("Undone. What held before holds again from the next call on."))
    return HttpResponseRedirect(reverse("profiles"))


def _page_of(actor: Actor) -> selectors.Page:
    assert actor.employee_id is not None
    return selectors.page(actor.employee_id, actor.customer_id, clock.now())


def _employee(actor: Actor) -> Employee:
    row: Employee = Employee.objects.visible_to(actor).get(pk=actor.employee_id)
    return row


def _silent(page: selectors.Page, week: schedules.Week | None) -> str:
    """Name the profiles of a week that turn every call away: the week turns them on by itself."""
    if week is None:
        return ""
    chosen = [week.otherwise, *([week.holiday] if week.holiday and week.country else [])]
    chosen += [line.profile for line in week.lines]
    names = [name for pk, name in page.profiles.items() if pk in chosen and pk in page.silent]
    return get_text_list(names, _("and"))


def _begins(page: selectors.Page, week: schedules.Week, at: dt.datetime) -> str:
    """Name the profile that begins when a week is saved; nothing where none does, or that cannot be said."""
    held_country = page.held.country if page.held else page.country
    if page.choice or week.country not in ("", held_country):
        return ""
    local = at.astimezone(ZoneInfo(page.time_zone))
    day, minutes = local.date(), local.hour * 60 + local.minute
    if any((one.first_day, one.begins) <= (day, minutes) < (one.last_day, one.ends) for one in page.apart):
        return ""
    if week.country and day in [holiday for holiday, _name in page.holidays]:
        chosen = week.holiday
    else:
        chosen = profile_at(week.lines, day.isoweekday(), minutes)
    begins = chosen or week.otherwise
    return "" if begins == page.active else page.profiles.get(begins, "")


def _page(
    request: HttpRequest,
    page: selectors.Page,
    typed: Typed | None,
    *,
    is_changed: bool = False,
    both: dict[str, Any] | None = None,
    typed_days: TypedDays | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the schedule with what was typed, and what that makes of the week."""
    week = typed.read(page) if typed else None
    found = faults(week.lines) if week else []
    names = page.profiles
    # The company's own country is the likeliest.
    countries = sorted(
        COUNTRY_NAMES.items(), key=lambda one: (one[0] != page.country, str(one[1]).casefold())
    )
    context = {
        "page": page,
        "typed": typed,
        "is_changed": is_changed,
        "both": both,
        "beginnings": [
            ("office", _("Monday to Friday 8–16")),
            ("friday", _("The same, and Friday until 14.30")),
            ("shop", _("9.30–17.30, and Saturday 10–14")),
        ],
        "days": [(day, day_name(day)) for day in range(1, 8)],
        "drawn": drawn(week, names),
        "tones": [(name, place % 5 + 1) for place, name in enumerate(names.values())],
        "otherwise": names.get(week.otherwise, "") if week else "",
        "refused": [sentence(f) for f in found if f.fault is not Fault.GAP],
        "noticed": [sentence(f) for f in found if f.fault is Fault.GAP],
        "silent": _silent(page, week) if is_changed or page.held is None else "",
        "begins": _begins(page, week, clock.now()) if week and (is_changed or page.held is None) else "",
        "countries": countries,
        "typed_days": typed_days or TypedDays(profile=str(page.templates.get("holiday", ""))),
        "changes": [(change, names.get(change.profile_id, "–")) for change in page.changes[1:]],
        "now": names.get(page.active or 0, ""),
        "undoes": names.get(page.undoes or 0, ""),
    }
    return TemplateResponse(request, "telephony/schedule.html", context, status=status)
