"""Set up a mobile client: a code to scan, and the settings to type (G31)."""

from __future__ import annotations

import datetime as dt

import qrcode
from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from myfone.tenancy.actor import Actor
from provisioning.rules.provisioning_file import linphone, sip_uri
from provisioning.web.skype import for_employees
from telephony.selectors.phones import skype_phone

SALT = "provisioning.mobile"
VALID = dt.timedelta(minutes=15)
QUIET_ZONE = 4  # modules around a code that must be empty, ISO/IEC 18004


@require_safe
@for_employees
def mobile(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the code that a SIP app scans; it holds no password and works for a quarter of an hour."""
    assert actor.employee_id is not None
    phone = skype_phone(actor, actor.employee_id)
    if phone is None or phone.sip_domain is None:
        return HttpResponseRedirect(reverse("settings_skype"))
    domain = phone.sip_domain.name.lower()
    token = signing.dumps([phone.username, domain, str(request.user)], salt=SALT, compress=True)
    context = {
        "phone": phone,
        "server": f"sip.{domain}",
        "code": drawn(settings.PORTAL_URL + reverse("mobile_file", args=[token])),
        "uri_code": drawn(sip_uri(phone.username, domain)),
        "minutes": int(VALID.total_seconds() // 60),
    }
    return TemplateResponse(request, "provisioning/skype_mobile.html", context)


@require_safe
@never_cache
def mobile_file(request: HttpRequest, token: str) -> HttpResponse:
    """Hand an app its settings; the app has no session, and the file no secret."""
    try:
        username, domain, name = signing.loads(token, salt=SALT, max_age=VALID)
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error
    return HttpResponse(linphone(username, domain, name), content_type="application/xml")


def drawn(text: str) -> SafeString:
    """Draw a text as a QR code, as SVG of one path; dark modules on white whatever the theme, for readers need it."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
    )
    size = len(rows)
    return format_html(
        '<svg class="qr" viewBox="0 0 {} {}" aria-hidden="true" shape-rendering="crispEdges">'
        '<rect width="{}" height="{}" fill="#fff"/><path fill="#000" d="{}"/></svg>',
        size,
        size,
        size,
        size,
        path,
    )
