"""The groups whose people take each other's calls by a code (G26)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.models import Employee
from telephony.models import PickupGroup, PickupMember
from telephony.selectors.codes import codes
from telephony.selectors.colleagues import danish
from telephony.selectors.folding import named
from telephony.services import pickup as services
from telephony.web.contacts import for_employees

FORM = ["GET", "HEAD", "POST"]
#: So many who are not in a group yet are listed; a search finds the rest.
MOST_FOUND = 12


class GroupForm(forms.Form):
    """What a group is called, and who is in it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    people: forms.ModelMultipleChoiceField[Employee] = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        label=gettext_lazy("Who is in it"),
        widget=forms.CheckboxSelectMultiple,
    )

    #: What the group was when it was opened.
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20_000, strip=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = (  # type: ignore[attr-defined]
            Employee.objects.visible_to(actor)
            .filter(customer_id=actor.customer_id, ended_at=None)
            .order_by(danish("name"))
        )


@dataclass(frozen=True)
class People:
    """Whom the form lists: who is ticked, then those whom a search finds, or the first by name."""

    query: str
    listed: list[tuple[Employee, bool]]
    found: int
    are_more: bool
    has_search: bool


def people_of(form: GroupForm, query: str) -> People:
    """Return whom a form lists; however large the company, that is a few beside those who are ticked."""
    everybody = form.fields["people"].queryset  # type: ignore[attr-defined]
    value = form["people"].value() or []
    ticked = [int(pk) for pk in value if str(pk).isdecimal() and len(str(pk)) < 18]
    rows = everybody.exclude(pk__in=ticked)
    matching = list((rows.filter(named("name", query)) if query else rows)[: MOST_FOUND + 1])
    chosen = list(everybody.filter(pk__in=ticked))
    listed = [(person, True) for person in chosen] + [(person, False) for person in matching[:MOST_FOUND]]
    are_more = len(matching) > MOST_FOUND
    return People(query, listed, len(matching), are_more, are_more or bool(query))


@require_http_methods(FORM)
@for_employees
def index(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List the company's pickup groups, and add one."""
    _must_administer(actor)
    form = _form(request, actor, {})
    if form.is_bound and form.is_valid():
        try:
            made = services.save_group(actor=actor, group=None, **form.cleaned_data)
            messages.success(request, _("%(name)s is made.") % {"name": made.name})
            return HttpResponseRedirect(reverse("pickup_groups"))
        except services.NameTaken as error:
            form.add_error("name", str(error))
    listed = (
        PickupGroup.objects.visible_to(actor)
        .filter(customer_id=actor.customer_id)
        .annotate(people=Count("members", filter=Q(members__employee__ended_at=None)))
        .order_by(danish("name"))
    )
    context = {
        "form": form,
        "people": people_of(form, _query(request)),
        "listed": listed,
        "code": _code(actor),
    }
    return TemplateResponse(request, "telephony/pickup_groups.html", context, status=_status(form))


@require_http_methods(FORM)
@for_employees
def edit(request: HttpRequest, actor: Actor, group: UUID) -> HttpResponse:
    """Change a group, or remove it."""
    _must_administer(actor)
    row = PickupGroup.objects.visible_to(actor).filter(customer_id=actor.customer_id, public_id=group).first()
    if row is None:
        raise Http404
    if request.method == "POST" and "remove" in request.POST:
        services.remove_group(actor=actor, group=row)
        messages.success(request, _("%(name)s was removed.") % {"name": row.name})
        return HttpResponseRedirect(reverse("pickup_groups"))
    members = PickupMember.objects.visible_to(actor).filter(group=row)
    held = {
        "name": row.name,
        "people": list(members.values_list("employee_id", flat=True)),
        "seen": services.state(actor, row),
    }
    form = _form(request, actor, held)
    if form.is_bound and form.is_valid():
        try:
            services.save_group(actor=actor, group=row, **form.cleaned_data)
            messages.success(request, _("Saved. It holds from the next call on."))
            return HttpResponseRedirect(reverse("pickup_groups"))
        except services.NameTaken as error:
            form.add_error("name", str(error))
        except services.GroupChanged as error:
            form.data = request.POST.copy()
            form.data["seen"] = form.initial["seen"]
            form.add_error(None, str(error))
    context = {
        "form": form,
        "people": people_of(form, _query(request)),
        "group": row,
        "title": held["name"],
    }
    return TemplateResponse(request, "telephony/pickup_group.html", context, status=_status(form))


def _form(request: HttpRequest, actor: Actor, held: dict[str, Any]) -> GroupForm:
    """Return the form as it is held or was sent; a search keeps what was typed, and finds no fault with it yet."""
    if request.POST.get("do") == "search":
        sent = request.POST
        held = {"name": sent.get("name", ""), "people": sent.getlist("people"), "seen": sent.get("seen", "")}
        return GroupForm(actor=actor, initial=held)
    return GroupForm(request.POST if request.method == "POST" else None, actor=actor, initial=held)


def _query(request: HttpRequest) -> str:
    return " ".join(request.POST.get("q", "")[:80].split()).replace("\0", "")


def _status(form: forms.Form) -> int:
    return 422 if form.is_bound and form.errors else 200


def _code(actor: Actor) -> str:
    """Return what is dialled to take a call of one's group; nothing where the code is not in use."""
    assert actor.customer_id is not None
    found = [code for code in codes(actor.customer_id) if code.action == "group_pickup" and code.is_enabled]
    return found[0].digits if found else ""


def _must_administer(actor: Actor) -> None:
    if actor.role is not Role.CUSTOMER_ADMINISTRATOR:
        raise Http404
