"""Middleware for what a sign-in must be: a second factor for staff, and an end after work."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import ResolverMatch, resolve, reverse
from django.urls.exceptions import Resolver404
from django.utils.translation import gettext as _

from myfone.accounts.policy import STAFF_ABSOLUTE, STAFF_IDLE
from myfone.tenancy.actor import Actor

BEGAN, SEEN, FACTOR = "signed_in_at", "seen_at", "second_factor"
# A row of the session is written at most once in so many seconds because of the clock alone.
GRAIN = 60

# What somebody without a second factor may still open, so that they can get one, or leave.
TO_GET_ONE = {
    "second_factor",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "account_reauthenticate",
    "account_logout",
    "account_login",
    "set_language",
}


class StaffSessionMiddleware:
    """End the sessions of staff after three idle hours and after twelve in all; ask them for a second factor.

    Stands behind TenantMiddleware, which says who acts.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = getattr(request, "actor", None)
        if actor is None or not actor.is_staff:
            return self.get_response(request)
        if self._ended(request):
            return self._sign_out(request)
        if not self._has_factor(request) and _page(request) not in TO_GET_ONE:
            return HttpResponseRedirect(reverse("second_factor"))
        return self.get_response(request)

    def _ended(self, request: HttpRequest) -> bool:
        now = int(time.time())
        began = request.session.setdefault(BEGAN, now)
        seen = request.session.get(SEEN, now)
        if now - began > STAFF_ABSOLUTE or now - seen > STAFF_IDLE:
            return True
        if now - seen >= GRAIN or SEEN not in request.session:
            request.session[SEEN] = now
        return False

    def _sign_out(self, request: HttpRequest) -> HttpResponse:
        logout(request)
        messages.info(request, _("You were signed out, because it is a while since. Sign in again to go on."))
        return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")

    def _has_factor(self, request: HttpRequest) -> bool:
        if request.session.get(FACTOR):
            return True
        if not is_mfa_enabled(request.user):
            return False
        # Kept in the session: a factor that staff have is never taken away altogether (MfaAdapter).
        request.session[FACTOR] = True
        return True


def may_follow(session: SessionBase, actor: Actor) -> bool:
    """Say whether a sign-in that holds may follow live pages; looking on is no use of a session, so none is written."""
    if not actor.is_staff:
        return True
    now = int(time.time())
    fresh = now - session.get(BEGAN, 0) <= STAFF_ABSOLUTE and now - session.get(SEEN, 0) <= STAFF_IDLE
    return fresh and bool(session.get(FACTOR))


def _page(request: HttpRequest) -> str | None:
    try:
        match: ResolverMatch = resolve(request.path_info)
    except Resolver404:
        return None
    return match.view_name
