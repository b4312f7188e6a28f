"""Template tags for the pages about sign-in."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from myfone.accounts.devices import device_of

register = template.Library()


@register.filter
def device_name(user_agent: str) -> str:
    """Name browser and system: Firefox · Windows."""
    return str(device_of(user_agent)) or _("Unknown browser")


@register.filter
def device_icon(user_agent: str) -> str:
    """Return the icon of the kind of machine."""
    return device_of(user_agent).icon


@register.filter
def drawing(svg: str) -> SafeString:
    """Put the QR code that allauth drew into the page itself: `data:` addresses are not allowed as pictures."""
    return mark_safe(svg[svg.index("<svg") :])  # noqa: S308 - drawn by us from a secret of ours
