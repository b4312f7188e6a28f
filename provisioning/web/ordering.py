"""Pages of ordering: product, domain and licences, employees, what is missing, confirm (G2–G4, G10)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing import selectors as billing_selectors
from billing.selectors import Offer
from myfone.accounts import invitations
from myfone.kernel import clock
from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.models import Customer
from provisioning.history_texts import licence_names
from provisioning.models import LicenceMode
from provisioning.rules.domains import shown
from provisioning.rules.preconditions import DECLARED, Precondition
from provisioning.rules.stages import StageName
from provisioning.selectors.orders import (
    OrderPrice,
    declared,
    ordered_elsewhere,
    preconditions,
    price_for,
    usual_domain,
)
from provisioning.selectors.past import history
from provisioning.selectors.setups import Standing
from provisioning.services import customers, orders
from provisioning.web import domains
from provisioning.web.forms import (
    CustomerForm,
    OrderForm,
)
from provisioning.web.wizard import CONFLICT, PAGES, address, for_staff, of_customer, page, to

PAGE_SIZE = 50
SHOWN = 30


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def new_customer(request: HttpRequest) -> HttpResponse:
    """Add a customer, then order for it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.role != Role.RESELLER_STAFF:
        messages.info(request, _("Customers are added by their reseller."))
        return redirect("admin:index")
    has_own = Customer.objects.visible_to(actor).filter(is_own_company=True).exists()
    form = CustomerForm(request.POST or None, initial={"is_own_company": "own" in request.GET})
    if has_own:
        del form.fields["is_own_company"]
    if request.method == "POST" and form.is_valid():
        try:
            made = customers.add_customer(actor=actor, at=clock.now(), **form.cleaned_data)
        except customers.CustomerRefused as error:
            form.add_error("is_own_company", str(error))
        else:
            # What it costs comes before the work.
            return redirect("setup", customer=made.public_id)
    context = {"form": form, "has_own_company": has_own}
    return TemplateResponse(request, "provisioning/new_customer.html", context)


