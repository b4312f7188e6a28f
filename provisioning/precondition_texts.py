"""Say in the reader's language what must be in place before an order."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from provisioning.rules.preconditions import Precondition

TEXTS = {
    Precondition.PRICE_PLAN: gettext_lazy("The customer is on the new price plan"),
    Precondition.OFFICE365: gettext_lazy("The customer has a valid Office 365 licence"),
    Precondition.NO_ON_PREMISE: gettext_lazy("The customer has no Skype for Business on servers of its own"),
    Precondition.MYFONE_USERS: gettext_lazy(
        "Every employee who is to have Skype has a Myfone user, or is invited"
    ),
}
