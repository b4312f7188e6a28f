"""Decide who may follow what: by the session that pages are shown to, and the rows that the person may see."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.http import HttpRequest

from myfone.accounts.middleware import actor_of
from myfone.accounts.models import User
from myfone.accounts.sessions import may_follow
from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from telephony.selectors.colleagues import ids_of, may_see_hidden
from telephony.selectors.queues import heads

MOST_PEOPLE = 60
MOST_QUEUES = 40


@dataclass(frozen=True)
class Visitor:
    """Who follows which people and queues, in which language, by which clock.

    `password` tells when it was changed since.
    """

    user_id: int
    customer_id: int
    employee_id: int
    sees_hidden: bool
    session_key: str
    password: str
    language: str
    time_zone: str
    country: str
    people: Mapping[int, uuid.UUID]
    queues: Mapping[int, uuid.UUID] = field(default_factory=dict)


def admit(
    cookies: Mapping[str, str], *, language: str, people: Iterable[str], queues: Iterable[str] = ()
) -> Visitor | None:
    """Return the visitor whose session the cookies hold, or None when there is none that holds.

    Of the people asked for, those whom the visitor does not see as colleagues are left out, and so is what exceeds
    MOST_PEOPLE; so are queues that the visitor neither takes calls of nor looks after.
    """
    request: Any = HttpRequest()
    request.session = SessionStore(cookies.get(settings.SESSION_COOKIE_NAME))
    with transaction.atomic():
        if SESSION_KEY not in request.session:
            return None
        user = get_user(request)
        if not isinstance(user, User):
            return None
        actor = actor_of(user)
        if actor is None or actor.employee_id is None or actor.customer_id is None:
            return None
        if not may_follow(request.session, actor):
            return None
        return Visitor(
            user_id=user.pk,
            customer_id=actor.customer_id,
            employee_id=actor.employee_id,
            sees_hidden=may_see_hidden(actor),
            session_key=request.session.session_key,
            password=user.password,
            language=language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
            time_zone=actor.time_zone,
            country=actor.country,
            people=ids_of(actor, _uuids(people, MOST_PEOPLE)),
            queues=_queues(actor, _uuids(queues, MOST_QUEUES)),
        )


def ended(visitors: Iterable[Visitor]) -> set[tuple[str, int]]:
    """Return session and user of those whose sign-in no longer holds; three statements whatever their number."""
    asked = {(one.session_key, one.user_id): one for one in visitors}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_key FROM django_session WHERE session_key = ANY(%s) AND expire_date > now()",
            [[key for key, _ in asked]],
        )
        sessions = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT u.id, u.password, e.employee_id FROM accounts_user u, accounts_enter(u.id) e"
            " WHERE u.id = ANY(%s) AND u.is_active",
            [list({user for _, user in asked})],
        )
        users = {row[0]: row[1:] for row in cursor.fetchall()}
    return {
        key
        for key, one in asked.items()
        if one.session_key not in sessions or users.get(one.user_id) != (one.password, one.employee_id)
    }


def _queues(actor: Actor, wanted: list[uuid.UUID]) -> dict[int, uuid.UUID]:
    if not wanted:
        return {}
    return {head.id: head.public_id for head in heads(actor, clock.now()) if head.public_id in wanted}


def _uuids(texts: Iterable[str], most: int) -> list[uuid.UUID]:
    found = []
    for text in list(texts)[:most]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
