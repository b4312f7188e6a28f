"""The wizard's DNS stage: what to set up, what was found, live while the watch runs (G13, G14)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import quote, urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from myfone.kernel import clock
from myfone.kernel.gateways import is_live
from myfone.tenancy.actor import Actor
from provisioning.certificate_texts import report_of
from provisioning.models import Setup
from provisioning.rules.stages import StageName
from provisioning.selectors.dns import DnsStanding, dns_standing, find_setup
from provisioning.selectors.setups import find
from provisioning.services import claims, dns_watch, upkeep
from provisioning.services.setup import StageClosed, confirm_stage
from provisioning.web.wizard import for_staff, stage_page, to

NO_CONTENT = 204
TEMPLATE = "provisioning/dns.html"
View = Callable[[HttpRequest, Actor, Setup], HttpResponse]


def of_setup(view: View) -> Callable[..., HttpResponse]:
    """Give the view the actor and the setup of the address; a foreign setup is no setup."""

    @for_staff
    @wraps(view)
    def wrapped(request: HttpRequest, setup: UUID) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        try:
            found = find_setup(actor=actor, public_id=setup)
        except Setup.DoesNotExist as error:
            raise Http404 from error
        return view(request, actor, found)

    return wrapped


@require_safe
@never_cache
@of_setup
def page(request: HttpRequest, actor: Actor, setup: Setup) -> HttpResponse:
    """Show the stage; a browser that has the latest look already gets nothing."""
    seen = dns_standing(actor=actor, setup=setup, at=clock.now())
    if request.htmx:  # type: ignore[attr-defined]
        has = request.GET.get("seen", "")
        if has == seen.seen and not seen.checking:
            return HttpResponse(status=NO_CONTENT)
        if not (seen.running or (seen.in_use and seen.checking)):
            # It has ended: the stages at the left and the buttons below have changed too.
            return HttpResponse(status=NO_CONTENT, headers={"HX-Refresh": "true"})
        context = _context(seen) | {"announce": not has.startswith(f"{seen.news}-")}
        return TemplateResponse(request, f"{TEMPLATE}#status", context)
    standing = find(actor=actor, customer_public_id=setup.customer.public_id, setup=setup)
    context = _context(seen) | {"certificate": report_of(standing, clock.now())}
    return stage_page(request, standing, StageName.DNS, TEMPLATE, context)


def _context(seen: DnsStanding) -> dict[str, object]:
    return {
        "dns": seen,
        "setup": seen.setup,
        "zone_file": seen.records.zone_file(),
        "letter": _letter(seen),
        "addresses": sorted(seen.records.addresses),
        "standin": "" if is_live("dns") else _("no name server is asked on this machine."),
    }


def _letter(seen: DnsStanding) -> str:
    """Return a mailto: address with a letter to the web host, ready to send."""
    domain = seen.setup.domain
    subject = _("DNS records for %(domain)s") % {"domain": domain}
    body = _("Please set up these records on %(domain)s, and delete other records of Skype for Business:") % {
        "domain": domain
    }
    lines = [body, "", *(record.zone_line for record in seen.records)]
    if seen.older:
        lines += ["", _("Delete these if they exist:"), *seen.older]
    if seen.problems:
        lines += ["", _("What we found:"), *(f"- {problem}" for problem in seen.problems)]
    # Lines of a mail end so (RFC 6068, 5); some mail programs run them together otherwise.
    return "mailto:?" + urlencode({"subject": subject, "body": "\r\n".join(lines)}, quote_via=quote)


@require_POST
@of_setup
def start(request: HttpRequest, actor: Actor, setup: Setup) -> HttpResponse:
    """Begin the watch: “I have set up the DNS records on the domain”."""
    at = clock.now()
    if setup.live_at is not None:
        return _look_now(request, actor, setup)
    try:
        with transaction.atomic():
            confirm_stage(actor=actor, customer=setup.customer, stage=StageName.DNS, at=at, setup=setup)
            dns_watch.start(actor=actor, setup=setup, at=at)
    except StageClosed as closed:
        messages.error(request, str(closed))
    except dns_watch.StartedTooOften as refusal:
        messages.warning(request, refusal.message)
    except dns_watch.NoReportAddress as refusal:
        messages.error(request, refusal.message)
        return to("setup-report", find(actor=actor, customer_public_id=setup.customer.public_id, setup=setup))
    return redirect("setup-dns", setup=setup.public_id)


@require_POST
@of_setup
def check(request: HttpRequest, actor: Actor, setup: Setup) -> HttpResponse:
    """Look at once."""
    if setup.live_at is not None:
        return _look_now(request, actor, setup)
    try:
        dns_watch.check_now(actor=actor, setup=setup, at=clock.now())
    except (dns_watch.CheckedJustNow, dns_watch.NotRunning) as refusal:
        messages.warning(request, refusal.message)
    return redirect("setup-dns", setup=setup.public_id)


def _look_now(request: HttpRequest, actor: Actor, setup: Setup) -> HttpResponse:
    """Look at a domain in use at once."""
    try:
        upkeep.look_now(actor=actor, setup=setup, at=clock.now())
    except (upkeep.LookedJustNow, upkeep.NotInUse) as refusal:
        messages.warning(request, refusal.message)
    return redirect("setup-dns", setup=setup.public_id)


@require_POST
@of_setup
def renew(request: HttpRequest, actor: Actor, setup: Setup) -> HttpResponse:
    """Give the claim on the domain seven more days, or take a lapsed one up again."""
    if setup.ended_at is None:
        claims.renew(actor=actor, setup=setup, at=clock.now())
        messages.success(
            request,
            _("The request for %(domain)s stands for seven days from now.") % {"domain": setup.domain},
        )
    return redirect("setup-dns", setup=setup.public_id)


@require_safe
@of_setup
def zone_file(request: HttpRequest, actor: Actor, setup: Setup) -> HttpResponse:
    """Hand out the records as a zone file."""
    records = dns_standing(actor=actor, setup=setup, at=clock.now()).records
    answer = HttpResponse(records.zone_file(), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{setup.domain}.zone.txt"'
    return answer


urlpatterns = [
    path("setup/<uuid:setup>/dns/", page, name="setup-dns"),
    path("setup/<uuid:setup>/dns/start/", start, name="setup-dns-start"),
    path("setup/<uuid:setup>/dns/check/", check, name="setup-dns-check"),
    path("setup/<uuid:setup>/dns/renew/", renew, name="setup-dns-renew"),
    path("setup/<uuid:setup>/dns/zone-file/", zone_file, name="setup-dns-zone-file"),
]
