"""Lead from where a question arises to the guide that answers it."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from provisioning.guides import Guide, guide

register = template.Library()


@register.inclusion_tag("components/guide_link.html")
def guide_link(slug: str) -> dict[str, Guide]:
    """Draw a link to a guide, with its title in the reader's language. Raises KeyError for an unknown guide."""
    return {"guide": guide(slug, (get_language() or "da").split("-")[0])}
