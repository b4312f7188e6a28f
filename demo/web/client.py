"""Play a SIP client: sign in with address and password, and show each step that it took."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from demo.people import DOMAIN
from demo.sipclient import Account, SignInFailed, Step, sign_in
from demo.sipclient.stay import MOST, leave, stay, staying
from myfone.kernel.gateways import gateway, is_live
from myfone.kernel.typography import DOT

AGENT = "Myfone demo client"
UNAUTHORIZED = 401
REASONS = {
    "unreachable": gettext_lazy("Nobody answers there"),
    "untrusted": gettext_lazy("The certificate is not to be trusted"),
    "no_tls": gettext_lazy("No TLS connection came about"),
    "closed": gettext_lazy("The server closed the connection"),
    "unreadable": gettext_lazy("The answer cannot be understood"),
}


class SignInForm(forms.Form):
    """What a person types into a client."""

    address = forms.EmailField(
        label=gettext_lazy("Address"),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": f"navn@{DOMAIN}"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password for Skype for Business"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
def client(request: HttpRequest) -> HttpResponse:
    """Show the form and the clients that are signed in; sign one in, or out."""
    if token := request.POST.get("leave"):
        if leave(token, folder()):
            messages.success(request, _("The client signed out."))
        return redirect("demo_client")
    form = SignInForm(request.POST or None)
    steps: list[Step] = []
    signed_in = None
    if request.method == "POST" and form.is_valid():
        if len(staying(folder())) >= MOST:
            form.add_error(None, _("Enough clients are signed in. Sign one out first."))
        else:
            signed_in, steps = attempt(form.cleaned_data["address"], form.cleaned_data["password"])
    return TemplateResponse(
        request,
        "demo/client.html",
        {
            "form": form,
            "steps": [worded(step) for step in steps],
            "chain": next((step.params["chain"] for step in steps if step.code == "certificate"), []),
            "signed_in": signed_in,
            "tried": bool(steps),
            "staying": staying(folder()),
        },
    )


def attempt(address: str, password: str) -> tuple[bool, list[Step]]:
    """Sign in as a client would, and stay signed in; return whether it succeeded, and the steps."""
    try:
        session = sign_in(
            Account(address.lower(), password),
            resolvers=[str(one) for one in settings.ENVIRONMENT.dns_resolvers],
            ca_file=trusted(),
            agent=AGENT,
        )
    except SignInFailed as failure:
        return False, failure.steps
    stay(session, folder())
    return True, session.steps


def folder() -> Path:
    """Return where the clients that are signed in are written down."""
    return Path(settings.ENVIRONMENT.var_directory) / "demo-clients"


def trusted() -> str | None:
    """Return a file with the roots that this installation's certificates stand under, None for the machine's own."""
    if is_live("acme"):
        return os.environ.get("DEMO_ACME_ROOTS")
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / "root.pem"
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(gateway("acme").root)
    draft.replace(path)
    return str(path)


def worded(step: Step) -> dict[str, Any]:
    """Return a step in the reader's language, in the shape of components/steps.html."""
    label, hint = _words(step)
    state = "done" if step.ok else "failed" if step.code != "dns_nothing" else ""
    return {"label": label, "hint": hint, "state": state}


def _words(step: Step) -> tuple[str, str]:
    params = step.params
    if step.code.startswith("dns_"):
        return _dns_words(step)
    match step.code:
        case "connected":
            return _("Connected to %(host)s, port %(port)s, over TLS") % params, params["address"]
        case "certificate":
            leaf = params["chain"][0]
            hint = _("Serial %(serial)s, valid until %(until)s") % {
                "serial": leaf.serial,
                "until": date_format(leaf.not_after, "SHORT_DATE_FORMAT"),
            }
            return _("The certificate is for %(host)s, and its chain is trusted") % params, hint
        case "connection_failed" | "broken":
            reason = str(REASONS[params["reason"]])
            where = f"{params['host']} ({params['address']}:{params['port']})" if "host" in params else ""
            return reason, DOT.join(part for part in (where, params["why"]) if part)
        case "challenged":
            return _("The switch asked for the password"), _("For the domain %(realm)s") % params
        case "registered":
            return _("Signed in"), _("The switch rings this client for five minutes at a time")
        case "refused":
            said = f"{params['status']} {params['reason']}"
            # Asked a second time, the password was not the one (RFC 3261, 22.2); nobody says whose fault it is.
            wrong = params["status"] == UNAUTHORIZED
            return _("The user name or the password is wrong") if wrong else _("The switch refused"), said
        case _:
            return _("The switch did not answer"), ""


def _dns_words(step: Step) -> tuple[str, str]:
    label = _("Asked DNS for %(kind)s %(name)s") % step.params
    if step.code == "dns_answer":
        answers = ", ".join(step.params["answers"])
        if step.params["canonical"] != step.params["name"]:
            return label, f"{step.params['canonical']} → {answers}"
        return label, answers
    if step.code == "dns_nothing":
        return label, _("There is none")
    return label, _("The name servers gave no usable answer (%(why)s)") % step.params
