"""Read a customer's numbers: those of the public network and whom they lead to, and the local ones (G1, G25)."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from myfone.tenancy.actor import STAFF, Actor, Role
from telephony.models import CallPolicy, Ddi, Extension, QueueMember, ShownNumber
from telephony.selectors.folding import named

MOST_PLACES = 50
_DIGITS = re.compile(r"[\s().+-]+")


@dataclass(frozen=True)
class Place:
    """What a number leads to: an employee or a queue, at a local number.

    kind is employee, queue or nobody: a local number that nobody has any more. has_agents is False for a queue that
    nobody is signed in to.
    """

    id: int
    number: str
    kind: str
    name: str
    public_id: uuid.UUID | None = None
    employee_id: int | None = None
    has_agents: bool = True

    @property
    def icon(self) -> str:
        return {"employee": "user-round", "queue": "list-ordered"}.get(self.kind, "circle-slash")


def looks_after(actor: Actor, customer_id: int) -> bool:
    """Say whether the actor may decide what a customer's numbers lead to; whose rows it sees is asked elsewhere."""
    return actor.role in STAFF or (
        actor.role == Role.CUSTOMER_ADMINISTRATOR and actor.customer_id == customer_id
    )


def direct(actor: Actor, customer_id: int, words: str = "", leads: str = "") -> QuerySet[Any]:
    """Return a customer's numbers in use, by number, each with where it leads.

    words are a part of a number, a local number, or a part of a name; leads is employee, queue, nobody or nothing.
    """
    rows = (
        Ddi.objects.visible_to(actor)
        .filter(customer_id=customer_id, ended_at=None)
        .annotate(kind=_kind("extension__"))
        .select_related("extension__employee", "extension__queue")
        .order_by("number")
    )
    if leads:
        rows = rows.filter(kind=leads)
    if words:
        found = named("extension__employee__name", words) | named("extension__queue__name", words)
        digits = _DIGITS.sub("", words)
        if digits.isdecimal():
            found |= Q(number__contains=digits) | Q(extension__number=digits)
        rows = rows.filter(found)
    listed: QuerySet[Any] = rows
    return listed


def local(actor: Actor, customer_id: int, words: str = "") -> QuerySet[Any]:
    """Return a customer's local numbers, by number, each with whose it is; words narrow as in `direct`."""
    rows = (
        Extension.objects.visible_to(actor)
        .filter(customer_id=customer_id)
        .annotate(
            kind=_kind(),
            has_agents=Exists(
                QueueMember.objects.visible_to(actor).filter(
                    queue__extension=OuterRef("pk"), is_signed_in=True, paused_at=None
                )
            ),
        )
        .select_related("employee", "queue")
        .order_by("number")
    )
    if words:
        rows = rows.filter(
            Q(number__startswith=words) | named("employee__name", words) | named("queue__name", words)
        )
    listed: QuerySet[Any] = rows
    return listed


def places(actor: Actor, customer_id: int, words: str) -> list[Place]:
    """Return whom a number may lead to among those that a search finds, queues first; one beyond MOST_PLACES where
    there are more.
    """
    rows = local(actor, customer_id, words).exclude(kind="nobody").order_by("-kind", "number")
    return [place_of(row) for row in rows[: MOST_PLACES + 1]]


def place(actor: Actor, customer_id: int, number: str) -> Place | None:
    """Return whom a local number belongs to, or None where nobody has it."""
    row = local(actor, customer_id).filter(number=number).exclude(kind="nobody").first()
    return place_of(row) if row else None


def place_of(row: Any) -> Place:
    """Return what a local number that `local` found, or that of a `direct` one, is."""
    if row.employee is not None:
        kind, who, employee_id = "employee", row.employee, row.employee_id
    else:
        kind, who, employee_id = "queue", getattr(row, "queue", None), None
    if who is None or who.ended_at is not None:
        return Place(row.pk, row.number, "nobody", "")
    has_agents = kind != "queue" or getattr(row, "has_agents", True)
    return Place(row.pk, row.number, kind, who.name, who.public_id, employee_id, has_agents)


def loses_own_number(actor: Actor, ddi: Ddi, place: Place | None) -> bool:
    """Say whether an employee whom a number led to would have no number of their own left to show."""
    if place is None or place.employee_id is None:
        return False
    others = Ddi.objects.visible_to(actor).filter(extension__employee_id=place.employee_id, ended_at=None)
    return not others.exclude(pk=ddi.pk).exists()


def is_needed(actor: Actor, ddi: Ddi) -> bool:
    """Say whether a number is the main one, shown to 112 too, while another of the customer's could be it."""
    others = Ddi.objects.visible_to(actor).filter(customer_id=ddi.customer_id, ended_at=None)
    return ddi.is_main and bool(others.exclude(pk=ddi.pk).exists())


def showing(actor: Actor, ddi: Ddi) -> QuerySet[ShownNumber]:
    """Return who may show a number that does not lead to them, by name."""
    rows: QuerySet[ShownNumber] = (
        ShownNumber.objects.visible_to(actor)
        .filter(ddi=ddi, employee__ended_at=None)
        .select_related("employee")
        .order_by("employee__name", "pk")
    )
    return rows


def country_of(actor: Actor, customer_id: int) -> str:
    """Return the country whose numbers a customer writes without a code."""
    policy = CallPolicy.objects.visible_to(actor).filter(customer_id=customer_id).first()
    return policy.country if policy else "DK"


def _kind(prefix: str = "") -> Case:
    return Case(
        When(
            **{f"{prefix}employee__isnull": False, f"{prefix}employee__ended_at__isnull": True},
            then=Value("employee"),
        ),
        When(
            **{f"{prefix}queue__isnull": False, f"{prefix}queue__ended_at__isnull": True}, then=Value("queue")
        ),
        default=Value("nobody"),
        output_field=CharField(),
    )
