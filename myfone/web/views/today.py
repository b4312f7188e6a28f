"""The page one lands on: what matters to me now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from myfone.kernel import clock
from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.models import Customer
from provisioning.dns_texts import problems
from provisioning.rules.domains import clear
from provisioning.rules.upkeep import keeps_people_out
from provisioning.selectors import customers_with_stage
from provisioning.selectors.customer_stages import CustomerStage, stage_of, with_standing
from provisioning.selectors.skype_accounts import linking
from provisioning.stage_texts import company_status, next_step
from provisioning.web.wizard import address_of
from telephony.selectors.live import my_day
from telephony.selectors.phones import clients, skype_phone
from telephony.web.call_control import read_token

SHOWN = 8
COLLEAGUES = 6


def greeting(now: datetime, name: str) -> str:
    """Greet by the clock on the wall and the first name."""
    first = name.split()[0] if name.split() else ""
    hour = now.hour
    if hour < 5 or hour >= 18:
        text = _("Good evening, %(name)s")
    elif hour < 10:
        text = _("Good morning, %(name)s")
    elif hour < 12:
        text = _("Good day, %(name)s")
    else:
        text = _("Good afternoon, %(name)s")
    return text % {"name": first}


@require_safe
@login_required
def today(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person, by role."""
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    context: dict[str, Any] = {"greeting": greeting(timezone.localtime(), str(request.user))}
    if actor is None:
        return TemplateResponse(request, "web/today_nobody.html", context)
    if actor.employee_id is not None:
        # The frame shows one's own too; it is asked for once.
        day = my_day(actor, size=COLLEAGUES)
        request.own = day.own  # type: ignore[attr-defined]
        context |= _mine(actor, actor.employee_id)
        context |= {"numbers": day.numbers, "direct": day.direct, "now": day.now, "found": day.found}
        context |= {"silent": day.now.switch_is_silent(clock.now()), "standing": day.own.standing}
        token = request.GET.get("operation", "")
        context["operation"] = token if token and read_token(actor, token) else ""
    if actor.is_staff:
        context |= _customers(actor)
    elif actor.role == Role.CUSTOMER_ADMINISTRATOR and actor.customer_id is not None:
        context |= _company(actor, actor.customer_id)
    return TemplateResponse(request, "web/today.html", context | {"actor": actor})


def _mine(actor: Actor, employee_id: int) -> dict[str, Any]:
    """Gather my Skype client."""
    phone = skype_phone(actor, employee_id)
    seen = clients([phone]) if phone else []
    return {
        "phone": phone,
        "clients": seen[:SHOWN],
        "connected": sum(1 for client in seen if client.is_connected),
        "state": None if phone else linking(actor),
    }


def _customers(actor: Actor) -> dict[str, Any]:
    """Gather what waits for a reseller."""
    listed = customers_with_stage(actor=actor)
    every = [one for found in listed for one in found.domains]
    waiting = [
        {
            "name": one.name,
            "domain": clear(one.domain),
            "next_step": next_step(one),
            "url": address_of(one),
        }
        for one in every
        if one.waits_for_me
    ]
    return {
        "broken": [_broken(one) for one in every if one.broken_at][:SHOWN],
        "waiting": waiting[:SHOWN],
        "more": max(0, len(waiting) - SHOWN),
        "customers": len(listed),
    }


def _company(actor: Actor, customer_id: int) -> dict[str, Any]:
    """Gather how far the administrator's own company is."""
    row = with_standing(actor, Customer.objects.visible_to(actor).filter(pk=customer_id)).get()
    found = stage_of(row)
    ordered = [one for one in found.domains if one.is_ordered]
    return {
        "company": found,
        "company_domains": [{"domain": clear(one.domain), **company_status(one)} for one in ordered],
        "broken": [_broken(one) for one in ordered if one.broken_at],
    }


def _broken(found: CustomerStage) -> dict[str, Any]:
    """Say what is wrong with a domain that no longer points at us."""
    verdict = found.verdict or {"records": (), "leftovers": (), "notes": ()}
    return {
        "name": found.name,
        "domain": found.domain,
        "since": found.broken_at,
        "keeps_people_out": keeps_people_out(verdict),
        "problems": problems(verdict),
        "url": reverse("setup-dns", args=[found.setup]),
    }
