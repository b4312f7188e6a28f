"""Open the tenant of whoever asks, for as long as the request lasts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from myfone.accounts.models import User
from myfone.kernel import home, rows
from myfone.tenancy.actor import Actor, Role
from myfone.tenancy.context import wall_clock

# These answer anybody, need no tenant, and must not hold a transaction.
OUTSIDE = ("/static/", "/health", "/ready", "/metrics", "/.well-known/", "/autodiscover/", "/live/")
# These ask an outside system, which no transaction may wait for; they open the tenant themselves, for what they read.
ON_THEIR_OWN = ("/control/",)


class TenantMiddleware:
    """Own the request's transaction: the tenant set in it holds while a TemplateResponse renders.

    Times are read and shown by the clock on the wall of whoever asks, which is their company's.
    An answer of 400 and above undoes what the request wrote, also where Django turned an exception into a page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = None  # type: ignore[attr-defined]
        if request.path.startswith(OUTSIDE):
            return self.get_response(request)
        if request.path.startswith(ON_THEIR_OWN):
            with transaction.atomic():
                if request.user.is_authenticated:
                    request.actor = actor_of(request.user)  # type: ignore[attr-defined]
            with at_home(request.actor):  # type: ignore[attr-defined]
                return self.get_response(request)
        with transaction.atomic():
            claimed = SESSION_KEY in request.session
            if request.user.is_authenticated:
                request.actor = actor_of(request.user)  # type: ignore[attr-defined]
            elif claimed:
                rows.close()  # a session that no longer holds: whoever it named may have been entered already
            with at_home(request.actor):  # type: ignore[attr-defined]
                response = self.get_response(request)
            if response.status_code >= 400:
                transaction.set_rollback(True)
        return response


def at_home(actor: Actor | None) -> AbstractContextManager[None]:
    """Read and show times and numbers as in the actor's company."""
    return wall_clock(actor.time_zone, actor.country) if actor else wall_clock(None)


def actor_of(user: User) -> Actor | None:
    """Return whom a user acts as in the running transaction, whose tenant is opened unless reading them has done so."""
    if not user.entered:
        return enter(user.pk)
    found = (user.entered_role, user.entered_reseller, user.entered_customer, user.entered_employee)
    return _actor_of(user.pk, *found, user.entered_zone, user.entered_country)


def enter(user_id: int) -> Actor | None:
    """Open the user's tenant in the running transaction, in one statement; None if they act as nobody."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT role, reseller_id, customer_id, employee_id, switch.time_zone_of(customer_id),"
            " switch.country_of(customer_id) FROM accounts_enter(%s)",
            [user_id],
        )
        row = cursor.fetchone()
    return _actor_of(user_id, *row) if row else None


def _actor_of(
    user_id: int,
    role: str | None,
    reseller_id: int | None,
    customer_id: int | None,
    employee_id: int | None,
    time_zone: str | None,
    country: str | None,
) -> Actor | None:
    if role is None:
        return None
    return Actor(
        id=f"user:{user_id}",
        role=Role(role),
        user_id=user_id,
        reseller_id=reseller_id,
        customer_id=customer_id,
        employee_id=employee_id,
        time_zone=time_zone or settings.TIME_ZONE,
        country=country or home.USUAL,
    )
