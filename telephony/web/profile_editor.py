"""The editor of a ring profile: steps, where calls go otherwise, and what would ring."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.country_texts import country_of
from telephony.models import Callers, HandState, RingProfile, Template
from telephony.profile_texts import in_words, sentence
from telephony.rules.numbers import international
from telephony.rules.profiles import PLAIN, REFUSED, Finding, plain_faults
from telephony.selectors import profile_editor as selectors
from telephony.services import profile_editing, profiles
from telephony.web.contacts import View, for_employees
from telephony.web.profile_forms import SITUATIONS, Typed, ticked

SHORTEST_AXIS, TICK = 50, 10  # seconds


class ProfileGone(Exception):
    """A profile of one's own was deleted, in another window most likely."""

    def __init__(self, profile: RingProfile) -> None:
        self.profile = profile


def _or_gone(view: View) -> View:
    """Say of a profile that was deleted that it was, with a way back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except ProfileGone as gone:
            context = {"profile": gone.profile, "lost": request.method == "POST"}
            return TemplateResponse(request, "telephony/profile_gone.html", context, status=404)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
@_or_gone
def edit(request: HttpRequest, actor: Actor, profile: UUID) -> HttpResponse:
    """Show a profile, and save it, or add, remove and move its steps without saving."""
    row = own_profile(actor, profile)
    known = selectors.known(actor, row, clock.now())
    if request.method != "POST":
        found = plain_faults(profiles.shape_of(row, known.draft))
        return _page(request, row, known, Typed.held(known, row.version), found=found)
    typed = Typed.posted(request.POST)
    if row.template and not row.name and typed.name == str(row):
        typed.name = ""  # the template's own name, which every reader sees in their language
    wanted = request.POST.get("do", "")
    if typed.rearrange(wanted):
        return _page(request, row, known, typed, is_changed=True)
    people = selectors.people(actor, typed.texts())
    known = replace(known, used=(*known.used, *people.values()))
    draft = typed.read(known, people, needs_name=not row.template)
    if wanted not in ("save", "confirm") or draft is None:
        found = profiles.findings(actor=actor, profile=row, draft=draft) if draft else []
        status = 422 if wanted in ("save", "confirm") else 200
        return _page(request, row, known, typed, draft, found=found, is_changed=True, status=status)
    try:
        confirmed = request.POST.getlist("abroad") if wanted == "confirm" else ()
        found = profiles.save(
            actor=actor, profile=row, version=typed.version, draft=draft, confirmed=confirmed
        )
    except profiles.ProfileFaulty as error:
        return _page(request, row, known, typed, draft, found=error.faults, is_changed=True, status=422)
    except profiles.ProfileChanged as error:
        row = own_profile(actor, profile)
        now = selectors.known(actor, row, clock.now())
        both = {"problem": str(error), "theirs": in_words(now.draft, now), "mine": in_words(draft, known)}
        typed.version = row.version
        return _page(request, row, known, typed, draft, both=both, is_changed=True, status=409)
    except profiles.AbroadUnconfirmed as error:
        return _page(request, row, known, typed, draft, abroad=error.numbers, is_changed=True, status=422)
    except profiles.ProfileError as error:
        typed.errors["outgoing"] = str(error)
        return _page(request, row, known, typed, draft, is_changed=True, status=422)
    messages.success(request, _("Saved. It holds from the next call on."))
    if any(finding.fault in PLAIN for finding in found):
        way = format_html('<a href="#noticed">{}</a>', _("See what and why"))
        messages.warning(request, format_html("{} {}.", _("Some of what was chosen never applies."), way))
    for finding in found:
        if finding.fault in PLAIN:
            continue  # the page says each itself
        messages.warning(request, sentence(finding, known))
    return HttpResponseRedirect(reverse("profile", args=[profile]))


@require_POST
@for_employees
def create(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Make a profile from a template."""
    employee = Employee.objects.visible_to(actor).get(pk=actor.employee_id)
    template = request.POST.get("template", "")
    name = " ".join(request.POST.get("name", "").replace("\0", "").split())
    if template not in Template.values or len(name) > 40:
        messages.error(request, _("Choose a template, and a name of at most 40 letters."))
        return HttpResponseRedirect(reverse("profiles"))
    try:
        row = profile_editing.create(actor=actor, employee=employee, template=Template(template), name=name)
    except profiles.ProfileError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("profiles"))
    messages.success(request, _("Made. Nothing rings by it until you switch to it."))
    return HttpResponseRedirect(reverse("profile", args=[row.public_id]))


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
@_or_gone
def delete(request: HttpRequest, actor: Actor, profile: UUID) -> HttpResponse:
    """Ask whether to delete a profile, and do it."""
    row = own_profile(actor, profile)
    if request.method != "POST":
        kept = profile_editing.why_kept(actor=actor, profile=row, at=clock.now())
        return TemplateResponse(request, "telephony/profile_delete.html", {"profile": row, "kept": kept})
    try:
        profile_editing.delete(actor=actor, profile=row, at=clock.now())
    except profiles.ProfileError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("profile", args=[profile]))
    messages.success(request, _("%(name)s was deleted.") % {"name": row})
    return HttpResponseRedirect(reverse("profiles"))


