"""The history of a setup: who did what when, of all stages or of one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from billing.selectors import catalogue
from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from provisioning.history_texts import licence_names
from provisioning.models import Stage
from provisioning.rules.stages import StageName
from provisioning.selectors.past import MOST
from provisioning.selectors.past import history as happened
from provisioning.selectors.setups import Standing
from provisioning.web.wizard import address as address_of
from provisioning.web.wizard import of_customer, page


@require_safe
@never_cache
@of_customer
def history(request: HttpRequest, actor: Actor, standing: Standing) -> HttpResponse:
    """Show who did what, the latest first."""
    said = request.GET.get("stage", "")
    stage = StageName(said) if said in set(StageName) else None
    licences = licence_names(catalogue(clock.local_date(clock.now())))
    found = happened(actor=actor, standing=standing, licences=licences, stage=stage)
    address = address_of("setup-history", standing)
    choices = [{"label": _("All stages"), "url": address, "current": stage is None}]
    choices += [
        {"label": Stage(one.value).label, "url": f"{address}?stage={one}", "current": one is stage}
        for one in StageName
    ]
    context = {"happened": found, "choices": choices, "most": MOST, "cut": len(found) >= MOST}
    return page(request, standing, stage or standing.stage, "provisioning/history.html", context)
