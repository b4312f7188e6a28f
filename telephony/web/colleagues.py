"""Colleagues: who is there, their numbers and notes; and the company's departments."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.models import Department, Employee
from telephony.selectors import colleagues as selectors
from telephony.selectors import contacts
from telephony.services import directory, presence
from telephony.web.contacts import for_employees
from telephony.web.presence import back, take_back, write

LONGEST_QUERY = 80
CONTACTS = 5


class DepartmentForm(forms.Form):
    """The name of a department."""

    name = forms.CharField(label=gettext_lazy("Name of the department"), max_length=80)


class PlaceForm(forms.Form):
    """Where an employee belongs, and whether colleagues find them."""

    department: forms.ModelChoiceField[Department] = forms.ModelChoiceField(
        queryset=None, required=False, label=gettext_lazy("Department"), empty_label=gettext_lazy("None")
    )
    is_hidden = forms.BooleanField(
        required=False,
        label=gettext_lazy("Hidden from colleagues"),
        help_text=gettext_lazy(
            "Neither listed nor found, and no phone can watch the status. Calls still come through."
        ),
    )

    def __init__(self, *args: object, actor: Actor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["department"].queryset = (  # type: ignore[attr-defined]
            Department.objects.visible_to(actor)
            .filter(customer_id=actor.customer_id)
            .order_by(selectors.danish("name"))
        )


@require_safe
@for_employees
def index(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List colleagues, or those that a search finds."""
    query = " ".join(request.GET.get("q", "")[:LONGEST_QUERY].split()).replace("\0", "")
    chosen = _uuid(request.GET.get("department", ""))
    page = request.GET.get("page", "1")
    found = selectors.find(
        actor, words=query, department=chosen, page=int(page) if page.isdecimal() and len(page) < 7 else 1
    )
    context = {
        "query": query,
        "chosen": str(chosen or ""),
        "found": found,
        "first": (found.page - 1) * selectors.PAGE + 1,
        "last": (found.page - 1) * selectors.PAGE + len(found.colleagues),
        "departments": selectors.departments(actor),
        "longest": LONGEST_QUERY,
        "administers": _administers(actor),
        # Whoever searches wants somebody, and need not know whether that is a colleague.
        "contacts": list(contacts.find(actor=actor, query=query)[:CONTACTS]) if query and not chosen else [],
    }
    return TemplateResponse(request, "telephony/colleagues.html", context)


@require_safe
@for_employees
def show(request: HttpRequest, actor: Actor, employee: UUID) -> HttpResponse:
    """Show one colleague, with the note to read and write."""
    row = _colleague(actor, employee)
    found = selectors.colleague(actor, row)
    context = {
        "colleague": found,
        "is_me": row.pk == actor.employee_id,
        "was_changed": request.GET.get("changed") == f"note-{found.status.revision}",
        "administers": _administers(actor),
    }
    return TemplateResponse(request, "telephony/colleague.html", context)


@require_POST
@for_employees
def note(request: HttpRequest, actor: Actor, employee: UUID) -> HttpResponse:
    """Write the note that all see of a colleague."""
    return write(request, actor, _colleague(actor, employee), "note")


@require_POST
@for_employees
def undo(request: HttpRequest, actor: Actor, employee: UUID) -> HttpResponse:
    """Take back the note that one just wrote of a colleague."""
    return take_back(request, actor, _colleague(actor, employee))


@require_POST
@for_employees
def favourite(request: HttpRequest, actor: Actor, employee: UUID) -> HttpResponse:
    """Put a colleague on top of one's list, or take them from there."""
    row = _colleague(actor, employee)
    presence.set_favourite(actor=actor, colleague=row, is_favourite=request.POST.get("set") == "1")
    return HttpResponseRedirect(back(request))


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def place(request: HttpRequest, actor: Actor, employee: UUID) -> HttpResponse:
    """Say where an employee belongs, and whether colleagues find them."""
    _must_administer(actor)
    row = _colleague(actor, employee)
    form = PlaceForm(
        request.POST if request.method == "POST" else None,
        actor=actor,
        initial={"department": row.department_id, "is_hidden": row.is_hidden},
    )
    if request.method == "POST" and form.is_valid():
        directory.place(actor=actor, employee=row, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("colleague", args=[row.public_id]))
    return TemplateResponse(request, "telephony/colleague_place.html", {"form": form, "employee": row})


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def departments(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List the company's departments, and add one."""
    _must_administer(actor)
    form = DepartmentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            directory.add_department(actor=actor, name=form.cleaned_data["name"])
            return HttpResponseRedirect(reverse("departments"))
        except directory.DirectoryError as error:
            form.add_error("name", str(error))
    listed = (
        Department.objects.visible_to(actor)
        .filter(customer_id=actor.customer_id)
        .annotate(people=Count("employees", filter=Q(employees__ended_at=None)))
        .order_by(selectors.danish("name"))
    )
    return TemplateResponse(request, "telephony/departments.html", {"form": form, "listed": listed})


@require_http_methods(["GET", "HEAD", "POST"])
@for_employees
def department(request: HttpRequest, actor: Actor, department: UUID) -> HttpResponse:
    """Rename a department, or remove it."""
    _must_administer(actor)
    row = (
        Department.objects.visible_to(actor)
        .filter(customer_id=actor.customer_id, public_id=department)
        .first()
    )
    if row is None:
        raise Http404
    removes = "remove" in request.POST
    form = DepartmentForm(
        request.POST if request.method == "POST" and not removes else None, initial={"name": row.name}
    )
    if request.method == "POST" and (removes or form.is_valid()):
        try:
            if removes:
                directory.remove_department(actor=actor, department=row)
            else:
                directory.rename_department(actor=actor, department=row, name=form.cleaned_data["name"])
            messages.success(request, _("Removed.") if removes else _("Saved."))
            return HttpResponseRedirect(reverse("departments"))
        except directory.NotEmpty as error:
            messages.error(request, str(error))
        except directory.DirectoryError as error:
            form.add_error("name", str(error))
    context = {"form": form, "department": row}
    return TemplateResponse(request, "telephony/department.html", context)


def _colleague(actor: Actor, public_id: UUID) -> Employee:
    row = selectors.colleague_row(actor, public_id)
    if row is None:
        raise Http404
    return row


def _administers(actor: Actor) -> bool:
    return actor.role == Role.CUSTOMER_ADMINISTRATOR


def _must_administer(actor: Actor) -> None:
    if not _administers(actor):
        raise Http404


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
