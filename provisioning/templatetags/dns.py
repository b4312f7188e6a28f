"""Say in templates what a stored DNS verdict means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import template
from django.utils import timezone

from provisioning import dns_texts
from provisioning.rules import upkeep

register = template.Library()


@register.filter
def instant(text: str) -> dt.datetime:
    """Return the local time that a mail's parameter names."""
    return timezone.localtime(dt.datetime.fromisoformat(text))


@register.filter
def dns_problems(verdict: Mapping[str, Any]) -> list[dict[str, str]]:
    """List what is to be done, in order."""
    return dns_texts.problems(verdict)


@register.filter
def keeps_people_out(verdict: Mapping[str, Any]) -> bool:
    """Tell whether nobody can sign in while a domain in use looks like this."""
    return upkeep.keeps_people_out(verdict)
