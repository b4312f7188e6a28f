"""Answer errors as application/problem+json (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler


class ProblemRenderer(JSONRenderer):
    media_type = "application/problem+json"


def as_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into a problem: title by status, detail for the person, errors by field."""
    response = exception_handler(error, context)
    if isinstance(error, (InterfaceError, OperationalError)):
        response = Response({"detail": _("The database does not answer. Try again in a moment.")}, status=503)
        response.headers["Retry-After"] = "10"
    if response is None:
        return None
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(response.status_code).phrase,
        "status": response.status_code,
    }
    if isinstance(error, exceptions.ValidationError):
        problem["errors"] = response.data
    elif isinstance(response.data, dict) and "detail" in response.data:
        problem["detail"] = str(response.data["detail"])
    response.data = problem
    response.content_type = ProblemRenderer.media_type
    return response