@require_safe
@never_cache
@of_customer
def product(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Show the product as not yet ordered; after that, the stage at which the customer stands."""
    if standing.order is not None:
        if standing.order.confirmed_at is None:
            return to("setup-confirm", standing)
        # Why a renewal stopped is said where the users are, also when nothing else is left to do.
        stopped = standing.certificate is not None and bool(standing.certificate.fault)
        stage = StageName.USERS if stopped and standing.progress.live else standing.stage
        return to(PAGES[stage], standing)
    checks = preconditions(
        actor=actor, customer=standing.customer, order=None, employees=standing.progress.employees
    )
    offers = billing_selectors.catalogue(clock.local_date(clock.now()))
    has_employees = bool(standing.customer.everyone_count)  # type: ignore[attr-defined]
    context = {"checks": checks, "groups": _groups(offers), "has_employees": has_employees}
    return page(request, standing, StageName.ORDER, "provisioning/product.html", context)


def _groups(offers: tuple[Offer, ...]) -> list[dict[str, Any]]:
    return [
        {"name": members[0].group_name, "each": members[0].each, "licences": [o.name for o in members]}
        for members in by_group(offers).values()
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer
def order(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Ask for domain and licences; once ordered, show what was ordered."""
    found = standing.order
    if found is not None and found.confirmed_at is not None:
        if request.method == "POST":
            messages.info(request, str(orders.AlreadyOrdered()))
            return to(PAGES[standing.stage], standing)
        return _ordered(request, actor, standing)
    if any(one.confirmed_at for one in standing.others):
        return domains.draft(request, actor, standing)
    code = found.licence_type.code if found and found.licence_type else ""
    data = request.POST if request.method == "POST" else None
    price = price_for(
        actor=actor,
        customer_id=standing.customer.pk,
        licence_code=_chosen(data, code, found.licence_mode if found else LicenceMode.ONE_FOR_ALL.value),
        at=clock.now(),
        employees=standing.progress.employees,
    )
    initial: dict[str, Any] = {"licence_code": code}
    if found is None:
        initial["domain"] = shown(usual_domain(actor=actor, customer_id=standing.customer.pk))
    else:
        initial |= {
            "domain": shown(found.domain),
            "had_skype": "yes" if found.had_skype else "no",
            "licence_mode": found.licence_mode,
        }
    form = OrderForm(data, initial=initial, offers=price.offers)
    if data is not None and not form.is_valid() and "domain" in form.cleaned_data:
        # What is wrong is said in one go, not field by field.
        try:
            orders.available_domain(form.cleaned_data["domain"], customer_id=standing.customer.pk)
        except orders.DomainRefused as error:
            form.add_error("domain", str(error))
    elif data is not None and form.is_valid():
        try:
            saved = orders.save_draft(
                actor=actor,
                customer=standing.customer,
                domain=form.cleaned_data["domain"],
                had_skype=form.cleaned_data["had_skype"],
                licence_mode=LicenceMode(form.cleaned_data["licence_mode"]),
                licence_code=form.cleaned_data["licence_code"],
                order=found,
                at=clock.now(),
            )
        except orders.DomainRefused as error:
            form.add_error("domain", str(error))
        except (orders.AlreadyOrdered, orders.NotReady) as error:
            messages.info(request, str(error))
            return redirect("setup", customer=standing.customer.public_id)
        else:
            mixed = form.cleaned_data["licence_mode"] == LicenceMode.PER_EMPLOYEE
            other = ordered_elsewhere(actor=actor, customer_id=standing.customer.pk, domain=saved.domain)
            if mixed and other is not None:
                text = _("%(domain)s is ordered for another of your customers already: %(name)s.")
                messages.warning(request, text % {"domain": shown(saved.domain), "name": other.name})
            return to("setup-licences" if mixed else "setup-confirm", standing)
    context = {
        "form": form,
        "price": price,
        "price_url": address("setup-price", standing),
    }
    return page(request, standing, StageName.ORDER, "provisioning/order.html", context)


def _chosen(data: Any, code: str, mode: str) -> str | None:
    """Return the one licence chosen for all; None where each employee has one."""
    if data is not None:
        mode, code = data.get("licence_mode", mode), data.get("licence_code", code)
    return None if mode == LicenceMode.PER_EMPLOYEE else code


def _ordered(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    assert standing.order is not None
    price = price_for(actor=actor, customer_id=standing.customer.pk, licence_code=None, at=clock.now())
    others = [one.confirmed_at for one in standing.others if one.confirmed_at]
    assert standing.order.confirmed_at is not None
    context = {
        "price": price,
        "adds_nothing": any(earlier < standing.order.confirmed_at for earlier in others),
        "next_url": address(PAGES[standing.stage], standing),
        "declared": declared(standing.order),
        "happened": history(
            actor=actor,
            standing=standing,
            licences=licence_names(price.offers),
            stage=StageName.ORDER,
            most=SHOWN,
        ),
    }
    return page(request, standing, StageName.ORDER, "provisioning/ordered.html", context)


@require_safe
@of_customer
def price(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Show the price of what is chosen in the form, before it is sent."""
    found = price_for(
        actor=actor,
        customer_id=standing.customer.pk,
        licence_code=_chosen(request.GET, "", LicenceMode.ONE_FOR_ALL.value),
        at=clock.now(),
        employees=standing.progress.employees,
    )
    context = {"price": found, "customer": standing.customer, "standing": standing}
    return TemplateResponse(request, "provisioning/order.html#price", context)


def page_of(request: HttpRequest, rows: Any, standing: Standing, count: int | None = None) -> Any:
    """Return the page of employees that is asked for; how many are to have Skype is known already."""
    paginator = Paginator(rows, PAGE_SIZE)
    paginator.count = standing.progress.employees if count is None else count
    return paginator.get_page(request.GET.get("page"))


def by_group(offers: tuple[Offer, ...]) -> dict[str, list[Offer]]:
    groups: dict[str, list[Offer]] = {}
    for offer in offers:
        groups.setdefault(offer.group, []).append(offer)
    return groups


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer
def confirm(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Show the order with everything that must hold, and take the confirmation."""
    draft = standing.order
    if draft is None:
        return to("setup-order", standing)
    fault, status = "", 200
    if request.method == "POST":
        try:
            done = orders.confirm(
                actor=actor, order=draft, price_shown=_amount(request.POST.get("price", "")), at=clock.now()
            )
        except orders.OrderError as error:
            fault, status = str(error), CONFLICT
        else:
            if done.is_new:
                messages.success(request, _("Skype for Business is ordered. Now it is set up, step by step."))
            return to("setup", standing)
    elif draft.confirmed_at is not None:
        return to("setup", standing)
    cost: OrderPrice = price_for(
        actor=actor,
        customer_id=standing.customer.pk,
        licence_code=(draft.licence_type.code if draft.licence_type else "")
        if draft.licence_mode == LicenceMode.ONE_FOR_ALL
        else None,
        at=clock.now(),
        employees=standing.progress.employees,
    )
    checks = preconditions(
        actor=actor, customer=standing.customer, order=draft, employees=standing.progress.employees
    )
    context = {
        "price": cost,
        "checks": checks,
        "fault": fault,
        "elsewhere": ordered_elsewhere(actor=actor, customer_id=standing.customer.pk, domain=draft.domain),
        "adds_nothing": any(one.confirmed_at for one in standing.others),
        "ready": all(one.is_met for one in checks) and not cost.without_licence,
    }
    return page(request, standing, StageName.ORDER, "provisioning/confirm.html", context, status=status)


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


@require_POST
@of_customer
def declare(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Take a declaration, or take it back."""
    name = request.POST.get("precondition", "")
    if standing.order is None or name not in DECLARED:
        return to("setup", standing)
    try:
        orders.declare(
            actor=actor,
            order=standing.order,
            precondition=Precondition(name),
            holds="undo" not in request.POST,
            at=clock.now(),
        )
    except orders.AlreadyOrdered as error:
        messages.info(request, str(error))
    return to("setup-confirm", standing)


@require_POST
@of_customer
def new_price_plan(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Move the customer to the new price plan."""
    if customers.move_to_new_price_plan(actor=actor, customer=standing.customer, at=clock.now()):
        messages.success(request, _("The customer is on the new price plan now."))
    return to("setup", standing)


@require_POST
@of_customer
def invite(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Give every employee who has none a Myfone user."""
    without = billing_selectors.without_skype(actor).filter(customer_id=standing.customer.pk)
    number = invitations.invite(
        actor=actor, customer=standing.customer, at=clock.now(), except_for=without.values("employee_id")
    )
    text = ngettext(
        "%(number)d employee is invited, and gets a mail with a link.",
        "%(number)d employees are invited, and get a mail with a link.",
        number,
    )
    messages.success(request, text % {"number": number})
    return to("setup", standing)


@require_POST
@of_customer
def discard(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Drop the draft."""
    if standing.order is not None:
        try:
            orders.discard_draft(actor=actor, order=standing.order, at=clock.now())
        except orders.AlreadyOrdered as error:
            messages.info(request, str(error))
    return redirect("setup", customer=standing.customer.public_id)
