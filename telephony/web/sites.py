"""Where a company is, so that those who help find whoever calls 112: the list, each address, who is where."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from myfone.kernel import clock
from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.models import Customer
from telephony.country_texts import COUNTRIES
from telephony.models import Site
from telephony.selectors import sites as selectors
from telephony.selectors.numbers import country_of
from telephony.services import sites as services
from telephony.services.sites import Address
from telephony.web.contacts import for_employees
from telephony.web.numbers import FORM, Place, addresses, for_numbers

MOST_SHOWN = 50


class SiteForm(forms.Form):
    """An address as it is written on a letter, with what leads on from the door."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("Such as Head office, or Aarhus.")
    )
    street = forms.CharField(label=gettext_lazy("Street"), max_length=80)
    house_number = forms.CharField(
        label=gettext_lazy("House number"),
        max_length=12,
        error_messages={
            "required": gettext_lazy("Write the house number with its digits, such as 12 or 12B.")
        },
    )
    details = forms.CharField(
        label=gettext_lazy("Floor or entrance"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("What helps to find the way from the door, such as 2nd floor, entrance B."),
    )
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=12)
    town = forms.CharField(label=gettext_lazy("Town"), max_length=80)
    country = forms.ChoiceField(label=pgettext_lazy("of an address", "Country"))

    def __init__(self, *args: Any, home: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = sorted(COUNTRIES.items(), key=lambda one: (one[0] != home, str(one[1]).casefold()))
        self.fields["country"].choices = names  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        typed = {name: " ".join(value.split()) for name, value in self.cleaned_data.items()}
        # What is missing or too long has been said already.
        judged = {name: typed.get(name, "") for name in ("house_number", "postcode", "country")}
        for name, said in services.faults(**judged).items():
            if name in typed and "country" in typed:
                self.add_error(name, said)
        return typed


@require_safe
@for_numbers
def index(request: HttpRequest, place: Place) -> HttpResponse:
    """List the company's addresses."""
    context = {
        "place": place,
        "sites": selectors.sites(place.actor, place.customer_id),
        "carried": selectors.is_carried(),
        **addresses(place),
    }
    return TemplateResponse(request, "telephony/sites.html", context)


@require_http_methods(FORM)
@for_numbers
def new(request: HttpRequest, place: Place) -> HttpResponse:
    """Write an address down."""
    return _edit(request, place, None)


@require_http_methods(FORM)
@for_numbers
def edit(request: HttpRequest, place: Place, site: UUID) -> HttpResponse:
    """Change an address, or make it that of everybody who has no other."""
    row = _site(place, site)
    if request.POST.get("do") == "default":
        services.make_default(actor=place.actor, site=row)
        said = _("%(name)s is the address of everybody who has no other.")
        messages.success(request, said % {"name": row.name})
        return HttpResponseRedirect(place.url("sites"))
    return _edit(request, place, row)


@require_http_methods(FORM)
@for_numbers
def remove(request: HttpRequest, place: Place, site: UUID) -> HttpResponse:
    """Say who is at an address, and remove it when that is confirmed."""
    row = _site(place, site)
    fault = ""
    if request.POST.get("confirm"):
        try:
            services.remove_site(actor=place.actor, site=row)
        except services.StillDefault as error:
            fault = str(error)
        else:
            messages.success(request, _("%(name)s was removed.") % {"name": row.name})
            return HttpResponseRedirect(place.url("sites"))
    listed = list(selectors.users(place.actor, row)[: MOST_SHOWN + 1])
    others = Site.objects.visible_to(place.actor).filter(customer_id=place.customer_id).exclude(pk=row.pk)
    rest = list(others.order_by("-is_default", "name"))
    context = {
        "place": place,
        "site": row,
        "users": listed[:MOST_SHOWN],
        "are_more": len(listed) > MOST_SHOWN,
        "default": rest[0] if rest and rest[0].is_default else None,
        "is_needed": row.is_default and bool(rest),
        "fault": fault,
        **addresses(place),
    }
    return TemplateResponse(request, "telephony/site_remove.html", context, status=409 if fault else 200)


@require_safe
@for_employees
def mine(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show an employee what those who help are told of where they are, and who changes it."""
    assert actor.customer_id is not None
    assert actor.employee_id is not None
    context = {
        "told": selectors.told(actor, actor.customer_id, actor.employee_id),
        "number": selectors.shown_to_help(actor.employee_id, clock.now()),
        "carried": selectors.is_carried(),
        "administers": actor.role is Role.CUSTOMER_ADMINISTRATOR,
    }
    return TemplateResponse(request, "telephony/my_site.html", context)


def _edit(request: HttpRequest, place: Place, row: Site | None) -> HttpResponse:
    home = country_of(place.actor, place.customer_id)
    now = services.address_of(row) if row else Address(country=home)
    form = SiteForm(request.POST if request.method == "POST" else None, initial=asdict(now), home=home)
    fault = ""
    if form.is_bound and form.is_valid():
        customer = place.customer or Customer.objects.visible_to(place.actor).get(pk=place.customer_id)
        try:
            saved = services.save_site(
                actor=place.actor,
                customer=customer,
                site=row,
                address=Address(**form.cleaned_data),
                seen=request.POST.get("seen", "")[:600],
            )
        except services.NameTaken as error:
            form.add_error("name", str(error))
        except services.SiteChanged as error:
            fault = str(error)
        else:
            said = _("%(name)s is saved: %(address)s. It goes along with the next call to 112 from there.")
            messages.success(request, said % {"name": saved.name, "address": ", ".join(saved.lines)})
            return HttpResponseRedirect(place.url("sites"))
    context = {
        "place": place,
        "site": row,
        "form": form,
        "fault": fault,
        "seen": now.mark,
        "remove_url": place.url("site_remove", row.public_id) if row else "",
        **addresses(place),
    }
    status = 409 if fault else 422 if form.errors else 200
    return TemplateResponse(request, "telephony/site.html", context, status=status)


def _site(place: Place, public_id: UUID) -> Site:
    row: Site = Site.objects.visible_to(place.actor).get(customer_id=place.customer_id, public_id=public_id)
    return row
