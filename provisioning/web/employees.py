"""The order's page of the customer's employees: who will have Skype (G10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from provisioning.rules.stages import StageName
from provisioning.selectors.setups import Standing
from provisioning.services import customers
from provisioning.web.forms import EmployeeForm, EmployeeFormSet
from provisioning.web.ordering import page_of
from provisioning.web.wizard import of_customer, page, to


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
    return (
        Employee.objects.visible_to(actor)
        .filter(customer=standing.customer, ended_at=None)
        .prefetch_related("extensions")
        .order_by("name", "pk")
    )
