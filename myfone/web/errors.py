"""Error pages: what happened, why, what to do. They need no database, no session and no context processor."""

from __future__ import annotations

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from myfone.web.context import theme_of


def _page(
    request: HttpRequest, status: int, template: str, framed: HttpRequest | None = None
) -> HttpResponse:
    language = translation.get_language_from_request(request)
    with translation.override(language):
        shown = {"theme": theme_of(request), "status": status, "debug": settings.DEBUG}
        if framed is not None:
            # No form stands there, and what is somebody else's must look as what is not, to the byte.
            shown["csrf_token"] = ""
            shown["is_error"] = True
        body = render_to_string(f"errors/{template}.html", shown, request=framed)
    response = HttpResponse(body, status=status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return _page(request, 400, "bad_request")


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403."""
    if getattr(request, "actor", None) is not None:
        # As with 404: the frame asks the database nothing more.
        return _page(request, 403, "not_allowed_inside", framed=request)
    return _page(request, 403, "not_allowed")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404: the same for what is missing and for what belongs to somebody else."""
    if getattr(request, "actor", None) is not None:
        # Who is signed in was read already; the frame asks the database nothing more.
        return _page(request, 404, "not_found_inside", framed=request)
    return _page(request, 404, "not_found")


def too_many(request: HttpRequest) -> HttpResponse:
    """Answer 429."""
    return _page(request, 429, "too_many")


def fault(request: HttpRequest) -> HttpResponse:
    """Answer 500; where the database went away or hangs, 503, for then trying again is right."""
    if isinstance(sys.exc_info()[1], (InterfaceError, OperationalError)):
        return unavailable(request)
    return _page(request, 500, "fault")


def unavailable(request: HttpRequest) -> HttpResponse:
    """Answer 503: the database or another part that the page needs does not answer."""
    response = _page(request, 503, "unavailable")
    response.headers["Retry-After"] = "10"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 for a form that was open too long, or in another window (settings.CSRF_FAILURE_VIEW)."""
    return _page(request, 403, "form_expired")
