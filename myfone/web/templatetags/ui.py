"""Template tags of the design system."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

import lucide
from django import template
from django.template.context import RequestContext
from django.utils.dateparse import parse_datetime
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from myfone.web.navigation import rail
from telephony.rules.contacts import shown_number

register = template.Library()

# Icons are drawn from a zip file and copied as a tree on each use; there are few of them, and they never change.
_drawings = lru_cache(maxsize=256)(lucide._render_icon)


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """Draw a lucide icon inline.

    Hidden from screen readers unless `label` gives it words. Colour is the text's, size follows the font.
    Raises lucide.IconDoesNotExist for an unknown name.
    """
    attributes = {"class": f"icon {css}".strip(), "focusable": "false"}
    if label:
        attributes |= {"role": "img", "aria_label": str(label)}
    else:
        attributes["aria_hidden"] = "true"
    return mark_safe(_drawings(str(name), None, **attributes))  # noqa: S308 - from the wheel, attributes are escaped by ElementTree


@register.simple_tag(takes_context=True)
def rail_entries(context: RequestContext) -> dict[str, Any]:
    """Give the entries of the rail for this request, with the current one marked."""
    request = context.get("request")
    return {} if request is None else rail(request)


@register.filter
def initials(name: object) -> str:
    """Return the first letters of the first and last word, for an avatar without a picture."""
    words = str(name).split()
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


@register.simple_tag
def ring(share: float) -> SafeString:
    """Draw how much of a span is used, 0 to 1, as a ring; say the same in words beside it."""
    around = 2 * 3.14159265 * 14
    filled = max(0.0, min(1.0, float(share))) * around
    return format_html(
        '<svg class="ring" viewBox="0 0 34 34" aria-hidden="true"><circle cx="17" cy="17" r="14"/>'
        '<circle class="filled" cx="17" cy="17" r="14" stroke-dasharray="{} {}"/></svg>',
        f"{filled:.1f}",
        f"{around:.1f}",
    )


@register.filter
def digits_grouped(number: object) -> SafeString:
    """Show a number as people read it in their country; one without a country's code is Danish: 69 14 24 24."""
    text = str(number)
    if len(text) == 8 and text.isdigit():
        text = f"+45{text}"
    return conditional_escape(shown_number(text).replace(" ", "\N{NO-BREAK SPACE}"))


@register.filter
def instant(text: object) -> datetime | None:
    """Return the instant that a stored text such as 2027-02-01T12:00:00+00:00 names, for the filter `date`."""
    return text if isinstance(text, datetime) else parse_datetime(str(text))
