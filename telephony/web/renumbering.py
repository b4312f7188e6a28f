"""Another local number for an employee: what changes is said before it is saved."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from myfone.tenancy.models import Employee
from telephony.models import Extension
from telephony.selectors.renumbering import following
from telephony.services import renumbering as services
from telephony.services.phones import PhoneError
from telephony.web.numbers import FORM, Place, addresses, for_numbers

LONGEST = 8


@require_http_methods(FORM)
@for_numbers
def edit(request: HttpRequest, place: Place, employee: UUID) -> HttpResponse:
    """Ask for the number, say what it changes, and save it when that is confirmed."""
    rows = Employee.objects.visible_to(place.actor).filter(customer_id=place.customer_id, ended_at=None)
    person: Employee = rows.get(public_id=employee)
    own = Extension.objects.visible_to(place.actor).filter(employee=person).order_by("number").first()
    before = own.number if own else ""
    typed = request.POST.get("number", "")[: LONGEST * 2].strip()
    here = place.url("person_phones", employee)
    fault, status, asks = "", 200, True
    if request.method == "POST":
        try:
            if request.POST.get("confirm"):
                seen = request.POST.get("seen", "")[:LONGEST]
                services.change_number(actor=place.actor, employee=person, number=typed, seen=seen)
                values = {"name": person.name, "number": typed}
                messages.success(request, _("%(name)s has the local number %(number)s now.") % values)
                return HttpResponseRedirect(here)
            services.check(actor=place.actor, employee=person, number=typed)
            asks = typed == before
        except services.HasAnother as error:
            fault, status, asks = str(error), 409, False
        except PhoneError as error:
            fault, status = str(error), 422
    context = {
        "place": place,
        "person": person,
        "before": before,
        "typed": typed if request.method == "POST" else before,
        "asks": asks,
        "fault": fault,
        "following": None if asks else following(place.actor, person, before),
        "person_url": here,
        **addresses(place),
    }
    return TemplateResponse(request, "telephony/renumber.html", context, status=status)
