"""Read where a call can be sent on to: colleagues, the available first, and the company's queues."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from myfone.tenancy.actor import Actor
from telephony.models import Extension, Queue
from telephony.selectors import colleagues
from telephony.selectors.colleagues import Colleague

PEOPLE = 12
QUEUES = 6
LOOKED_AT = 60
#: Who is most likely to take a call stands first.
ORDER = ("available", "away", "brb", "busy", "dnd", "off", "offline")


@dataclass(frozen=True)
class QueueHead:
    """A queue with its local number."""

    name: str
    number: str


@dataclass(frozen=True)
class Destinations:
    """Where a call can go; `are_more`: some are not listed."""

    people: tuple[Colleague, ...]
    queues: tuple[QueueHead, ...]
    are_more: bool


def destinations(actor: Actor, *, words: str, without: str) -> Destinations:
    """Return whom words find, and queues; not the actor, and not who has the number `without`. Three statements."""
    found = colleagues.find(actor, words=words, size=LOOKED_AT)
    people = [
        one
        for one in found.colleagues
        if one.numbers and one.id != actor.employee_id and without not in one.numbers
    ]
    # Those who were made favourites stay first among equals: the sort keeps the order.
    people.sort(key=lambda one: ORDER.index(one.status.state) if one.status.state in ORDER else len(ORDER))
    asked = Queue.objects.visible_to(actor).filter(
        customer_id=actor.customer_id, ended_at=None, extension__isnull=False
    )
    for word in words.replace("\0", "").split()[:6]:
        asked = asked.filter(Q(name__icontains=word) | Q(extension__number__startswith=word))
    listed = asked.exclude(extension__number=without).order_by("name", "pk")
    queues = list(listed.values_list("name", "extension__number")[: QUEUES + 1])
    return Destinations(
        people=tuple(people[:PEOPLE]),
        queues=tuple(QueueHead(*queue) for queue in queues[:QUEUES]),
        are_more=found.pages > 1 or len(people) > PEOPLE or len(queues) > QUEUES,
    )


def is_unknown_local(actor: Actor, number: str) -> bool:
    """Say whether a number is as short as a local one, and nobody in the actor's company has it."""
    if not (number.isdecimal() and 2 <= len(number) <= 6) or number in ("112", "114"):
        return False
    known = Extension.objects.visible_to(actor).filter(customer_id=actor.customer_id, number=number)
    return not known.exists()
