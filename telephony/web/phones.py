"""An employee's phones and the numbers they may show, for the company's administrator and for staff (G1, G28)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from myfone.kernel import clock
from myfone.tenancy.models import Employee
from telephony.models import (
    Ddi,
    Extension,
    Forward,
    Phone,
    PhoneKind,
    ShownNumber,
    SipDomain,
    Site,
    SitePlace,
)
from telephony.selectors.numbers import country_of
from telephony.services import dialled_forwards
from telephony.services import phones as services
from telephony.services.sites import place as put
from telephony.web.numbers import FORM, Place, addresses, for_numbers

#: Kinds that sign in with a password of ours; the Skype client is its owner's to connect.
SIP_KINDS = {"desk": PhoneKind.DESK, "softphone": PhoneKind.SOFTPHONE}
ICONS = {
    PhoneKind.SKYPE: "message-circle",
    PhoneKind.DESK: "phone",
    PhoneKind.SOFTPHONE: "monitor",
    PhoneKind.MOBILE: "smartphone",
}


@require_http_methods(FORM)
@for_numbers
def show(request: HttpRequest, place: Place, employee: UUID) -> HttpResponse:
    """Show an employee's phones, add and end them, and stop a forward; a password is shown this once."""
    person: Any = _person(place, employee)
    here = place.url("person_phones", employee)
    made: dict[str, str] = {}
    fault = ""
    if request.method == "POST":
        try:
            made = _change(request, place, person)
        except services.PhoneError as error:
            fault = str(error)
        if not made and not fault:
            return HttpResponseRedirect(here)
    phones = list(_phones(place, person))
    all_sites = list(
        Site.objects.visible_to(place.actor)
        .filter(customer_id=place.customer_id)
        .order_by("-is_default", "name")
    )
    rows = SitePlace.objects.visible_to(place.actor).filter(employee=person)
    placed = {row.phone_id: row.site_id for row in rows} if all_sites else {}
    numbers = (
        Ddi.objects.visible_to(place.actor)
        .filter(customer_id=place.customer_id, ended_at=None)
        .annotate(is_own=Q(extension__employee=person))
        .filter(Q(is_own=True) | Exists(_grants(place, person)))
        .order_by("-is_own", "number")
    )
    context = {
        "place": place,
        "person": person,
        "here": here,
        "phones": [(phone, ICONS[PhoneKind(phone.kind)]) for phone in phones],
        "count": len(phones),
        "numbers": numbers,
        "made": made,
        "sites": _sites(all_sites, phones, placed),
        "all_sites": all_sites,
        "fault": fault,
        "typed": request.POST.get("number", "")[:40] if fault else "",
        **addresses(place),
    }
    return TemplateResponse(request, "telephony/person_phones.html", context, status=422 if fault else 200)


def _change(request: HttpRequest, place: Place, person: Any) -> dict[str, str]:
    """Do what the form says; return what is shown once, if anything."""
    do, actor, at = request.POST.get("do", ""), place.actor, clock.now()
    if do == "mobile":
        country = country_of(actor, place.customer_id)
        typed = request.POST.get("number", "")[:40].strip()
        phone = services.add_mobile(actor=actor, employee=person, number=typed, country=country)
        messages.success(request, _("%(phone)s rings from the next call on.") % {"phone": phone})
    elif do in SIP_KINDS and person.realm_id:
        domain = SipDomain.objects.visible_to(actor).get(pk=person.realm_id)
        count = request.POST.get("count", "")[:4]
        seen = int(count) if count.isdecimal() else -1
        try:
            phone, password = services.add_sip_phone(
                actor=actor, employee=person, sip_domain=domain, kind=SIP_KINDS[do], seen=seen, at=at
            )
        except services.PhonesChanged as error:
            messages.info(request, str(error))
            return {}
        return {
            "address": str(phone),
            "username": phone.username,
            "domain": domain.name,
            "password": password,
            "server": settings.ENVIRONMENT.sip_target,
        }
    elif do == "stop":
        if dialled_forwards.stop(actor=actor, employee=person, number=request.POST.get("number", "")[:16]):
            text = _("Calls to %(name)s are no longer forwarded, from the next call on.")
            messages.success(request, text % {"name": person.name})
        else:
            messages.info(request, _("That forward was gone already. Nothing was stopped."))
    elif do == "sites":
        _place(request, place, person)
        messages.success(request, _("Saved. It holds from the next call on."))
    elif do == "end":
        wanted = request.POST.get("phone", "")
        for phone in _phones(place, person):
            if str(phone.public_id) == wanted:
                services.end_phone(actor=actor, phone=phone, at=at)
                messages.success(request, _("%(phone)s no longer rings.") % {"phone": phone})
    return {}


def _sites(sites: list[Site], phones: list[Phone], placed: dict[int | None, int]) -> list[tuple[str, ...]]:
    """Return the fields that say where the employee is, and each phone that signs in."""
    if not sites:
        return []
    default = next((site.name for site in sites if site.is_default), "–")
    usual = _("As everybody: %(name)s") % {"name": default}
    found: list[Any] = [("site", _("The employee"), usual, placed.get(None))]
    own = [phone for phone in phones if phone.sip_domain_id]
    return found + [
        (f"site-{phone.public_id}", phone.title, _("Where the employee is"), placed.get(phone.pk))
        for phone in own
    ]


def _place(request: HttpRequest, place: Place, person: Any) -> None:
    """Put the employee and each phone at the sites that the form names."""
    rows = Site.objects.visible_to(place.actor).filter(customer_id=place.customer_id)
    by_id = {str(site.public_id): site for site in rows}
    named: list[tuple[str, Phone | None]] = [("site", None)]
    named += [(f"site-{phone.public_id}", phone) for phone in _phones(place, person) if phone.sip_domain_id]
    for name, phone in named:
        wanted = request.POST.get(name)
        if wanted is not None and (not wanted or wanted in by_id):
            put(actor=place.actor, employee=person, site=by_id.get(wanted), phone=phone)


def _person(place: Place, public_id: UUID) -> Employee:
    actor = place.actor
    realms = SipDomain.objects.visible_to(actor).filter(customer_id=place.customer_id, ended_at=None)
    local = Extension.objects.visible_to(actor).filter(employee=OuterRef("pk")).order_by("number")
    forward = Forward.objects.visible_to(actor).filter(employee=OuterRef("pk"))
    rows = Employee.objects.visible_to(actor).filter(customer_id=place.customer_id, ended_at=None)
    row: Employee = rows.annotate(
        realm_id=Subquery(realms.order_by("pk").values("pk")[:1]),
        local=Subquery(local.values("number")[:1]),
        forwarded_to=Subquery(forward.values("number")[:1]),
        forwarded_since=Subquery(forward.values("since")[:1]),
    ).get(public_id=public_id)
    return row


def _phones(place: Place, person: Employee) -> Any:
    rows = Phone.objects.visible_to(place.actor).filter(employee=person, ended_at=None)
    return rows.select_related("sip_domain").order_by("kind", "pk")


def _grants(place: Place, person: Employee) -> Any:
    return ShownNumber.objects.visible_to(place.actor).filter(ddi=OuterRef("pk"), employee=person)
