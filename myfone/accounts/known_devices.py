"""Know the browsers that somebody signed in with, so that a stranger's wrong guesses do not shut their owner out.

A signed cookie names the accounts that were signed in to here, each with a number of its own. It opens nothing: what
it is good for is that its attempts are counted by themselves.
"""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "device"
SALT = "accounts.device"
LASTS = 180 * 24 * 3600  # seconds; each sign-in begins them anew
MOST_ACCOUNTS = 5


def known_device(request: HttpRequest, account: str) -> str:
    """Return this browser's number for an account, or an empty text when nobody signed in to it here."""
    return _devices(request).get(_mark(account), "")


def remember_device(request: HttpRequest, response: HttpResponse, account: str) -> None:
    """Write down that the account was signed in to here; the oldest of many accounts is forgotten."""
    devices = _devices(request)
    number = devices.pop(_mark(account), "") or secrets.token_urlsafe(12)
    devices[_mark(account)] = number
    kept = dict(list(devices.items())[-MOST_ACCOUNTS:])
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT),
        max_age=LASTS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _devices(request: HttpRequest) -> dict[str, str]:
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return {}
    return found if isinstance(found, dict) else {}


def _mark(account: str) -> str:
    # The cookie lies on disk, where addresses have no business.
    return hashlib.sha256(account.strip().casefold().encode()).hexdigest()[:16]
