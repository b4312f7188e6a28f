"""Show amounts as the reader's language writes them."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def kroner(amount: Decimal | None, decimals: int = 2) -> str:
    """Return an amount of DKK: 1.234,50 kr. in Danish; with decimals 0, whole amounts go without øre."""
    if amount is None:
        return "–"
    digits = 0 if decimals == 0 and amount == amount.to_integral_value() else 2
    shown = number_format(amount, digits, force_grouping=True)
    # Translators: an amount of money; Danish writes the unit behind it.
    return (_("DKK %(amount)s") % {"amount": shown}).replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def fee(amount: Decimal | None) -> str:
    """Return what a user costs a month: where nothing, that it is included."""
    if amount is not None and not amount:
        return _("Included")
    return kroner(amount, 0)
