"""The frame of the wizard: who may open it, the six stages at the left, the trail above (G16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from myfone.kernel.typography import DOT
from myfone.tenancy.actor import Actor, NotAllowed
from myfone.tenancy.models import Customer
from provisioning.models import LicenceMode, Order, Stage
from provisioning.rules.domains import is_look_alike, shown
from provisioning.rules.stages import Obstacle, StageName, StageState, obstacle, states
from provisioning.selectors.customer_stages import CustomerStage
from provisioning.selectors.setups import SeveralDomains, Standing, find
from provisioning.services.setup import OBSTACLES

CONFLICT = 409
View = Callable[..., HttpResponse]
PAGES = {
    StageName.ORDER: "setup-order",
    StageName.CONTACTS: "setup-contacts",
    StageName.DEACTIVATION: "setup-deactivation",
    StageName.DNS: "setup-records",
    StageName.USERS: "setup-users",
    StageName.DONE: "setup-done",
}
# What has to be done first, and where.
REMEDIES = {
    Obstacle.NOT_ORDERED: StageName.ORDER,
    Obstacle.CONTACTS_UNCONFIRMED: StageName.CONTACTS,
    Obstacle.DEACTIVATION_UNCONFIRMED: StageName.DEACTIVATION,
    Obstacle.DNS_UNVERIFIED: StageName.DNS,
    Obstacle.NO_CERTIFICATE: StageName.USERS,
    Obstacle.USERS_MISSING: StageName.USERS,
    Obstacle.DOMAIN_BROKEN: StageName.DNS,
}


def for_staff(view: View) -> View:
    """Open the view to provider and reseller staff; for everybody else it does not exist."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), "account_login")
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None or not actor.is_staff:
            raise Http404
        try:
            return view(request, *args, **kwargs)
        except NotAllowed as error:
            raise Http404 from error

    return wrapped


def of_customer(view: View) -> View:
    """Give the view the actor and where the customer stands with the domain whose order the address names.

    A foreign customer or order is none. An address without an order is that of the only domain; where there are
    several, one chooses first, and what was posted changed nothing.
    """
    return _of_customer(view, or_gone=False)


def of_customer_or_gone(view: View) -> View:
    """Do the same, and open the view also for an order that stands no more."""
    return _of_customer(view, or_gone=True)


def _of_customer(view: View, *, or_gone: bool) -> View:
    @for_staff
    @wraps(view)
    def wrapped(
        request: HttpRequest, customer: UUID, order: UUID | None = None, **kwargs: Any
    ) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        try:
            standing = find(actor=actor, customer_public_id=customer, order=order)
        except (Customer.DoesNotExist, Order.DoesNotExist) as error:
            raise Http404 from error
        except SeveralDomains as several:
            return _choose(request, several.standings)
        if standing.gone is not None and not or_gone:
            if request.method not in ("GET", "HEAD"):
                messages.warning(request, _("This order stands no more. Nothing was changed."))
            return redirect("setup", customer=customer)
        return view(request, actor, standing, **kwargs)

    return wrapped


def _choose(request: HttpRequest, standings: tuple[Standing, ...]) -> HttpResponse:
    """Show the customer's domains, to choose one."""
    posted = request.method not in ("GET", "HEAD")
    customer = standings[0].customer
    here = reverse("setup", args=[customer.public_id])
    if not posted and request.path != here:
        return redirect(here)
    lines = [
        {
            "domain": shown(one.order.domain),
            "ascii": one.order.domain,
            "url": reverse("setup", args=[customer.public_id, one.order.public_id]),
            "stage": Stage(one.stage.value).label,
            "hint": hint(one.stage, one),
            "draft": one.order.confirmed_at is None,
            "live": one.progress.live,
            "done": one.stage is StageName.DONE,
            "ends_on": one.ends_on,
            "stopped": one.certificate is not None and bool(one.certificate.fault),
            "broken": one.progress.broken,
        }
        for one in standings
        if one.order is not None
    ]
    context = {
        "customer": customer,
        "domains": lines,
        "has_draft": any(line["draft"] for line in lines),
        "posted": posted,
        "trail": trail(customer),
    }
    status = CONFLICT if posted else 200
    return TemplateResponse(request, "provisioning/domains.html", context, status=status)


def address(name: str, standing: Standing, *args: Any, explicit: bool = False) -> str:
    """Return the address of one of a domain's pages.

    It names the order where there are several, where the page at hand was reached so, and where it must (explicit):
    what is posted can then never meet another domain.
    """
    order = standing.order or standing.gone
    named = order is not None and (explicit or standing.named or bool(standing.others))
    which = [order.public_id] if named and order is not None else []
    return reverse(name, args=[standing.customer.public_id, *which, *args])


def address_of(found: CustomerStage) -> str:
    """Return where a reseller goes on with a line of a list; of several domains each has its own place."""
    which = [found.order] if found.several else []
    return reverse("setup", args=[found.public_id, *which])


def to(name: str, standing: Standing, *args: Any) -> HttpResponseRedirect:
    """Send the browser on to one of the domain's pages."""
    return HttpResponseRedirect(address(name, standing, *args))


