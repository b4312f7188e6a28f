"""Know who calls the API: the browser's session, with the tenant that the middleware opened."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class ActorAuthentication(SessionAuthentication):
    """Authenticate by session; without one the answer is 401, and names the scheme."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class SessionScheme(OpenApiAuthenticationExtension):
    """Name the session's cookie in the schema."""

    target_class = ActorAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class ActsAsSomebody(BasePermission):
    """Let in whoever has a role; what they see of it is the query's business."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return getattr(request._request, "actor", None) is not None
