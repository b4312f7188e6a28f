"""The page one lands on: what matters to me now."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe


def greeting(now: datetime, name: str) -> str:
    """Greet by the clock on the wall and the first name."""
    first = name.split()[0] if name.split() else ""
    hour = now.hour
    if hour < 5 or hour >= 18:
        text = _("Good evening, %(name)s")
    elif hour < 10:
        text = _("Good morning, %(name)s")
    elif hour < 12:
        text = _("Good day, %(name)s")
    else:
        text = _("Good afternoon, %(name)s")
    return text % {"name": first}


@require_safe
@login_required
def today(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person, by role."""
    actor = request.actor  # type: ignore[attr-defined]
    context = {"greeting": greeting(timezone.localtime(), str(request.user)), "actor": actor}
    if actor is None:
        return TemplateResponse(request, "web/today_nobody.html", context)
    if actor.is_staff:
        return TemplateResponse(request, "web/today_staff.html", context)
    return TemplateResponse(request, "web/today.html", context)
