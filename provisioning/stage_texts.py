"""Say in the reader's language what a setup waits for, by its stage."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from provisioning.models import WatchState
from provisioning.rules.stages import StageName
from provisioning.selectors import CustomerStage

_NEXT_STEP: dict[StageName | None, str | Promise] = {
    None: _("Order Skype for Business"),
    StageName.ORDER: _("Confirm the order"),
    StageName.CONTACTS: _("Confirm that contacts are exported"),
    StageName.DEACTIVATION: _("Confirm that Skype Online is deactivated"),
    StageName.DNS: _("Set up the DNS records"),
    StageName.USERS: _("Employees connect in Myfone"),
    StageName.DONE: _("Completed"),
}


def company_status(found: CustomerStage) -> dict[str, str | Promise]:
    """Say to the company's own administrator how a domain stands, with an icon: what is done, never what to do."""
    if found.broken_at is not None:
        return {"text": _("No longer points at us"), "icon": "circle-x"}
    if found.ends_on is not None:
        text = format_lazy(_("In use until the end of {day}"), day=date_format(found.ends_on, "DATE_FORMAT"))
        return {"text": text, "icon": "calendar-x"}
    if found.live:
        return {"text": _("In use"), "icon": "circle-check"}
    if found.certificate_stopped:
        return {"text": _("The certificate is delayed"), "icon": "clock"}
    if found.stage is StageName.USERS:
        return {"text": _("Waits for tonight's certificate"), "icon": "clock"}
    return {"text": _("Your reseller is setting it up"), "icon": "list-checks"}


def next_step(found: CustomerStage) -> str | Promise:
    """Say what the customer's setup waits for; what keeps people out comes first, then the contract's end."""
    if found.broken_at is not None:
        return _("No longer points at us: see why")
    if found.ends_on is not None:
        return format_lazy(_("Ends on {day}"), day=date_format(found.ends_on, "MONTH_DAY_FORMAT"))
    if found.certificate_stopped:
        return _("The certificate is not renewed: see why") if found.live else _("No certificate: see why")
    if found.stage is StageName.USERS and not found.live:
        return _("Waits for tonight's certificate")
    if found.stage is StageName.DNS and found.watch_state == WatchState.RUNNING:
        return _("The DNS records are being checked")
    return _NEXT_STEP[found.stage]
