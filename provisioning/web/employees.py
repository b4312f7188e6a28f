"""The order's page of the customer's employees: who will have Skype (G10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from myfone.accounts import administrators
from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from provisioning.rules.stages import StageName
from provisioning.selectors.setups import Standing
from provisioning.services import customers, staffing
from provisioning.web.forms import LOCAL_NUMBER, EmployeeForm, EmployeeFormSet
from provisioning.web.ordering import page_of
from provisioning.web.wizard import of_customer, page, to
from telephony.models import Extension
from telephony.selectors.phones import skype_phone


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer
def employees(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """List the customer's employees, and add a few on the spot."""
    formset = EmployeeFormSet(request.POST if request.method == "POST" else None, prefix="new")
    if request.method == "POST":
        is_valid = formset.is_valid()
        rows = [form for form in formset if form.has_changed()]
        people = [_typed(form) for form in rows]
        try:
            if not is_valid:
                # What is wrong is said in one go, not rule by rule.
                _mark(rows, customers.refusals(actor=actor, customer=standing.customer, people=people))
            else:
                made = customers.add_employees(
                    actor=actor, customer=standing.customer, people=people, at=clock.now()
                )
                return _added(request, standing, len(made))
        except customers.EmployeesRefused as error:
            _mark(rows, error.faults)
    everyone = standing.customer.everyone_count  # type: ignore[attr-defined]
    listed = page_of(request, _with_numbers(actor, standing), standing, everyone)
    context = {"formset": formset, "listed": listed}
    return page(request, standing, StageName.ORDER, "provisioning/employees.html", context)


class NumberForm(forms.Form):
    """Another local number for an employee."""

    number = forms.CharField(
        label=gettext_lazy("Local number"),
        max_length=8,
        validators=[LOCAL_NUMBER],
        help_text=gettext_lazy(
            "Holds from the next call on. Direct numbers go on leading to the employee; who dials the old local"
            " number reaches nobody."
        ),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer
def person(request: HttpRequest, actor: Actor, standing: Standing, employee: UUID) -> HttpResponse:
    """Show one employee; change the local number, and say whether they administer the company."""
    found = _found(actor, standing, employee)
    is_number = request.method == "POST" and "number" in request.POST
    form = NumberForm(request.POST if is_number else None, initial={"number": found.number})
    if is_number and form.is_valid():
        try:
            changed = staffing.renumber(actor=actor, employee=found, number=form.cleaned_data["number"])
        except staffing.PhoneError as error:
            form.add_error("number", str(error))
        else:
            text = _("The local number is changed.") if changed else _("Nothing was different.")
            messages.success(request, text)
            return to("setup-employee", standing, found.public_id)
    elif request.method == "POST" and not is_number:
        _appoint(request, actor, found)
        return to("setup-employee", standing, found.public_id)
    context = {
        "person": found,
        "form": form,
    }
    return page(request, standing, StageName.ORDER, "provisioning/employee.html", context)


def _appoint(request: HttpRequest, actor: Actor, employee: Employee) -> None:
    company = {"name": employee.name}
    if "dismiss" in request.POST:
        if administrators.dismiss(actor=actor, employee=employee):
            messages.success(request, _("%(name)s is no administrator any more.") % company)
        return
    if "appoint" not in request.POST:
        messages.error(request, _("Choose what to do. Nothing was changed."))
        return
    try:
        is_new = administrators.appoint(actor=actor, employee=employee, at=clock.now())
    except administrators.AppointmentRefused as error:
        messages.error(request, str(error))
        return
    if not administrators.has_accepted(employee=employee):
        text = _("%(name)s is invited, and administers the company once the invitation is accepted.")
        messages.success(request, text % company)
    elif is_new:
        messages.success(request, _("%(name)s administers the company from now on.") % company)
    else:
        messages.info(request, _("%(name)s administers the company already.") % company)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer
def remove(request: HttpRequest, actor: Actor, standing: Standing, employee: UUID) -> HttpResponse:
    """Ask, then take an employee off the list."""
    found = _found(actor, standing, employee)
    if "confirmed" in request.POST:
        if staffing.remove(actor=actor, employee=found, at=clock.now()):
            messages.success(request, _("%(name)s is removed.") % {"name": found.name})
        return to("setup-employees", standing)
    context = {"person": found, "account": skype_phone(actor, found.pk)}
    return page(request, standing, StageName.ORDER, "provisioning/employee_remove.html", context)


def _found(actor: Actor, standing: Standing, employee: UUID) -> Any:
    own = Extension.objects.visible_to(actor).filter(employee=OuterRef("pk")).order_by("number")
    rows = _rows(actor, standing).annotate(number=Subquery(own.values("number")[:1]))
    return get_object_or_404(rows, public_id=employee)


def _typed(form: EmployeeForm) -> customers.NewEmployee:
    """Return what stands in a line, without what the form refused."""
    values = getattr(form, "cleaned_data", {})
    return customers.NewEmployee(**{name: values.get(name, "") for name in ("name", "email", "number")})


def _mark(rows: Sequence[EmployeeForm], faults: Sequence[customers.EmployeeRefused]) -> None:
    for fault in faults:
        rows[fault.row].add_error(fault.field, str(fault))


def _added(request: HttpRequest, standing: Standing, number: int) -> HttpResponse:
    if number:
        text = ngettext("%(number)d employee added.", "%(number)d employees added.", number)
        messages.success(request, text % {"number": number})
    if "more" in request.POST:
        return to("setup-employees", standing)
    return to("setup-order" if standing.order is None else "setup", standing)


def _with_numbers(actor: Actor, standing: Standing) -> Any:
    return _rows(actor, standing).prefetch_related("extensions").order_by("name", "pk")


def _rows(actor: Actor, standing: Standing) -> Any:
    rows = Employee.objects.visible_to(actor).filter(customer=standing.customer, ended_at=None)
    return administrators.with_administrators(rows)
