"""Pages for what was ordered: change it, cancel it, end the contract and follow the end (G10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from provisioning.models import Ending, EndingStep, LicenceMode
from provisioning.rules.domains import shown
from provisioning.rules.ending import last_of_month
from provisioning.rules.stages import StageName
from provisioning.selectors import endings as selectors
from provisioning.selectors.orders import price_for
from provisioning.selectors.setups import Standing
from provisioning.services import endings, order_changes
from provisioning.services.orders import DomainRefused, OrderError
from provisioning.web.forms import OrderForm
from provisioning.web.wizard import CONFLICT, address, of_customer, of_customer_or_gone, page, to

# What is done after each step that was reached.
DOING: dict[EndingStep, Promise] = {
    EndingStep.ANNOUNCED: gettext_lazy("Close the employees' Skype accounts and end their fee"),
    EndingStep.ACCOUNTS: gettext_lazy("Close the setup, stop watching the DNS records, give the domain free"),
    EndingStep.CLOSED: gettext_lazy("Take the certificate out of the TLS front and revoke it"),
}


class EndForm(forms.Form):
    """The last day, and the domain typed by hand."""

    last_day = forms.DateField(
        label=gettext_lazy("Last day with Skype for Business"),
        help_text=gettext_lazy(
            "It works to the end of that day; if you choose today, only until you confirm."
        ),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    domain = forms.CharField(
        label=gettext_lazy("Type the domain to confirm"),
        max_length=300,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
        ),
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_day"].widget.attrs["min"] = today.isoformat()
        self.fields["last_day"].initial = last_of_month(today)


class CancelForm(forms.Form):
    """Why an order is cancelled, for whoever reads its history."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Stands in the order's history, for your colleagues."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer_or_gone
