"""A customer's numbers: what each leads to, led elsewhere with what changes for callers shown before it is saved.

The customer's administrator sees the own company's, staff any customer's of theirs, who give and take back too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myfone.kernel import clock
from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.models import Customer, Employee
from telephony.models import Ddi
from telephony.rules.numbers import international
from telephony.selectors import numbers as selectors
from telephony.selectors.colleagues import danish
from telephony.selectors.folding import named
from telephony.selectors.sites import has_none
from telephony.services import numbers as services

FORM = ["GET", "HEAD", "POST"]
PAGE_SIZE = 50
LONGEST_QUERY = 80
#: Many employees: a search finds whom a number is to lead to or who may show it.
MOST_PEOPLE = 12
LEADS = (
    ("", gettext_lazy("All")),
    ("employee", gettext_lazy("Employees")),
    ("queue", gettext_lazy("Queues")),
    ("nobody", gettext_lazy("Nobody")),
)


@dataclass(frozen=True)
class Place:
    """Whose numbers are looked at, by whom; addresses differ for staff, who look at many customers."""

    actor: Actor
    customer_id: int
    customer: Customer | None = None

    def url(self, name: str, *arguments: object) -> str:
        if self.customer is None:
            return reverse(name, args=arguments)
        return reverse(f"customer_{name}", args=[self.customer.public_id, *arguments])


View = Callable[..., HttpResponse]


def for_numbers(view: View) -> View:
    """Open a page to the company's administrator, or to staff about one customer; for others it does not exist."""

    @wraps(view)
    @never_cache
    @login_required
    def guarded(request: HttpRequest, customer: UUID | None = None, **kwargs: Any) -> HttpResponse:
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None:
            raise Http404
        if customer is None:
            if actor.role is not Role.CUSTOMER_ADMINISTRATOR or actor.customer_id is None:
                raise Http404
            place = Place(actor, actor.customer_id)
        else:
            rows = Customer.objects.visible_to(actor).filter(public_id=customer, ended_at=None)
            found = rows.first() if actor.is_staff else None
            if found is None:
                raise Http404
            place = Place(actor, found.pk, found)
        try:
            return view(request, place, **kwargs)
        except ObjectDoesNotExist as error:
            raise Http404 from error

    return guarded


@require_safe
@for_numbers
def index(request: HttpRequest, place: Place) -> HttpResponse:
    """List the numbers of the public network, with whom each leads to."""
    query, leads = _query(request), request.GET.get("leads", "")
    leads = leads if leads in dict(LEADS) else ""
    rows = selectors.direct(place.actor, place.customer_id, query, leads)
    listed = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    asked = urlencode({name: value for name, value in (("q", query), ("leads", leads)) if value})
    context = {
        "place": place,
        "query": query,
        "asked": asked,
        "leads": leads,
        "choices": LEADS,
        "listed": listed,
        "rows": [(row, selectors.place_of(row.extension) if row.extension else None) for row in listed],
        "longest": LONGEST_QUERY,
        "has_no_site": has_none(place.actor, place.customer_id),
        **addresses(place),
    }
    return TemplateResponse(request, "telephony/numbers.html", context)


@require_safe
@for_numbers
def local(request: HttpRequest, place: Place) -> HttpResponse:
    """List the local numbers, with whose each is."""
    query = _query(request)
    listed = Paginator(selectors.local(place.actor, place.customer_id, query), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "place": place,
        "query": query,
        "asked": urlencode({"q": query}) if query else "",
        "listed": listed,
        "rows": [selectors.place_of(row) for row in listed],
        "longest": LONGEST_QUERY,
        **addresses(place),
    }
    return TemplateResponse(request, "telephony/numbers_local.html", context)


@require_safe
@for_numbers
def show(request: HttpRequest, place: Place, ddi: UUID) -> HttpResponse:
    """Show one number, whom it may be led to, and who may show it when they call."""
    row = _row(place, ddi)
    query, people = _query(request), _query(request, "person")
    leads_to = selectors.place_of(row.extension) if row.extension else None
    was = request.GET.get("was")
    places = selectors.places(place.actor, place.customer_id, query)
    context = {
        "place": place,
        "ddi": row,
        "leads_to": leads_to,
        "was": was if was is not None and len(was) < 9 else None,
        "query": query,
        "candidates": [
            one for one in places[: selectors.MOST_PLACES] if leads_to is None or one.id != leads_to.id
        ],
        "are_more": len(places) > selectors.MOST_PLACES,
        "showing": list(selectors.showing(place.actor, row)[: 2 * PAGE_SIZE]),
        "person": people,
        "people": _people(place, people) if people else [],
        "longest": LONGEST_QUERY,
        **addresses(place, row),
    }
    return TemplateResponse(request, "telephony/number.html", context)


@require_http_methods(FORM)
@for_numbers
def lead(request: HttpRequest, place: Place, ddi: UUID) -> HttpResponse:
    """Say what changes for callers, and let the number lead elsewhere."""
    row = _row(place, ddi)
    said = request.POST if request.method == "POST" else request.GET
    to = said.get("to", "")[:8]
    fault, status = "", 200
    if request.method == "POST":
        seen = said.get("seen", "")[:8]
        try:
            services.lead(actor=place.actor, ddi=row, to=to, seen=seen)
        except services.PhoneError as error:
            fault, status = str(error), 409
            row = _row(place, ddi)
        else:
            messages.success(request, _led(place, row, to))
            back = f"{place.url('number', row.public_id)}?{urlencode({'was': seen})}"
            return HttpResponseRedirect(back if seen != to else place.url("number", row.public_id))
    now = selectors.place_of(row.extension) if row.extension else None
    wanted = selectors.place(place.actor, place.customer_id, to) if to else None
    if to and wanted is None:
        messages.error(request, str(services.NobodyThere()))
        return HttpResponseRedirect(place.url("number", row.public_id))
    context = {
        "place": place,
        "ddi": row,
        "now": now if now and now.kind != "nobody" else None,
        "seen": row.extension.number if row.extension else "",
        "to": to,
        "wanted": wanted,
        "is_the_same": now is not None and wanted is not None and now.id == wanted.id,
        "loses_own": selectors.loses_own_number(place.actor, row, now),
        "fault": fault,
        **addresses(place, row),
    }
    return TemplateResponse(request, "telephony/number_lead.html", context, status=status)


