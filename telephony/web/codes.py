"""What is dialled instead of a number: the list for everybody, and the page on which administrators change it (G29)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myfone.tenancy.actor import Actor, Role
from telephony.rules.codes import Wish, faults, typed
from telephony.selectors import codes as selectors
from telephony.selectors.codes import Code
from telephony.services import codes as services
from telephony.web.contacts import for_employees
from telephony.web.numbers import Place, for_numbers

# How one signs in to a queue: which of the three codes for it are in use.
WAYS = {
    "two": ("queue_in", "queue_out"),
    "one": ("queue_toggle",),
    "none": (),
}
WAY_NAMES = (
    ("two", gettext_lazy("One code signs in, another signs out")),
    ("one", gettext_lazy("One code does both")),
    ("none", gettext_lazy("Not available")),
)
OF_QUEUES = frozenset(WAYS["two"] + WAYS["one"])


@dataclass(frozen=True)
class Row:
    """A code on the page: what it is, what was typed, and what is wrong with it."""

    code: Code
    digits: str
    is_enabled: bool
    standard: str
    error: str = ""


@require_safe
@for_employees
def index(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List what can be dialled in place of a number."""
    found = _codes(actor)
    version = selectors.version(found)
    context = {
        "codes": [code for code in found if code.is_enabled],
        "administers": actor.role is Role.CUSTOMER_ADMINISTRATOR,
        "version": version,
        "was_changed": request.GET.get("changed") == version,
    }
    return TemplateResponse(request, "telephony/codes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def edit(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Change the company's codes; two who save at the same time are told of each other."""
    _must_administer(actor)
    assert actor.customer_id is not None
    return _edit(request, Place(actor, actor.customer_id))


@require_http_methods(["GET", "HEAD", "POST"])
@for_numbers
def edit_for(request: HttpRequest, place: Place) -> HttpResponse:
    """Change a customer's codes as its reseller."""
    return _edit(request, place)


def _edit(request: HttpRequest, place: Place) -> HttpResponse:
    actor, found = place.actor, selectors.codes(place.customer_id)
    version = selectors.version(found)
    if request.method != "POST":
        held = {code.action: Wish(code.digits, code.is_enabled) for code in found}
        return _page(request, place, found, held, _way(held), version)
    if request.POST.get("do") == "standard":
        wishes, way = {}, ""
    else:
        wishes, way = _typed(request.POST, found), request.POST.get("queue", "two")
    try:
        services.change_codes(
            actor=actor,
            wishes=wishes,
            version=request.POST.get("version", ""),
            customer_id=place.customer_id,
        )
    except services.CodesChanged as error:
        return _page(request, place, found, wishes, way, version, problem=str(error), status=409)
    except services.CodeError:
        return _page(request, place, found, wishes, way, version, status=422)
    after = selectors.version(selectors.codes(place.customer_id))
    if after == version:
        messages.info(request, _("Nothing was changed."))
    elif place.customer:
        messages.success(request, _("Saved. It holds from the next call on."))
    if after == version or place.customer:
        return HttpResponseRedirect(place.url("codes"))
    return HttpResponseRedirect(f"{reverse('codes')}?changed={after}")


@require_POST
@for_employees
def undo(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take the last change back."""
    _must_administer(actor)
    try:
        services.undo_change(actor=actor, version=request.POST.get("version", ""))
    except services.TooLateToUndo as error:
        messages.info(request, str(error))
    else:
        messages.success(request, _("Undone. The codes are as they were before."))
    return HttpResponseRedirect(reverse("codes"))


def _page(
    request: HttpRequest,
    place: Place,
    found: list[Code],
    wishes: Mapping[str, Wish],
    way: str,
    version: str,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    standard = {code.action: Wish(code.standard_digits, code.standard_is_enabled) for code in found}
    wrong = faults(wishes, standard) if status == 422 else {}
    rows = [
        Row(
            code,
            wish.digits.removesuffix("*"),
            wish.is_enabled,
            code.standard_digits,
            str(services.refusal(code.action, wrong[code.action], wish.digits))
            if code.action in wrong
            else "",
        )
        for code in found
        for wish in (wishes.get(code.action, Wish(code.digits, code.is_enabled)),)
    ]
    context = {
        "place": place,
        "codes_url": place.url("numbers" if place.customer else "codes"),
        "edit_url": place.url("codes" if place.customer else "codes_edit"),
        "queue_rows": [row for row in rows if row.code.action in OF_QUEUES],
        "rows": [row for row in rows if row.code.action not in OF_QUEUES],
        "ways": [(value, label, value == way) for value, label in WAY_NAMES],
        "version": version,
        "problem": problem,
        "theirs": [code for code in found if code.is_enabled] if problem else [],
        "has_errors": bool(wrong),
        "has_own": any(code.is_own for code in found),
    }
    return TemplateResponse(request, "telephony/codes_edit.html", context, status=status)


def _typed(posted: QueryDict, found: list[Code]) -> dict[str, Wish]:
    """Read the form; what it does not name stays as it is."""
    way = posted.get("queue", "")
    wishes = {}
    for code in found:
        digits = typed(posted.get(f"{code.action}-digits", code.digits))
        if code.action in OF_QUEUES:
            is_enabled = code.action in WAYS.get(way, ()) if way else code.is_enabled
        else:
            is_enabled = posted.get(f"{code.action}-on") == "1"
        if not is_enabled and not digits.strip("*"):
            digits = code.digits
        wishes[code.action] = Wish(digits, is_enabled)
    return wishes


def _way(held: Mapping[str, Wish]) -> str:
    on = {action for action in OF_QUEUES if action in held and held[action].is_enabled}
    if "queue_toggle" in on and not on & set(WAYS["two"]):
        return "one"
    return "two" if on else "none"


def _codes(actor: Actor) -> list[Code]:
    assert actor.customer_id is not None
    return selectors.codes(actor.customer_id)


def _must_administer(actor: Actor) -> None:
    if actor.role is not Role.CUSTOMER_ADMINISTRATOR:
        raise Http404
