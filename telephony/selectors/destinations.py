"""Read where a call can be sent on to: colleagues, those whom a call reaches first, and the company's queues."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from myfone.tenancy.actor import Actor
from telephony.models import Extension, Queue
from telephony.rules.numbers import EMERGENCY, is_local
from telephony.selectors import colleagues
from telephony.selectors.colleagues import STATUS, Colleague, Status
from telephony.selectors.folding import named
from telephony.selectors.profiles import who_rings

PEOPLE = 12
QUEUES = 6
LOOKED_AT = 60
SHORT = 6  # digits; what is longer may be a number of the public network
#: Who is most likely to take a call stands first.
ORDER = ("available", "away", "brb", "busy", "dnd", "off", "offline")
# A mobile is rung by the public network; the others ring while a client is signed in.
_REACHED = f"""
WITH phone AS MATERIALIZED (
    SELECT id, employee_id, kind FROM telephony_phone
    WHERE customer_id = %(customer)s AND employee_id = ANY (%(employees)s) AND ended_at IS NULL AND is_enabled
)
SELECT known.employee_id, {STATUS}, known.employee_id IN (
    SELECT phone.employee_id FROM phone
    WHERE kind = 'mobile' OR id IN (
        SELECT phone_id FROM switch.clients((SELECT array_agg(id) FROM phone)) WHERE registered_until IS NOT NULL
    )
)
FROM switch.presence_of(%(employees)s) known
"""  # noqa: S608 - a constant


@dataclass(frozen=True)
class QueueHead:
    """A queue with its local number."""

    name: str
    number: str


@dataclass(frozen=True)
class Destinations:
    """Where a call can go; `are_more`: some are not listed. `silent` are those of the people without a phone."""

    people: tuple[Colleague, ...]
    queues: tuple[QueueHead, ...]
    are_more: bool
    silent: frozenset[int] = frozenset()

    @property
    def reached(self) -> tuple[Colleague, ...]:
        """The people who have a phone that can ring."""
        return tuple(one for one in self.people if one.id not in self.silent)

    @property
    def unreached(self) -> tuple[Colleague, ...]:
        """The people who have none."""
        return tuple(one for one in self.people if one.id in self.silent)


def destinations(actor: Actor, *, words: str, without: str) -> Destinations:
    """Return whom words find, and queues; not the actor, and not who has the number `without`. Three statements."""
    listed = colleagues.page_of(actor, words=words, size=LOOKED_AT)
    known, with_phone = _reached(actor, [row.pk for row in listed.rows])
    found = listed.found(known)
    people = [
        one
        for one in found.colleagues
        if one.numbers and one.id != actor.employee_id and without not in one.numbers
    ]
    # A status that was set by hand says nothing of a phone.
    silent = frozenset(one.id for one in people if one.status.why != "registered") - with_phone

    def turn(one: Colleague) -> tuple[bool, int]:
        state = one.status.state
        return one.id in silent, ORDER.index(state) if state in ORDER else len(ORDER)

    # Those who were made favourites stay first among equals: the sort keeps the order.
    people.sort(key=turn)
    asked = Queue.objects.visible_to(actor).filter(
        customer_id=actor.customer_id, ended_at=None, extension__isnull=False
    )
    for word in colleagues.words_of(words):
        fits = named("name", word)
        if digits := colleagues.digits_of(word):
            lead_there = Extension.objects.visible_to(actor).filter(customer_id=actor.customer_id)
            fits |= Q(extension__in=lead_there.filter(colleagues.numbered(actor, digits)).values("pk"))
        asked = asked.filter(fits)
    heads = asked.exclude(extension__number=without).order_by("name", "pk")
    queues = list(heads.values_list("name", "extension__number")[: QUEUES + 1])
    return Destinations(
        people=tuple(people[:PEOPLE]),
        queues=tuple(QueueHead(*queue) for queue in queues[:QUEUES]),
        are_more=found.pages > 1 or len(people) > PEOPLE or len(queues) > QUEUES,
        silent=silent,
    )


def _reached(actor: Actor, employees: list[int]) -> tuple[dict[int, Status], frozenset[int]]:
    """Return how these are, and who of them has a phone that is signed in, or a mobile."""
    with connection.cursor() as cursor:
        cursor.execute(_REACHED, {"customer": actor.customer_id, "employees": employees})
        rows = cursor.fetchall()
    known = {number: Status(*columns) for number, *columns, _ in rows}
    return known, frozenset(row[0] for row in rows if row[-1])


def had_no_phone(actor: Actor, number: str, at: dt.datetime) -> bool:
    """Say whether a call to a local number of the actor's company rings nothing, as no phone is signed in."""
    known = Extension.objects.visible_to(actor).filter(customer_id=actor.customer_id, number=number)
    employee = known.values_list("employee_id", flat=True).first()
    rings = who_rings(employee, internal=True, at=at) if employee else []
    return bool(rings) and all(one.is_end for one in rings) and rings[0].why == "offline"


def is_unknown_local(actor: Actor, number: str) -> bool:
    """Say whether a number is as short as a local one, and nobody in the actor's company has it."""
    if not is_local(number) or len(number) > SHORT or number in EMERGENCY:
        return False
    known = Extension.objects.visible_to(actor).filter(customer_id=actor.customer_id, number=number)
    return not known.exists()
