"""Answer for the streams where their process is away: a snapshot, after which the browser asks again."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from myfone.live import state
from myfone.live.admission import admit

RETRY = 10_000  # milliseconds


@require_safe
def snapshot(request: HttpRequest) -> HttpResponse:
    """Return how everything stands, as a stream that ends at once."""
    asked = ",".join(request.GET.getlist("people")).split(",")
    try:
        visitor = admit(request.COOKIES, language=request.GET.get("language", ""), people=filter(None, asked))
        if visitor is None:
            return HttpResponse("not signed in\n", status=401, content_type="text/plain")
        said = {visitor.language}
        followed, mine = dict.fromkeys(visitor.people, said), {visitor.employee_id: said}
        wall = (visitor.time_zone, visitor.country)
        people, own = state.read(visitor.customer_id, followed, {}, mine, {}, wall=wall)
    except DatabaseError:
        return HttpResponse("not now\n", status=503, content_type="text/plain")
    answer = HttpResponse(content_type="text/event-stream")
    answer["Cache-Control"] = "no-store"
    answer.write(f"retry: {RETRY}\nevent: snapshot\n")
    answer.write(f"data: {state.snapshot(visitor, people, own)}\n\n")
    return answer
