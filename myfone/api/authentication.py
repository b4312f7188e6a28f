"""Know who calls the API: the browser's session, with the tenant that the middleware opened."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class ActorAuthentication(SessionAuthentication):
    """Authenticate by session; without one the answer is 401, and names the scheme."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class ActsAsSomebody(BasePermission):
    """Let in whoever has a role; what they see of it is the query's business."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return getattr(request._request, "actor", None) is not None
