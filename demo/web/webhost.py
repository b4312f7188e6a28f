"""Play the customer's web host: the zone of its domain as a form, to break and to mend."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from demo.people import DOMAIN
from demo.webhost import BadRecord, Entry, NameServerSilent, NotTaken, ZoneHost, zone_host
from demo.webhost.zone import TYPES, office365_entries
from provisioning.rules.records import LEFTOVERS
from provisioning.services.dns_look import records_of

LONGEST_TTL = 86400


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def webhost(request: HttpRequest) -> HttpResponse:
    """Show the zone, and do what a button says."""
    host = zone_host(DOMAIN)
    refused = {}
    if request.method == "POST":
        if change(request, host):
            return redirect("demo_zone")
        # What was typed stays, to be mended.
        refused = {name: request.POST.get(name, "") for name in ("do", "was", "owner", "type", "data", "ttl")}
    entries: list[Entry] = []
    silent = False
    try:
        entries = host.entries()
    except NameServerSilent:
        silent = True
    context = {"host": host, "domain": DOMAIN, "entries": entries, "types": TYPES, "silent": silent}
    added = refused if refused.get("do") == "add" else None
    context |= {"refused": refused, "added": added}
    return TemplateResponse(request, "demo/webhost.html", context, status=409 if refused else 200)


def change(request: HttpRequest, host: ZoneHost) -> bool:
    """Do what was asked and say how it went; return whether it was done."""
    try:
        messages.success(request, ACTIONS[request.POST.get("do", "")](request, host))
        return True
    except KeyError:
        messages.error(request, _("There is no such button."))
    except BadRecord as error:
        messages.error(request, _("This record cannot be read: %(what)s") % {"what": error})
    except NotTaken:
        messages.error(
            request, _("The name server did not take it. A CNAME cannot stand beside other records.")
        )
    except NameServerSilent:
        messages.error(request, _("The name server does not answer. Nothing was changed."))
    return False


def _typed(request: HttpRequest, host: ZoneHost) -> Entry:
    ttl = request.POST.get("ttl", "600")
    if not ttl.isascii() or not ttl.isdigit() or int(ttl) > LONGEST_TTL:
        raise BadRecord(ttl)
    posted = request.POST.get
    return Entry.parse(host.zone, posted("owner", ""), posted("type", ""), posted("data", ""), int(ttl))


def _was(request: HttpRequest, host: ZoneHost) -> Entry:
    return Entry.of_line(host.zone, request.POST.get("was", ""))


def _add(request: HttpRequest, host: ZoneHost) -> str:
    host.change(add=[_typed(request, host)])
    return _("The record was added.")


def _save(request: HttpRequest, host: ZoneHost) -> str:
    host.change(remove=[_was(request, host)], add=[_typed(request, host)])
    return _("The record was changed.")


def _delete(request: HttpRequest, host: ZoneHost) -> str:
    host.change(remove=[_was(request, host)])
    return _("The record was deleted.")


def _office365(request: HttpRequest, host: ZoneHost) -> str:
    _become(host, office365_entries(host.zone))
    return _("The zone is as Office 365 left it.")


def _guide(request: HttpRequest, host: ZoneHost) -> str:
    records = records_of(host.zone)
    ours = [
        Entry.parse(host.zone, record.name.absolute, record.type, record.value.zone_text)
        for record in records
    ]
    gone = {".".join(leftover.labels) for leftover in LEFTOVERS} | {entry.owner for entry in ours}
    kept = [entry for entry in host.entries() if entry.owner.lower() not in gone]
    _become(host, [*kept, *ours])
    return _("The four records are set up, and what was left of Office 365 is gone.")


def _become(host: ZoneHost, wanted: Iterable[Entry]) -> None:
    wished, held = list(wanted), host.entries()
    host.change(
        remove=[entry for entry in held if entry not in wished],
        add=[entry for entry in wished if entry not in held],
    )


ACTIONS = {"add": _add, "save": _save, "delete": _delete, "office365": _office365, "guide": _guide}
