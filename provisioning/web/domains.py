"""Order for one more domain of a customer that has the product already (G10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Customer
from provisioning.models import LicenceMode
from provisioning.rules.domains import shown
from provisioning.rules.stages import Progress, StageName
from provisioning.selectors.setups import Standing, standings
from provisioning.services import orders
from provisioning.web.forms import OrderForm
from provisioning.web.wizard import for_staff, page


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_staff
def add(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Ask for one more domain; an order that was begun is gone on with."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        found = standings(actor=actor, customer_public_id=customer)
    except Customer.DoesNotExist as error:
        raise Http404 from error
    ordered = tuple(one.order for one in found if one.order is not None)
    begun = next((one for one in ordered if one.confirmed_at is None), None)
    if not ordered:
        return redirect("setup-order", customer)
    if begun is not None and (len(ordered) == 1 or request.method != "POST"):
        return redirect("setup-order", customer, begun.public_id)
    people = Progress(employees=found[0].progress.employees)
    alone = Standing(found[0].customer, people, others=ordered)
    return draft(request, actor, alone)


def draft(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Show and take the order for one more domain. Licences are the employees' (G5), so none is asked for."""
    held = standing.order
    initial: dict[str, Any] = {}
    if held is not None:
        initial = {"domain": shown(held.domain), "had_skype": "yes" if held.had_skype else "no"}
    form = OrderForm(request.POST if request.method == "POST" else None, initial=initial, offers=())
    del form.fields["licence_mode"]
    del form.fields["licence_code"]
    if request.method == "POST" and form.is_valid():
        try:
            made = orders.save_draft(
                actor=actor,
                customer=standing.customer,
                domain=form.cleaned_data["domain"],
                had_skype=form.cleaned_data["had_skype"],
                licence_mode=LicenceMode.PER_EMPLOYEE,
                order=held,
                another=True,
                at=clock.now(),
            )
        except orders.DomainRefused as error:
            form.add_error("domain", str(error))
        except orders.OrderError as error:
            messages.info(request, str(error))
            return redirect("setup", standing.customer.public_id)
        else:
            return redirect("setup-confirm", standing.customer.public_id, made.public_id)
    known = [shown(one.domain) for one in standing.others if one.confirmed_at is not None]
    context = {"form": form, "known": known}
    return page(request, standing, StageName.ORDER, "provisioning/add_domain.html", context)
