"""Answer what comes to customers' own host names: the certificate authority's look, and autodiscovery.

These requests have no session, no tenant and no language, and their hosts are customers' domains, which the
portal's list of hosts does not hold. So they are answered before anything else, and each costs one query.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse

from provisioning.models import AcmeChallenge
from provisioning.rules import discovery
from provisioning.rules.discovery import Answer

CHALLENGES = "/.well-known/acme-challenge/"
DISCOVERY = "lyncdiscover."
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,200}")
DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
TICKET = "HTTP_X_MS_WEBTICKET"


class FrontMiddleware:
    """Take the requests that are not the portal's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(CHALLENGES):
            return _read_only(request, challenge)
        if _host(request).startswith(DISCOVERY):
            return _read_only(request, discover)
        return self.get_response(request)


def challenge(request: HttpRequest) -> HttpResponse:
    """Answer an http-01 challenge (RFC 8555, 8.3)."""
    token = request.path.removeprefix(CHALLENGES)
    if not TOKEN.fullmatch(token):
        return HttpResponse(status=404)
    answers = AcmeChallenge.objects.filter(token=token).values_list("key_authorization", flat=True)
    found = next(iter(answers), None)
    if found is None:
        return HttpResponse(status=404)
    return HttpResponse(found, content_type="application/octet-stream")


def discover(request: HttpRequest) -> HttpResponse:
    """Answer at lyncdiscover.<domain>: the root over HTTP or HTTPS, the domain's and the user's servers."""
    here = _host(request).removeprefix(DISCOVERY)
    sip_uri = request.GET.get("sipuri", "")
    domain = discovery.domain_of(sip_uri) or here
    if not _served(domain):
        return HttpResponse(status=404)
    path = request.path.lower().rstrip("/")
    if path in {"", discovery.ROOT}:
        if domain != here or not request.is_secure():
            return _answer(request, discovery.redirect(domain, sip_uri))
        return _answer(request, discovery.root(domain))
    if not request.is_secure():
        return HttpResponse(status=404)
    if path == f"{discovery.ROOT}/domain":
        return _answer(request, discovery.domain_resource(domain))
    if path == f"{discovery.ROOT}/user":
        # The ticket is not looked into: there is nothing in the answer that the domain's does not hold.
        if not request.META.get(TICKET):
            return HttpResponse(status=401)
        return _answer(request, discovery.user_resource(domain))
    return HttpResponse(status=404)


def _read_only(request: HttpRequest, view: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    response = view(request)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _host(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_HOST", "")).lower().partition(":")[0].rstrip(".")


def _served(domain: str) -> bool:
    if not DOMAIN.fullmatch(domain):
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT provisioning_domain_live(%s)", [domain])
        return bool(cursor.fetchone()[0])


def _answer(request: HttpRequest, answer: Answer) -> HttpResponse:
    if discovery.wants_xml(request.headers.get("Accept", "")):
        return HttpResponse(answer.as_xml(), content_type=discovery.XML)
    return HttpResponse(answer.as_json(), content_type=discovery.JSON)
