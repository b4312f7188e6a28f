"""Change the address that somebody signs in with: the company proposes it, and only its owner takes it into use.

Whoever administers the list of employees could else point an address at themselves and have passwords mailed there.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from myfone.accounts import invitations, limits
from myfone.accounts.models import User
from myfone.kernel import audit, clock, outbox
from myfone.kernel.ratelimit import attempt
from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee

SALT = "accounts.address"
VALID = dt.timedelta(days=7)


class TooOften(Exception):
    """An employee's address was changed too often: each change sends mails to addresses that nobody has proven."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The address of this employee was changed several times today, and each change sends mails."
                " Try again tomorrow."
            )
        )


class TooMany(Exception):
    """Somebody changed too many addresses."""

    def __init__(self) -> None:
        super().__init__(_("You have changed many addresses within an hour. Try again in an hour."))


def count(*, actor: Actor, employee: Employee) -> None:
    """Count one change of an address, before it is made. Raises TooOften, TooMany."""
    if not attempt(limits.ADDRESS_OF_EMPLOYEE, str(employee.pk)).allowed:
        raise TooOften
    if not attempt(limits.ADDRESSES_BY_ACTOR, actor.id).allowed:
        raise TooMany


@transaction.atomic
def changed(*, actor: Actor, employee: Employee, before: str) -> None:
    """Follow up a new address in the company's list: tell the old one, and ask the new one.

    The person goes on signing in with the old address, and credentials go there, until they confirm. Who never signed
    in has only been invited: the new address is invited in place of the old one, which may be a stranger's.
    """
    audit.record(
        actor=actor, action="employee.email_changed", object=employee, before=before, after=employee.email
    )
    if before.lower() == employee.email.lower():
        return
    if invitations.invite_anew(actor=actor, employee=employee, at=clock.now()):
        return
    user = User.objects.filter(membership__employee=employee).first()
    if user is None or user.email.lower() == employee.email.lower():
        return
    params = {"name": user.name, "before": user.email, "after": employee.email}
    _mail(user.email, "address_proposed", user, params, employee)
    _mail(employee.email, "address_confirm", user, params | {"url": link(user, employee.email)}, employee)


def link(user: User, address: str) -> str:
    """Return where the person confirms; the link dies with the address that they have now."""
    token = signing.dumps([user.pk, user.email, address], salt=SALT)
    return settings.PORTAL_URL + reverse("confirm_address", args=[token])


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Take a new address into use: by the link that was mailed to it, and signed in as its owner."""
    user: User = request.user  # type: ignore[assignment]
    try:
        pk, before, after = signing.loads(token, salt=SALT, max_age=VALID)
    except (signing.BadSignature, ValueError):
        pk = before = after = None
    if pk != user.pk or before != user.email:
        messages.info(
            request,
            _("This link is too old, was used already, or is somebody else's. Your address stays as it is."),
        )
        return HttpResponseRedirect(reverse("settings_security"))
    if request.method == "POST":
        if _take(request.actor, user, after):  # type: ignore[attr-defined]
            messages.success(request, _("From now on you sign in with %(address)s.") % {"address": after})
        else:
            messages.error(
                request, _("This address cannot be used. Ask your company's reseller for another one.")
            )
        return HttpResponseRedirect(reverse("settings_security"))
    return TemplateResponse(request, "account/confirm_address.html", {"before": before, "after": after})


def _take(actor: Actor | None, user: User, address: str) -> bool:
    before = user.email
    try:
        with transaction.atomic():
            changed = User.objects.filter(pk=user.pk, email=before).update(email=address)
    except IntegrityError:
        # Somebody else signs in with it; which company they belong to is not told.
        return False
    if not changed or actor is None:
        return bool(changed)
    audit.record(
        actor=actor,
        action="user.email_changed",
        object=user,
        customer_id=actor.customer_id,
        reseller_id=actor.reseller_id,
        before=before,
        after=address,
    )
    for to in (before, address):
        _mail(to, "address_changed", user, {"name": user.name, "before": before, "after": address})
    return True


def _mail(
    to: str, template: str, user: User, params: dict[str, str], employee: Employee | None = None
) -> None:
    outbox.send(
        key=f"{template}:{uuid.uuid4()}",
        to=to,
        template=template,
        language=user.language,
        params=params,
        customer_id=employee.customer_id if employee else None,
    )
