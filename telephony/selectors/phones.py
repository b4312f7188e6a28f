"""Read phones and what the switch has seen of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from myfone.tenancy.actor import Actor
from telephony.models import Phone, PhoneKind

# How Microsoft's clients name themselves in User-Agent; the switch has no server for what else they ask.
_MICROSOFT = ("UCCAPI", "Microsoft Lync", "OC/", "iPhoneLync", "ACOMO")


@dataclass(frozen=True)
class Client:
    """A program or device that has signed in to a phone's account.

    `since` is when it began its present stay; `registered_until` is None when it is not signed in now.
    """

    user_agent: str
    address: str
    transport: str
    first_seen: dt.datetime
    since: dt.datetime
    last_seen: dt.datetime
    registered_until: dt.datetime | None

    @property
    def is_connected(self) -> bool:
        return self.registered_until is not None

    @property
    def is_microsoft(self) -> bool:
        return any(mark in self.user_agent for mark in _MICROSOFT)


@dataclass(frozen=True)
class Refusal:
    """Wrong passwords from one address within the last day, and until when that address is shut out.

    spelling is how the client wrote the user name, where no digest is kept for that mixture of cases.
    """

    address: str
    user_agent: str
    failures: int
    first_at: dt.datetime
    last_at: dt.datetime
    banned_until: dt.datetime | None
    spelling: str = ""


def skype_phone(actor: Actor, employee_id: int) -> Phone | None:
    """Return the Skype client of an employee whom the actor may see, with its domain."""
    found: Phone | None = skype_phones(actor, employee_id).first()
    return found


def skype_phones(actor: Actor, employee_id: int) -> QuerySet[Phone]:
    """Return the query of `skype_phone`, for those who know more of the account."""
    rows: QuerySet[Phone] = Phone.objects.visible_to(actor).select_related("sip_domain", "employee")
    return rows.filter(employee_id=employee_id, kind=PhoneKind.SKYPE, ended_at=None)


def clients(phones: Sequence[Phone]) -> list[Client]:
    """Return the clients that have signed in to these phones, the latest first.

    The database answers for phones of opened customers only.
    """
    rows = _ask(
        "SELECT user_agent, host(address), transport, first_seen, since, last_seen, registered_until"
        " FROM switch.clients(%s)",
        phones,
    )
    return [Client(*row) for row in rows]


def refusals(phones: Sequence[Phone]) -> list[Refusal]:
    """Return where wrong passwords for these phones came from in the last day, the latest first."""
    rows = _ask(
        "SELECT host(address), user_agent, failures, first_at, last_at, banned_until, spelling"
        " FROM switch.refusals(%s)",
        phones,
    )
    return [Refusal(*row) for row in rows]


def _ask(statement: str, phones: Sequence[Phone]) -> list[tuple]:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(statement, [[phone.pk for phone in phones]])
        rows: list[tuple] = cursor.fetchall()  # type: ignore[type-arg]
        return rows