def end(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Say what the end of the contract means, take its date, and show how it goes."""
    at = clock.now()
    ending = _latest(actor, standing)
    if ending is not None:
        if request.method == "POST":
            return to("setup-end", standing)
        return _follow(request, standing, selectors.state_of(ending), at)
    if standing.setup is None:
        return to("setup", standing)
    if not standing.progress.live:
        return to("setup-cancel", standing)
    form = EndForm(request.POST if request.method == "POST" else None, today=clock.local_date(at))
    if request.method == "POST" and form.is_valid():
        try:
            endings.announce(
                actor=actor,
                setup=standing.setup,
                last_day=form.cleaned_data["last_day"],
                typed=form.cleaned_data["domain"],
                at=at,
            )
        except endings.EndRefused as error:
            _mark(form, error.faults)
        except endings.EndingRefused as error:
            form.add_error(error.field, str(error))
        else:
            if form.cleaned_data["last_day"] > clock.local_date(at):
                messages.success(request, _("Notice is given. Everybody concerned is told by mail."))
            return to("setup-end", standing)
    elif request.method == "POST":
        # What is wrong is said in one go: a day that has passed too where the domain is not typed yet.
        said = form.cleaned_data
        day, typed = said.get("last_day"), said.get("domain")
        _mark(form, endings.refusals(setup=standing.setup, last_day=day, typed=typed, at=at))
    accounts = standing.progress.linked
    if standing.others:
        accounts = selectors.accounts_of(actor=actor, setup=standing.setup)
    context = {"form": form, "accounts": accounts}
    return page(request, standing, StageName.ORDER, "provisioning/end.html", context)


def _mark(form: EndForm, faults: Sequence[endings.EndingRefused]) -> None:
    for fault in faults:
        form.add_error(fault.field, str(fault))


def _follow(
    request: HttpRequest, standing: Standing, state: selectors.EndingState, at: dt.datetime
) -> HttpResponse:
    reached = list(EndingStep).index(EndingStep(state.step))
    begun = state.is_begun(at)
    steps = [
        {
            "text": text,
            "state": "done" if number < reached else "doing" if number == reached and begun else "",
        }
        for number, text in enumerate(DOING.values())
    ]
    context = {
        "ending": state,
        "ending_domain": shown(state.domain),
        "ending_steps": steps if not state.is_cancellation else steps[1:],
        "begun": begun,
        "fault": _fault(state),
    }
    return page(request, standing, StageName.ORDER, "provisioning/ending.html", context)


def _fault(state: selectors.EndingState) -> str:
    if not state.fault:
        return ""
    if state.fault.get("permanent"):
        return _(
            "The certificate could not be revoked. It is served nowhere any more, and runs out by itself."
        )
    if str(state.fault.get("code", "")).startswith("front"):
        return _("The TLS front does not answer. The domain is free already; we try again by ourselves.")
    return _(
        "The certificate authority does not answer. The domain is free already; we try again by ourselves."
    )


def _latest(actor: Actor, standing: Standing) -> Ending | None:
    """Return the end of this domain's contract; where nothing is ordered any more, the last one there was."""
    order = standing.order if standing.setup is not None else standing.gone
    return selectors.latest(actor=actor, customer_id=standing.customer.pk, order=order)


@require_POST
@of_customer
def withdraw(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Let the contract go on."""
    if standing.setup is None:
        return to("setup-end", standing)
    try:
        if endings.withdraw(actor=actor, setup=standing.setup, at=clock.now()):
            messages.success(request, _("The contract goes on. Everybody who was told is told of this too."))
    except endings.TooLate as error:
        messages.error(request, str(error))
        return to("setup-end", standing)
    return to("setup-order", standing)


@require_POST
@of_customer_or_gone
def retry(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Try the step that failed again now."""
    ending = _latest(actor, standing)
    if ending is not None and endings.retry(actor=actor, ending=ending, at=clock.now()):
        messages.info(request, _("We try again now."))
    return to("setup-end", standing)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer
def cancel(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Ask, then cancel an order that nobody can use yet."""
    order = standing.order
    if order is None or order.confirmed_at is None:
        return to("setup", standing)
    if standing.progress.live:
        return to("setup-end", standing)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            endings.cancel(actor=actor, order=order, reason=form.cleaned_data["reason"], at=clock.now())
        except endings.InUse as error:
            messages.error(request, str(error))
            return to("setup-end", standing)
        messages.success(request, _("The order is cancelled. Nothing is charged, and the domain is free."))
        return to("setup", standing)
    status = CONFLICT if form.errors else 200
    return page(request, standing, StageName.ORDER, "provisioning/cancel.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer
def change(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Change licences of a confirmed order, and its domain until the records are in place."""
    order = standing.order
    if order is None or order.confirmed_at is None:
        return to("setup", standing)
    data = request.POST if request.method == "POST" else None
    code = order.licence_type.code if order.licence_type else ""
    chosen = price_for(
        actor=actor,
        customer_id=standing.customer.pk,
        licence_code=None if order.licence_mode == LicenceMode.PER_EMPLOYEE else code,
        at=clock.now(),
        employees=standing.progress.employees,
    )
    initial = {"domain": shown(order.domain), "licence_mode": order.licence_mode, "licence_code": code}
    form = OrderForm(data, initial=initial, offers=chosen.offers)
    del form.fields["had_skype"]
    is_fixed = standing.progress.dns_verified or standing.progress.live
    form.fields["domain"].disabled = is_fixed
    if data is not None and form.is_valid() and _changed(request, actor, standing, form):
        mixed = form.cleaned_data["licence_mode"] == LicenceMode.PER_EMPLOYEE
        return to("setup-licences" if mixed else "setup-order", standing)
    context = {
        "form": form,
        "price": chosen,
        "is_fixed": is_fixed,
        "price_url": address("setup-price", standing),
    }
    status = CONFLICT if form.errors else 200
    return page(request, standing, StageName.ORDER, "provisioning/change.html", context, status=status)


def _changed(request: HttpRequest, actor: Actor, standing: Standing, form: OrderForm) -> bool:
    assert standing.order is not None
    try:
        changed = order_changes.change(
            actor=actor,
            order=standing.order,
            domain=form.cleaned_data["domain"],
            licence_mode=LicenceMode(form.cleaned_data["licence_mode"]),
            licence_code=form.cleaned_data["licence_code"],
            at=clock.now(),
        )
    except (DomainRefused, order_changes.DomainFixed) as error:
        form.add_error("domain", str(error))
    except OrderError as error:
        form.add_error(None, str(error))
    else:
        text = _("The order is changed.") if changed else _("Nothing was different. The order stands.")
        messages.success(request, text)
    return not form.errors