def own_profile(actor: Actor, public_id: UUID) -> RingProfile:
    """Return a profile of the actor's own; raises Http404."""
    row: RingProfile | None = (
        RingProfile.objects.visible_to(actor)
        .filter(employee_id=actor.employee_id, public_id=public_id)
        .first()
    )
    if row is None:
        raise Http404
    if row.ended_at is not None:
        raise ProfileGone(row)
    return row


def _page(
    request: HttpRequest,
    row: RingProfile,
    known: selectors.Known,
    typed: Typed,
    draft: Any = None,
    *,
    found: Any = (),
    both: dict[str, Any] | None = None,
    abroad: tuple[str, ...] = (),
    is_changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Show the editor with what was typed, and beside it what that would ring."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    internal = (request.POST if request.method == "POST" else request.GET).get("from") == "colleague"
    told = None
    at = clock.now()
    if draft is not None:
        told = profile_editing.rehearse(actor=actor, profile=row, draft=draft, internal=internal, at=at)
    elif not is_changed:
        told = selectors.rings_of_profile(row, internal=internal, at=at)
    findings: list[Finding] = list(found)
    context = {
        "profile": row,
        "known": known,
        "typed": typed,
        "is_changed": is_changed,
        "both": both,
        "abroad": [(number, international(number), country_of(number)) for number in abroad],
        "internal": internal,
        "told": told,
        "refused": [sentence(f, known) for f in findings if f.fault in REFUSED],
        "noticed": [sentence(f, known) for f in findings if f.fault not in REFUSED],
        "states": HandState.choices,
        **_steps(known, typed),
        "situations": [
            {
                "label": situation.label,
                "everybody": here[Callers.EVERYBODY],
                "apart": [here[Callers.INTERNAL], here[Callers.EXTERNAL]],
                "is_apart": any(here[c].picked for c in (Callers.INTERNAL, Callers.EXTERNAL)),
            }
            for situation in SITUATIONS
            if (here := {t.callers: t for t in typed.targets if t.situation == situation})
        ],
    }
    return TemplateResponse(request, "telephony/profile.html", context, status=status)


def _steps(known: selectors.Known, typed: Typed) -> dict[str, Any]:
    """Lay the steps out on a time line that is as long as they are."""
    total = sum(step.length for step in typed.steps)
    long = max(SHORTEST_AXIS, -(-total // TICK) * TICK)
    every = TICK * max(1, round(long / SHORTEST_AXIS))
    begins, rows = 0, []
    for number, step in enumerate(typed.steps):
        left, width = 100 * begins / long, 100 * step.length / long
        rows.append(
            {
                "number": number,
                "step": step,
                "phones": ticked(known.phones, step),
                "left": f"{left:.2f}%",
                "width": f"{width:.2f}%",
                "middle": f"{left + width / 2:.2f}%",
                "is_narrow": width < 18,
                "begins": begins,
            }
        )
        begins += step.length
    return {"steps": rows, "ticks": range(0, long + 1, every)}