def page(
    request: HttpRequest,
    standing: Standing,
    stage: StageName,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> TemplateResponse:
    """Render a page in the frame of the wizard."""
    return TemplateResponse(request, template, frame(standing, stage) | (context or {}), status=status)


def stage_page(
    request: HttpRequest,
    standing: Standing,
    stage: StageName,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> TemplateResponse:
    """Render a stage; one that is not open yet says why, and where to go first."""
    reason = obstacle(stage, standing.progress)
    if reason is None:
        return page(request, standing, stage, template, context, status=status)
    return closed_page(request, standing, stage, reason)


def closed_page(
    request: HttpRequest, standing: Standing, stage: StageName, reason: Obstacle
) -> TemplateResponse:
    """Say why a stage is not open; what was posted to it anyway changed nothing."""
    remedy = REMEDIES[reason]
    context = {
        "stage_label": Stage(stage.value).label,
        "reason": OBSTACLES[reason],
        "remedy_url": _address(remedy, standing) if remedy is not stage else "",
        "remedy_label": Stage(remedy.value).label,
    }
    status = 200 if request.method in ("GET", "HEAD") else CONFLICT
    return page(request, standing, stage, "provisioning/closed.html", context, status=status)


def frame(standing: Standing, stage: StageName) -> dict[str, Any]:
    """Return what the frame shows: steps, trail, customer, domain."""
    order = standing.order
    return {
        "standing": standing,
        "customer": standing.customer,
        "order": order,
        "setup": standing.setup,
        "domain": shown(order.domain) if order else "",
        "looks_alike": bool(order and is_look_alike(order.domain)),
        "steps": steps(standing, stage),
        "trail": _trail(standing),
        "history_url": f"{address('setup-history', standing)}?stage={stage}",
        "support_phone": standing.customer.reseller.support_phone,
    }


def steps(standing: Standing, here: StageName) -> list[dict[str, Any]]:
    """Return the six stages for components/steps.html, with who and when below each."""
    found = states(standing.progress)
    alone = standing.order is None
    return [
        {
            "label": Stage(stage.value).label,
            "state": "current" if stage is here else "done" if found[stage] is StageState.DONE else "",
            "hint": hint(stage, standing),
            # A domain that is only being thought of has no stages to go to yet.
            "url": "" if stage is here or (alone and standing.others) else _address(stage, standing),
        }
        for stage in StageName
    ]


def trail(customer: Customer, *more: tuple[str, str]) -> list[dict[str, str]]:
    """Return the way to a customer's product for components/crumbs.html."""
    known = [
        {"label": customer.reseller.name, "url": reverse("admin:index")},
        {"label": str(Customer._meta.verbose_name_plural).capitalize(), "url": _admin("changelist")},
        {"label": customer.name, "url": _admin("change", customer.pk)},
    ]
    rest = [{"label": label, "url": url} for label, url in more]
    return [*known, *(rest or [{"label": "Skype for Business", "url": ""}])]


def _trail(standing: Standing) -> list[dict[str, str]]:
    """Return the way to the domain, by way of all of them where there are several."""
    if standing.order is None or not standing.others:
        return trail(standing.customer)
    every = reverse("setup", args=[standing.customer.public_id])
    return trail(standing.customer, ("Skype for Business", every), (shown(standing.order.domain), ""))


def _admin(what: str, *args: Any) -> str:
    try:
        return reverse(f"admin:tenancy_customer_{what}", args=args)
    except NoReverseMatch:
        return reverse("admin:index")


def _address(stage: StageName, standing: Standing) -> str:
    return address(PAGES[stage], standing)


def day(at: dt.datetime) -> str:
    """Return the day of an instant as people say it: 12. november."""
    return date_format(timezone.localtime(at), "MONTH_DAY_FORMAT")


def hint(stage: StageName, standing: Standing) -> str:
    """Say in a few words how a stage stands: who and when, how far, or what it waits for."""
    match stage:
        case StageName.ORDER:
            return _order_hint(standing)
        case StageName.CONTACTS if standing.order is not None and not standing.order.had_skype:
            return _("Not needed: no Skype before")
        case StageName.CONTACTS | StageName.DEACTIVATION:
            confirmed = standing.confirmations.get(stage.value)
            if confirmed is None:
                return ""
            return _("Confirmed %(day)s by %(name)s") % {"day": day(confirmed.at), "name": confirmed.name}
        case StageName.DNS:
            return _dns_hint(standing)
        case StageName.USERS:
            return _users_hint(standing)
        case _:
            return ""


def _order_hint(standing: Standing) -> str:
    order = standing.order
    if order is None:
        return ""
    if order.confirmed_at is None:
        return _("Not confirmed yet")
    number = standing.progress.employees
    people = ngettext("%(number)d employee", "%(number)d employees", number) % {"number": number}
    if order.licence_mode == LicenceMode.ONE_FOR_ALL and order.licence_type is not None:
        return f"{people}{DOT}{order.licence_type.name}"
    return _("%(people)s · mixed licences") % {"people": people}


def _dns_hint(standing: Standing) -> str:
    if standing.setup is None:
        return ""
    if standing.progress.broken:
        return _("No longer points at us")
    watch = standing.watch
    verified_at = standing.setup.dns_verified_at
    # Before it is in use, a look taken again may find that what was right is so no more.
    if verified_at and (standing.setup.live_at or watch is None or watch.state == "approved"):
        return _("In place since %(day)s") % {"day": day(verified_at)}
    if watch is None:
        return ""
    if watch.state == "gave_up":
        return _("Not in place in time")
    if watch.verdict is None:
        return _("Checking")
    records = watch.verdict.get("records", ())
    return _("%(right)d of %(all)d records found") % {
        "right": sum(1 for record in records if record.get("state") == "right"),
        "all": len(records),
    }


def _users_hint(standing: Standing) -> str:
    progress = standing.progress
    if progress.live:
        return _("%(linked)d of %(all)d created") % {"linked": progress.linked, "all": progress.awaited}
    if progress.dns_verified and standing.certificate is not None and standing.certificate.fault:
        return _("The certificate is delayed")
    if progress.ordered:
        return _("Opens after tonight's certificates") if progress.dns_verified else _("Opens after DNS")
    return ""
