"""Say in the reader's language what was done to an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from provisioning.rules.domains import clear

DEEDS: dict[str, Promise] = {
    "order.declared": gettext_lazy("Declared that a condition holds"),
    "order.confirmed": gettext_lazy("Confirmed the order"),
    "order.changed": gettext_lazy("Changed the order"),
    "order.licences_mixed": gettext_lazy("Gave employees different licences"),
    "licences.reported": gettext_lazy("Reported a licence for all"),
    "customer.price_plan_changed": gettext_lazy("Moved the customer to the new price plan"),
    "employees.invited": gettext_lazy("Invited employees"),
    "contract.end_announced": gettext_lazy("Announced the end of the contract"),
    "contract.end_withdrawn": gettext_lazy("Withdrew the end of the contract"),
}


def deed_text(action: str, details: Mapping[str, Any], licences: Mapping[str, str]) -> str:
    """Return what was done; licences are names by code."""
    if action == "order.declared" and not details.get("holds"):
        return _("Took a declaration back")
    text = str(DEEDS[action])
    more = []
    if isinstance(domain := details.get("domain"), dict):
        more.append(f"{clear(domain['before'])} → {clear(domain['after'])}")
    licence = details.get("licence")
    if isinstance(licence, dict):
        several = _("Different ones")
        before, after = (licences.get(licence[key] or "", several) for key in ("before", "after"))
        more.append(f"{before} → {after}")
    elif licence:
        more.append(licences.get(licence, licence))
    if "last_day" in details:
        more.append(str(details["last_day"]))
    return f"{text}: {', '.join(more)}" if more else text