@require_POST
@for_numbers
def main(request: HttpRequest, place: Place, ddi: UUID) -> HttpResponse:
    """Make a number the company's main number."""
    row = services.make_main(actor=place.actor, ddi=_row(place, ddi))
    said = _("%(number)s is the main number now. It is shown for those who have none of their own.")
    messages.success(request, said % {"number": international(row.number)})
    return HttpResponseRedirect(place.url("number", row.public_id))


@require_POST
@for_numbers
def shown(request: HttpRequest, place: Place, ddi: UUID) -> HttpResponse:
    """Let an employee show a number to those called, or no longer."""
    row = _row(place, ddi)
    try:
        wanted = UUID(request.POST.get("employee", ""))
    except ValueError:
        wanted = None
    people = Employee.objects.visible_to(place.actor).filter(customer_id=place.customer_id, ended_at=None)
    person = people.filter(public_id=wanted).first()
    if person is None:
        messages.error(request, _("Choose somebody from the list. Nothing was changed."))
    else:
        may = request.POST.get("do") != "remove"
        services.let_show(actor=place.actor, ddi=row, employee=person, may=may)
        said = (
            _("%(name)s may show %(number)s, and chooses it in a ring profile.")
            if may
            else _("%(name)s no longer shows %(number)s.")
        )
        messages.success(request, said % {"name": person.name, "number": international(row.number)})
    return HttpResponseRedirect(f"{place.url('number', row.public_id)}#shown")


@require_http_methods(FORM)
@for_numbers
def give(request: HttpRequest, place: Place) -> HttpResponse:
    """Give a customer numbers."""
    assert place.customer is not None
    text, to, fault = request.POST.get("numbers", "")[:20_000], request.POST.get("to", "")[:8].strip(), ""
    if request.method == "POST":
        try:
            made = services.give(actor=place.actor, customer=place.customer, text=text, to=to)
        except services.PhoneError as error:
            fault = str(error)
        else:
            said = ngettext("%(count)d number is given.", "%(count)d numbers are given.", len(made))
            if made:
                messages.success(request, said % {"count": len(made)})
            else:
                messages.info(request, _("%(name)s has these numbers already.") % {"name": place.customer})
            return HttpResponseRedirect(place.url("numbers"))
    context = {"place": place, "text": text, "to": to, "fault": fault, **addresses(place)}
    return TemplateResponse(request, "telephony/numbers_give.html", context, status=422 if fault else 200)


@require_http_methods(FORM)
@for_numbers
def take_back(request: HttpRequest, place: Place, ddi: UUID) -> HttpResponse:
    """Ask whether to take a number back from a customer, and take it back."""
    row = _row(place, ddi)
    fault = str(services.MainNumber()) if selectors.is_needed(place.actor, row) else ""
    if request.POST.get("confirm") and not fault:
        try:
            services.take_back(actor=place.actor, ddi=row, at=clock.now())
        except services.MainNumber as error:
            fault = str(error)
        else:
            messages.success(request, _("%(number)s is taken back.") % {"number": international(row.number)})
            return HttpResponseRedirect(place.url("numbers"))
    context = {
        "place": place,
        "fault": fault,
        "ddi": row,
        "leads_to": selectors.place_of(row.extension) if row.extension else None,
        "showing": selectors.showing(place.actor, row).count(),
        **addresses(place, row),
    }
    refused = bool(fault and request.method == "POST")
    return TemplateResponse(request, "telephony/number_end.html", context, status=422 if refused else 200)


def _led(place: Place, row: Ddi, to: str) -> str:
    found = selectors.place(place.actor, place.customer_id, to) if to else None
    values = {"number": international(row.number), "name": found.name if found else ""}
    if found is None:
        return _("%(number)s leads to nobody now.") % values
    if found.kind == "queue":
        return _("%(number)s rings the queue %(name)s from the next call on.") % values
    return _("%(number)s rings %(name)s from the next call on.") % values


def addresses(place: Place, row: Ddi | None = None) -> dict[str, str]:
    """Return the addresses that the pages about a customer's numbers name."""
    found = {name: place.url(name) for name in ("numbers", "numbers_local", "sites", "site_new")}
    if place.customer is not None:
        found |= {name: place.url(name) for name in ("numbers_give", "call_policy", "codes")}
    if row is not None:
        names = ["number", "number_lead", "number_main", "number_shown"]
        names += ["number_end"] if place.customer is not None else []
        found |= {name: place.url(name, row.public_id) for name in names}
    return {f"{name}_url": url for name, url in found.items()}


def _query(request: HttpRequest, name: str = "q") -> str:
    return " ".join(request.GET.get(name, "")[:LONGEST_QUERY].split()).replace("\0", "")


def _people(place: Place, words: str) -> list[Employee]:
    people = Employee.objects.visible_to(place.actor).filter(
        named("name", words), customer_id=place.customer_id, ended_at=None
    )
    return list(people.order_by(danish("name"))[:MOST_PEOPLE])


def _row(place: Place, public_id: UUID) -> Ddi:
    row: Ddi = selectors.direct(place.actor, place.customer_id).get(public_id=public_id)
    return row
