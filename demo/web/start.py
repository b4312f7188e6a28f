"""Show what this installation consists of, who may sign in, and what to try; run tonight's job at once."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from demo.people import CALLED, DOMAIN, PASSWORD, SIGN_INS
from demo.seed import totp_secret
from myfone.kernel import clock
from myfone.tenancy.actor import STAFF
from provisioning.services import certificates

# Parts whose name is a word; the others bear their program's name.
NAMES = {
    "Portal": gettext_lazy("Portal"),
    "Live pages": gettext_lazy("Live pages"),
    "Worker": gettext_lazy("Background worker"),
    "Mail sink": gettext_lazy("Mail catcher"),
    "Call controller": gettext_lazy("Call controller"),
    "Public network": gettext_lazy("Public network"),
    "Trunk front": gettext_lazy("Trunk front"),
    "DNS gateway": gettext_lazy("DNS queries"),
    "TLS front gateway": gettext_lazy("TLS front"),
    "ACME gateway": gettext_lazy("Certificate authority"),
}
# What each server of stack.machine is for, in words for whoever tries the demo.
PURPOSES = {
    "Portal": gettext_lazy("These pages"),
    "Live pages": gettext_lazy("Shows what changes while one looks, such as a call that arrives"),
    "Worker": gettext_lazy("Does what nobody waits for: mail, the watch on DNS, certificates"),
    "Postgres": gettext_lazy("The database that portal and switch share"),
    "Mail sink": gettext_lazy("Takes every mail and shows it in the inbox below"),
    "Knot DNS": gettext_lazy("The name servers of the customer's web host"),
    "Unbound": gettext_lazy("Looks names up, as the internet would"),
    "HAProxy": gettext_lazy("Ends TLS with the certificate of the name that was asked for"),
    "Pebble": gettext_lazy("Issues certificates over ACME, as Let's Encrypt does"),
    "Kamailio": gettext_lazy("The switch that clients sign in to"),
    "rtpengine": gettext_lazy("Carries the sound of calls, and plays music and what codes say"),
    "Call controller": gettext_lazy("Holds, sends on and joins calls from the browser"),
    "Trunk front": gettext_lazy("Lets calls out by TLS, to trunks whose certificate is right"),
    "Public network": gettext_lazy("Answers every call that leaves the company, calls for help too"),
    "DNS gateway": gettext_lazy("Answers for the name servers, which cannot run here"),
    "TLS front gateway": gettext_lazy("Takes certificates for the TLS front, which cannot run here"),
    "ACME gateway": gettext_lazy("Issues certificates for the authority, which cannot run here"),
}
STATES = {
    "live": (gettext_lazy("Real"), "good", ""),
    "stand-in": (gettext_lazy("Stand-in"), "warn", "flask-conical"),
    "missing": (gettext_lazy("Missing"), "bad", ""),
    "failed": (gettext_lazy("Did not start"), "bad", "triangle-alert"),
}
PAGES = (
    (
        "demo_inbox",
        "inbox",
        gettext_lazy("Inbox"),
        gettext_lazy("Every mail that was sent, to whomever it was"),
    ),
    (
        "demo_zone",
        "globe",
        gettext_lazy("The customer's web host"),
        gettext_lazy("The records of the customer's domain, to break and to mend"),
    ),
    (
        "demo_client",
        "phone",
        gettext_lazy("A SIP client"),
        gettext_lazy("Knows an address and a password, and finds the rest by itself"),
    ),
)


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Show the demo's front page."""
    now = clock.now()
    context = {
        "parts": parts(),
        "password": PASSWORD,
        "domain": DOMAIN,
        "called": CALLED,
        "people": [
            {
                "person": person,
                "role": person.role.label if person.role else "",
                "code": code(totp_secret(person.email), now) if person.role in STAFF else "",
            }
            for person in SIGN_INS
        ],
        "codes_until": valid_until(now),
        "pages": list(pages()),
    }
    return TemplateResponse(request, "demo/start.html", context)


@require_POST
def night(request: HttpRequest) -> HttpResponse:
    """Plan tonight's certificates now, as the job does in the night."""
    planned = certificates.tonight(at=clock.now())
    if planned:
        text = ngettext(
            "One certificate is being made. It is in use in a moment.",
            "%(count)s certificates are being made. They are in use in a moment.",
            len(planned),
        )
        messages.success(request, text % {"count": len(planned)})
    else:
        messages.info(request, _("There is no domain whose DNS is approved and that lacks a certificate."))
    return redirect("demo")


def parts() -> list[dict[str, Any]]:
    """Return what script/server said about each server; empty when the portal was started otherwise."""
    try:
        rows = json.loads((settings.ENVIRONMENT.var_directory / "parts.json").read_text())
    except (OSError, ValueError):
        return []
    known = []
    for row in rows:
        state, tone, icon = STATES[row["state"]]
        purpose = PURPOSES.get(row["name"], "")
        known.append(
            {
                "name": NAMES.get(row["name"], row["name"]),
                "purpose": purpose,
                "state": state,
                "tone": tone,
                "icon": icon,
                "address": row["address"],
            }
        )
    return known


def pages() -> Any:
    """Yield the demo's other pages that exist."""
    for name, icon, label, hint in PAGES:
        try:
            yield {"url": reverse(name), "icon": icon, "label": label, "hint": hint}
        except NoReverseMatch:
            continue


def code(secret: str, at: dt.datetime) -> str:
    """Return what an authenticator app with this secret shows at this instant (RFC 6238)."""
    counter = int(at.timestamp()) // 30
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


def valid_until(at: dt.datetime) -> dt.datetime:
    """Return when the codes of this instant change."""
    return dt.datetime.fromtimestamp((int(at.timestamp()) // 30 + 1) * 30, tz=dt.UTC)
