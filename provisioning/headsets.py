"""The headsets that the guide recommends, chosen for the Skype client for Windows (G34)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Headset:
    """One model; the price is DKK without VAT."""

    code: str
    name: str
    price: Decimal
    worn: str | Promise
    text: str | Promise


HEADSETS = (
    Headset(
        "w710",
        "Plantronics Savi W710",
        Decimal(2000),
        _("Over the head, one ear"),
        _("You hear the room with the other ear. For those who talk on and off, and want to be spoken to."),
    ),
    Headset(
        "w720",
        "Plantronics Savi W720",
        Decimal(2000),
        _("Over the head, both ears"),
        _("Shuts the room out. For open offices and long calls."),
    ),
    Headset(
        "w730",
        "Plantronics Savi W730",
        Decimal(2000),
        _("Behind the ear"),
        _("The smallest and lightest. For those who wear it all day and do not want to feel it."),
    ),
    Headset(
        "w740",
        "Plantronics Savi W740",
        Decimal(2000),
        _("Three ways: over the head, behind the ear or behind the neck"),
        _("Change the way when you like. For those who do not know yet, and for desks that are shared."),
    ),
)
BY_CODE = {headset.code: headset for headset in HEADSETS}
