"""Pages of certificates: one domain's, with its key and a new one at once; and all domains', by what runs out when."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from provisioning.certificate_texts import certificate_report, next_action
from provisioning.models import KeyChoice, Setup
from provisioning.rules.certificate_plan import EQUAL_A_WEEK, KEPT_FOR_RENEWAL
from provisioning.rules.stages import StageName
from provisioning.selectors.certificates import Health, Held, held, line, lines
from provisioning.selectors.setups import find
from provisioning.services import certificate_wishes
from provisioning.web.dns import of_setup
from provisioning.web.wizard import for_staff
from provisioning.web.wizard import page as wizard_page

PAGE_SIZE = 50
HEALTH = {
    Health.STOPPED: (gettext_lazy("Stopped"), "bad", "circle-x"),
    Health.LATE: (gettext_lazy("Renewal is late"), "warn", "triangle-alert"),
    Health.WAITING: (gettext_lazy("Waits for its first"), "", "clock"),
    Health.FINE: (gettext_lazy("In order"), "good", "check"),
}


def _context(actor: Actor, setup: Setup) -> dict[str, object]:
    at = clock.now()
    found = held(actor=actor, setup=setup, at=at)
    return {
        "held": found,
        "days": _days(found),
        "certificate": certificate_report(certificate=found.making or found.in_use, setup=setup, at=at),
        "keys": KeyChoice,
        "by_hand_a_week": EQUAL_A_WEEK - KEPT_FOR_RENEWAL,
    }


def _days(found: Held) -> int | None:
    until = found.in_use.not_after if found.in_use else None
    return (until - clock.now()).days if until else None


@require_safe
@never_cache
@of_setup
def page(request: HttpRequest, actor: Actor, setup: Setup) -> HttpResponse:
    """Show what is in use, what stops the next one, the kind of key, and a way to have a new one at once."""
    standing = find(actor=actor, customer_public_id=setup.customer.public_id, setup=setup)
    return wizard_page(
        request, standing, StageName.USERS, "provisioning/certificate_page.html", _context(actor, setup)
    )


@require_POST
@of_setup
def key(request: HttpRequest, actor: Actor, setup: Setup) -> HttpResponse:
    """Take the choice of a kind of key."""
    kind = request.POST.get("key", "")
    if kind in KeyChoice.values:
        certificate_wishes.choose_key(actor=actor, setup=setup, kind=KeyChoice(kind), at=clock.now())
        text = _("The next certificate is made with %(key)s.") % {"key": KeyChoice(kind).label}
        messages.success(request, text)
    return redirect("certificate", setup=setup.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_setup
def issue(request: HttpRequest, actor: Actor, setup: Setup) -> HttpResponse:
    """Ask whether a certificate is to be made at once, and do it."""
    if request.method != "POST":
        standing = find(actor=actor, customer_public_id=setup.customer.public_id, setup=setup)
        context = _context(actor, setup)
        return wizard_page(request, standing, StageName.USERS, "provisioning/certificate_issue.html", context)
    try:
        certificate_wishes.issue_now(actor=actor, setup=setup, at=clock.now())
    except certificate_wishes.NotNow as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("The certificate is being made. It takes a few minutes."))
    return redirect("certificate", setup=setup.public_id)


@require_safe
@never_cache
@for_staff
def overview(request: HttpRequest) -> HttpResponse:
    """List all domains by what runs out first, with what is done about it and who was told."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at, chosen = clock.now(), request.GET.get("state", "")
    health = Health(chosen) if chosen in set(Health) else None
    listed = Paginator(lines(actor=actor, at=at, health=health), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = []
    for row in listed:
        one = line(row, at)
        word, tone, icon = HEALTH[one.health]
        rows.append(
            {
                "line": one,
                "word": word,
                "tone": tone,
                "icon": icon,
                "next": next_action(one.fault, one.not_after, at),
            }
        )
    context = {
        "listed": listed,
        "rows": rows,
        "state": health or "",
        "states": [(each.value, HEALTH[each][0]) for each in Health],
        "query": f"state={health}" if health else "",
    }
    return TemplateResponse(request, "provisioning/certificates.html", context)


urlpatterns = [
    path("setup/<uuid:setup>/certificate/", page, name="certificate"),
    path("setup/<uuid:setup>/certificate/key/", key, name="certificate-key"),
    path("setup/<uuid:setup>/certificate/issue/", issue, name="certificate-issue"),
    path("skype-for-business/certificates/", overview, name="certificates"),
]
