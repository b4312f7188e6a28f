"""Pages on which the reseller reports licences: one by one, for all, or from a file (G7)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing import selectors as billing_selectors
from billing import services as billing
from billing.models import LicenceGroup
from billing.rules import NO_SKYPE
from myfone.kernel import clock, sheets
from myfone.tenancy.actor import Actor
from provisioning.rules import licence_file
from provisioning.rules.licence_file import BadFile, FileFault, Finding, LineFault
from provisioning.rules.stages import StageName
from provisioning.selectors.orders import price_for, price_with
from provisioning.selectors.setups import Standing
from provisioning.services import licences as service
from provisioning.web.forms import group_label
from provisioning.web.ordering import PAGE_SIZE, by_group
from provisioning.web.wizard import CONFLICT, of_customer, page, to
from telephony.selectors.folding import named

SHOWN = 100
WITHOUT = "without"
FILE_FAULTS: dict[FileFault, Promise] = {
    FileFault.EMPTY: gettext_lazy("The file is empty. Choose the one that holds the list."),
    FileFault.TOO_LARGE: gettext_lazy("The file is larger than 2 MB. Leave out columns that are not needed."),
    FileFault.TOO_MANY: gettext_lazy("The file has more than 10,000 lines. Split it in two."),
    FileFault.WORKBOOK: gettext_lazy(
        "This is a workbook. Save it as CSV first: File, Save as, CSV (separated by semicolons)."
    ),
    FileFault.NOT_TEXT: gettext_lazy("This is not a text file. Save the list as CSV."),
    FileFault.NO_HEADER: gettext_lazy(
        "The first line must name the columns: one of them “E-mail” and one “Licence”."
    ),
    FileFault.UNREADABLE: gettext_lazy(
        "Line %(line)s cannot be read. Look for a quotation mark that is never closed."
    ),
}
LINE_FAULTS: dict[LineFault, Promise] = {
    LineFault.NO_EMAIL: gettext_lazy("No e-mail address. Add it, or delete the line."),
    LineFault.UNKNOWN_EMPLOYEE: gettext_lazy(
        "The customer has no employee with this address. Add the employee, or mend the address."
    ),
    LineFault.UNKNOWN_LICENCE: gettext_lazy("There is no such licence. Use a name from the catalogue."),
    LineFault.CONNECTED: gettext_lazy(
        "The employee is connected to Skype for Business, and disconnects first in Myfone under Settings."
    ),
    LineFault.TWICE: gettext_lazy("Line %(other)s gives this employee another licence. Delete one of them."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer
def licences(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """List who has which licence, and report others; a page of employees at a time."""
    at = clock.now()
    if request.method == "POST":
        choices = _choices(request.POST)
        people: Any = billing_selectors.employees_with_licence(
            actor=actor, customer_id=standing.customer.pk, date=clock.local_date(at)
        )
        known = people.filter(public_id__in=list(choices)).values_list("public_id", "pk")
        wanted = {pk: choices[public_id] for public_id, pk in known}
        try:
            changed = service.report_each(actor=actor, customer=standing.customer, licences=wanted, at=at)
        except (billing.UnknownLicence, billing.UnknownEmployee, billing.StillConnected) as error:
            messages.error(request, str(error))
        else:
            _say_changed(request, changed)
            onward = request.POST.get("next_page", "")
            if onward.isdigit():
                return _back(request, standing, page=onward)
            ordered = standing.order is not None and standing.order.confirmed_at is not None
            if standing.order is not None and not ordered:
                return to("setup-confirm", standing)
            return _back(request, standing)
    return _list(request, actor, standing)


def _list(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    at = clock.now()
    customer = standing.customer.pk
    rows: Any = billing_selectors.employees_with_licence(
        actor=actor, customer_id=customer, date=clock.local_date(at)
    )
    asked, show = request.GET.get("q", "").replace("\0", "").strip()[:100], request.GET.get("show", "")
    if asked:
        rows = rows.filter(named("name", asked) | Q(email__icontains=asked))
    if show == WITHOUT:
        rows = rows.filter(licence_code=None)
    elif show == NO_SKYPE:
        rows = rows.filter(licence_code=NO_SKYPE)
    elif show in LicenceGroup.values:
        rows = rows.filter(licence_group=show)
    paginator = Paginator(rows, PAGE_SIZE)
    if not asked and not show:
        paginator.count = standing.customer.everyone_count  # type: ignore[attr-defined]
    cost = price_for(actor=actor, customer_id=customer, licence_code=None, at=at)
    context = {
        "listed": paginator.get_page(request.GET.get("page")),
        "groups": [
            {"label": group_label(members[0]), "offers": members}
            for members in by_group(cost.offers).values()
        ],
        "price": cost,
        "asked": asked,
        "show": show,
        "shows": [
            ("", _("All")),
            (WITHOUT, _("Without a licence")),
            *LicenceGroup.choices,
            (NO_SKYPE, _("No Skype")),
        ],
        "no_skype": NO_SKYPE,
        "query": _filter(asked, show),
    }
    return page(request, standing, StageName.ORDER, "provisioning/licences.html", context)


def _filter(asked: str, show: str) -> str:
    query = QueryDict(mutable=True)
    if asked:
        query["q"] = asked
    if show:
        query["show"] = show
    return query.urlencode()


@require_safe
@of_customer
def price(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Show the price with what is chosen on the page, before it is saved."""
    found = price_with(
        actor=actor, customer_id=standing.customer.pk, choices=_choices(request.GET), at=clock.now()
    )
    return TemplateResponse(
        request, "provisioning/licences.html#price", {"price": found, "customer": standing.customer}
    )


