"""What became of a queue's calls: who took each after how long, and which nobody took (G27)."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from telephony.rules.calls import MONTHS_KEPT, key_of, read_key
from telephony.selectors import queue_history as selectors
from telephony.web.queues import for_queues, open_queue

PAGE_SIZE = 50
FEW = 8


@require_safe
@for_queues
def index(request: HttpRequest, actor: Actor, queue: UUID) -> HttpResponse:
    """List the calls of a queue, of today, this week, or all that are kept; `few` are for the queue's own page."""
    at = clock.now()
    head = open_queue(actor, queue, at)
    few = "few" in request.GET
    asked = request.GET.get("show", "")
    show = asked if asked in ("today", "all") else "week"
    size = FEW if few else PAGE_SIZE
    stays = selectors.stays(
        actor,
        head,
        since=None if few else _since(show, at),
        before=read_key(request.GET.get("before", "")),
        limit=size + 1,
    )
    more = len(stays) > size
    stays = stays[:size]
    older = {"show": show, "before": key_of(stays[-1].started_at, stays[-1].key)} if more else {}
    context = {
        "queue": head,
        "stays": stays,
        "few": few,
        "show": show,
        "tabs": [
            {"label": label, "url": f"?{urlencode({'show': name})}", "current": name == show}
            for name, label in (("today", _("Today")), ("week", _("This week")), ("all", _("All")))
        ],
        "more": urlencode(older),
        "is_later": "before" in request.GET,
        "months": MONTHS_KEPT,
    }
    return TemplateResponse(request, "telephony/queue_calls.html", context)


def _since(show: str, at: dt.datetime) -> dt.datetime | None:
    today = timezone.localtime(at).date()
    if show == "all":
        return None
    first = today if show == "today" else today - dt.timedelta(days=today.weekday())
    return timezone.make_aware(dt.datetime.combine(first, dt.time()))
