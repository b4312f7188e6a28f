"""Say in the reader's language what a setup waits for, by its stage."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from provisioning.rules.stages import StageName

NEXT_STEP: dict[StageName | None, str | Promise] = {
    None: _("Order Skype for Business"),
    StageName.ORDER: _("Confirm the order"),
    StageName.CONTACTS: _("Confirm that contacts are exported"),
    StageName.DEACTIVATION: _("Confirm that Skype Online is deactivated"),
    StageName.DNS: _("Set up the DNS records"),
    StageName.USERS: _("Employees connect in Myfone"),
    StageName.DONE: _("Completed"),
}