@require_POST
@of_customer
def for_all(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Report one licence for everybody, or for those who have none."""
    code, whom = request.POST.get("licence", ""), request.POST.get("whom", "")
    if not code:
        messages.error(request, _("Choose a licence first. Nothing was changed."))
        return to("setup-licences", standing)
    try:
        changed = service.report_all(
            actor=actor,
            customer=standing.customer,
            licence=code,
            whom=service.Whom(whom) if whom in set(service.Whom) else service.Whom.MISSING,
            at=clock.now(),
        )
    except (billing.UnknownLicence, billing.StillConnected) as error:
        messages.error(request, str(error))
    else:
        _say_changed(request, changed)
    return to("setup-licences", standing)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_customer
def load(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Read a CSV file, show what it would change, and change it when that is confirmed."""
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            text = _text_of(request)
            table = licence_file.rows(text)
        except BadFile as bad:
            context["fault"] = str(FILE_FAULTS[bad.fault]) % {"line": bad.line}
            status = CONFLICT
        else:
            preview = _preview(actor, standing, table)
            if "confirm" in request.POST:
                try:
                    changed = service.report_each(
                        actor=actor, customer=standing.customer, licences=preview["wanted"], at=clock.now()
                    )
                except billing.StillConnected as error:
                    messages.error(request, str(error))
                else:
                    _say_changed(request, changed)
                return to("setup-licences", standing)
            context |= preview | {"text": text}
    return page(
        request, standing, StageName.ORDER, "provisioning/licences_import.html", context, status=status
    )


def _text_of(request: HttpRequest) -> str:
    """Return the uploaded file's text; when confirming, the text that the preview carried along."""
    upload = request.FILES.get("file")
    if upload is not None:
        if (upload.size or 0) > licence_file.LARGEST:
            raise BadFile(FileFault.TOO_LARGE)
        return licence_file.decoded(upload.read())
    return licence_file.decoded(request.POST.get("text", "").encode())


def _preview(actor: Actor, standing: Standing, table: Any) -> dict[str, Any]:
    date = clock.local_date(clock.now())
    offers = billing_selectors.catalogue(date)
    rows: Any = billing_selectors.employees_with_licence(
        actor=actor, customer_id=standing.customer.pk, date=date
    )
    people = {
        email.lower(): (pk, name, code)
        for pk, name, email, code in rows.values_list("pk", "name", "email", "licence_code")
    }
    known = licence_file.Licences.of((offer.code, offer.name) for offer in offers)
    connected = {email.lower() for email in rows.filter(is_activated=True).values_list("email", flat=True)}
    reading = licence_file.read(table, employees=people, licences=known, connected=connected)
    names = {offer.code: offer.name for offer in offers} | {NO_SKYPE: _("No Skype")}
    changes = [
        {
            "name": people[email][1],
            "email": email,
            "before": names.get(people[email][2]),
            "after": names[code],
        }
        for email, code in reading.wanted.items()
        if people[email][2] != code
    ]
    return {
        "catalogue": [(found[0].group_name, [o.name for o in found]) for found in by_group(offers).values()],
        "wanted": {people[email][0]: code for email, code in reading.wanted.items()},
        "changes": changes[:SHOWN],
        "changed": len(changes),
        "more_changes": max(0, len(changes) - SHOWN),
        "same": len(reading.wanted) - len(changes) + reading.skipped,
        "findings": [_said(one) for one in reading.findings[:SHOWN]],
        "wrong": len(reading.findings),
        "more_findings": max(0, len(reading.findings) - SHOWN),
    }


def _said(finding: Finding) -> dict[str, Any]:
    text = str(LINE_FAULTS[finding.fault]) % {"other": finding.other}
    if finding.likely:
        text = _("There is no such licence. Did you mean %(name)s?") % {"name": finding.likely}
    is_unknown = finding.fault is LineFault.UNKNOWN_LICENCE
    return {"line": finding.line, "value": finding.text[:120], "text": text, "catalogue": is_unknown}


@require_safe
@of_customer
def export(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Give the employees with their licences as a file that can be edited and read in again."""
    date = clock.local_date(clock.now())
    people: Any = billing_selectors.employees_with_licence(
        actor=actor, customer_id=standing.customer.pk, date=date
    )
    rows = people.values_list("name", "email", "licence_name", "licence_since", "price_each", "licence_code")
    header = (_("Name"), _("E-mail"), _("Licence"), _("Since"), _("Per month"))
    content = licence_file.written(
        header,
        (
            (
                name,
                email,
                _("No Skype") if code == NO_SKYPE else licence or "",
                clock.local_date(since).isoformat() if since else "",
                "" if each is None else sheets.decimal(each),
            )
            for name, email, licence, since, each, code in rows
        ),
    )
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{_("licences")}-{date.isoformat()}.csv"'
    return response


def _choices(data: Mapping[str, Any]) -> dict[uuid.UUID, str]:
    """Return the licence chosen for each employee, by public id; what names nobody is left out."""
    found = {}
    for name, code in data.items():
        if name.startswith("licence-") and code:
            try:
                found[uuid.UUID(name.removeprefix("licence-"))] = str(code)
            except ValueError:
                continue
    return found


def _say_changed(request: HttpRequest, changed: int) -> None:
    text = ngettext("%(number)d licence reported.", "%(number)d licences reported.", changed)
    messages.success(request, text % {"number": changed})


def _back(request: HttpRequest, standing: Standing, **more: str) -> HttpResponseRedirect:
    """Go back to the list as it was filtered."""
    query = QueryDict(_filter(request.POST.get("q", "")[:100], request.POST.get("show", "")), mutable=True)
    query.update(more)
    return HttpResponseRedirect(f"{request.path}?{query.urlencode()}" if query else request.path)
