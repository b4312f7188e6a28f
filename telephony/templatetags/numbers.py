"""Show telephone numbers as people read them."""

from __future__ import annotations

from django import template

from telephony.rules.contacts import shown_number
from telephony.rules.numbers import international, shown

register = template.Library()


@register.filter
def phone_number(number: object) -> str:
    """Return a number in groups, with its country where it is not ours; the groups do not break over lines."""
    return shown_number(str(number)).replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def typed_number(number: object) -> str:
    """Return a number that was typed as it is dialled, in groups; local numbers and codes stay as they are."""
    return shown(str(number)).replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def world_number(number: object) -> str:
    """Return a number with its country, whichever that is; the groups do not break over lines."""
    return international(str(number)).replace(" ", "\N{NO-BREAK SPACE}")
