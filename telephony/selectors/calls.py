"""Read what became of calls that the actor took part in."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from myfone.tenancy.actor import SEES_COLLEAGUES, Actor
from telephony.models import BlockedNumber, Contact
from telephony.rules.contacts import search_words
from telephony.rules.numbers import EMERGENCY
from telephony.selectors import contacts
from telephony.selectors.call_statements import ANY_OWN, LATEST, LEGS, LINE, MORE, OF_QUEUE, OWN

CONTACTS_SEARCHED = 50
PARTS = {
    "missed": ("missed",),
    "in": ("answered", "elsewhere", "missed", "led"),
    "out": ("out",),
    "all": ("out", "answered", "elsewhere", "missed", "led"),
}


@dataclass(frozen=True)
class Person:
    """A colleague in a call."""

    public_id: UUID
    name: str


@dataclass(frozen=True)
class Passed:
    """That a call was passed on: with whom it went on (passed_on), or who came in (joined), and the other record.

    is_seen: the reader has a part in that, too; left: the reader was out of the call then.
    """

    role: str
    number: str
    name: str
    employee: UUID | None
    record: UUID | None
    is_seen: bool
    left: bool


@dataclass(frozen=True)
class Line:
    """One call in the actor's history; part is what it was for the actor (see models.Part).

    Where it was led on, why and profile say what did that, and led_to the colleague, or the queue, or led_number the
    number that it was led to; through is whose profile brought it to the actor. local_number is that of a
    colleague who called; outside is the number of the public network that took the call, where the actor's profile or
    forward had sent it there. is_blind: the reader called only to send somebody on, and said nothing.
    """

    key: int
    part: str
    public_id: UUID
    started_at: dt.datetime
    answered_at: dt.datetime | None
    ended_at: dt.datetime | None
    direction: str
    outcome: str
    caller_number: str
    dialled: str
    trunk: str
    ended_by: str
    caller: Person | None
    callee: Person | None
    taker: Person | None
    queue: str = ""
    role: str = ""
    why: str = ""
    profile: str = ""
    led_number: str = ""
    led_to: str = ""
    led_to_queue: bool = False
    through: str = ""
    passed: tuple[Passed, ...] = ()
    local_number: str = ""
    outside: str = ""
    contact: str = ""
    is_blind: bool = False

    @property
    def arrived(self) -> Passed | None:
        """Who came in where the caller passed the call on to the reader."""
        came = (one for one in self.passed if one.role == "joined" and not one.left)
        return next(came, None) if self.part not in ("out", "") else None

    @property
    def sent(self) -> Passed | None:
        """Whom the reader sent on into this call without a word; their line of it is the call they came from."""
        sent = (one for one in self.passed if one.role == "joined" and one.left)
        return next(sent, None) if self.is_blind else None

    @property
    def other(self) -> Person | None:
        """The colleague at the other end, when it is one."""
        if self.arrived:
            return Person(self.arrived.employee, self.arrived.name) if self.arrived.employee else None
        return self.callee if self.part == "out" else self.caller

    @property
    def number(self) -> str:
        """The number at the other end."""
        if self.arrived:
            return self.arrived.number
        return self.dialled if self.part == "out" else self.caller_number

    @property
    def dial(self) -> str:
        """What to dial to talk with the other end again: of a colleague who called, the local number."""
        is_local = self.part != "out" and self.caller and not self.arrived
        number = self.local_number if is_local else self.number
        return number if re.fullmatch(r"[+]?[0-9]{2,20}", number) and number not in EMERGENCY else ""

    @property
    def name(self) -> str:
        """Who was at the other end: a colleague, a queue, a contact, or nobody by name."""
        if self.other:
            return self.other.name
        return self.queue if self.part == "out" and self.queue else self.contact

    @property
    def seconds(self) -> int | None:
        """How long was talked; None when nobody answered, or the call goes on."""
        if self.answered_at is None or self.ended_at is None:
            return None
        return max(0, int((self.ended_at - self.answered_at).total_seconds()))


@dataclass(frozen=True)
class Leg:
    """One phone, number or queue in a call, in the order in which they came; employee is empty where it is nobody's.

    chosen_by is the actor that had chosen the profile (user:…, phone:… by a code), or schedule, and until its end.
    left_out are a queue's agents it did not ring, with what they were on when the call came and why they had a pause;
    see switch.queue_left_out.
    """

    role: str
    step: int
    employee: str
    phone_kind: str | None
    phone_name: str | None
    number: str
    why: str
    profile: str
    outcome: str
    status: int
    began_at: dt.datetime
    rang_at: dt.datetime | None
    answered_at: dt.datetime | None
    ended_at: dt.datetime | None
    queue: str
    chosen_by: str = ""
    until: dt.datetime | None = None
    left_out: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What of the history is asked for; `before` is the key of the last line that was seen."""

    show: str = "all"
    query: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    before: tuple[dt.datetime, int] | None = None


def history(*, actor: Actor, wanted: Wanted, limit: int) -> list[Line]:
    """Return the actor's own calls, the latest first."""
    values: list[Any] = [actor.employee_id]
    # As the partial indexes say it.
    conditions = ["AND leg.part = 'missed'" if wanted.show == "missed" else "AND leg.part <> ''"]
    if wanted.show in ("in", "out"):
        conditions.append("AND leg.part = ANY (%s)")
        values.append(list(PARTS[wanted.show]))
    if wanted.since:
        conditions.append("AND leg.started_at >= %s")
        values.append(wanted.since)
    if wanted.until:
        conditions.append("AND leg.started_at < %s")
        values.append(wanted.until)
    if wanted.before:
        conditions.append("AND (leg.started_at, leg.id) < (%s, %s)")
        values += wanted.before
    own = f"{OWN} {' '.join(conditions)}"
    words = search_words(wanted.query)
    if not words:
        # The page's own lines first, from their index, and then what belongs to them.
        page = LINE.format(more=MORE, legs=f"{own} {LATEST} LIMIT %s")
        return _with_contacts(actor, _lines(f"{page} {LATEST}", [*values, limit]))
    known = _numbers_of(contacts.find(actor=actor, query=wanted.query)[:CONTACTS_SEARCHED])
    found = ["concat_ws(' ', caller.name, callee.name, queue.name) ILIKE ALL (%s)"]
    found.append("record.caller_number || ' ' || record.dialled LIKE ALL (%s)")
    found.append("record.caller_number = ANY (%s) OR record.dialled = ANY (%s)")
    typed = [f"%{_literally(word)}%" for word in wanted.query.split()[:6]]
    values += [typed, [f"%{_literally(word)}%" for word in words], known, known]
    statement = f"{LINE.format(more=MORE, legs=own)} WHERE {' OR '.join(found)} {LATEST} LIMIT %s"
    return _with_contacts(actor, _lines(statement, [*values, limit]))


def call(*, actor: Actor, public_id: UUID) -> tuple[Line, list[Leg]] | None:
    """Return a call that the actor took part in, or of a queue of the actor's, with all that rang in it, or None."""
    own = _lines(LINE.format(more=MORE, legs=ANY_OWN), [public_id, actor.employee_id])
    lines = [
        line if line.part else replace(line, part=_part(line), is_blind=line.role == "caller") for line in own
    ]
    if not lines:
        values = [public_id, actor.customer_id, actor.role in SEES_COLLEAGUES, actor.employee_id]
        seen = _lines(LINE.format(more=MORE, legs=OF_QUEUE), values)
        lines = [replace(line, part="elsewhere" if line.answered_at else "missed") for line in seen]
    if not lines:
        return None
    with connection.cursor() as cursor:
        asked = {
            "call": public_id,
            "customer": actor.customer_id,
            "employee": actor.employee_id,
            "looks_after": actor.role in SEES_COLLEAGUES,
        }
        cursor.execute(LEGS, asked)
        legs = [replace(Leg(*row[:-1]), left_out=_agents(row[-1])) for row in cursor.fetchall()]
    return _with_contacts(actor, lines)[0], legs


def _agents(told: Any) -> tuple[tuple[str, str, str], ...]:
    read = json.loads(told) if isinstance(told, str) else told or []
    return tuple((name, why, reason) for name, why, reason in read)


def _part(line: Line) -> str:
    return "out" if line.role in ("caller", "joined") else "elsewhere"


def blocked(*, actor: Actor) -> QuerySet[BlockedNumber]:
    """Return the numbers that the actor has blocked, the latest first."""
    assert actor.employee_id is not None
    rows: QuerySet[BlockedNumber] = BlockedNumber.objects.visible_to(actor)
    return rows.filter(employee_id=actor.employee_id).order_by("-created_at", "-pk")


def _lines(statement: str, values: list[Any]) -> list[Line]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    return [_line(row) for row in rows]


_FIRST = [field.name for field in fields(Line)][:12]


def _line(row: tuple[Any, ...]) -> Line:
    people = [_person(*row[at : at + 2]) for at in (12, 14, 16)]
    passed = json.loads(row[26]) if isinstance(row[26], str) else row[26] or []
    role, why, profile, number, led_to, led_to_queue, through = row[19:26]
    return Line(
        **dict(zip(_FIRST, row, strict=False)),
        caller=people[0],
        callee=people[1],
        taker=people[2],
        queue=row[18] or "",
        role=role,
        why=why,
        profile=profile,
        led_number=number,
        led_to=led_to or "",
        led_to_queue=bool(led_to_queue),
        through=through or "",
        local_number=row[27] or "",
        outside=row[28] or "",
        passed=tuple(_passed(one) for one in passed),
    )


def _passed(one: Mapping[str, Any]) -> Passed:
    return Passed(
        one["role"],
        one["number"],
        one["name"] or "",
        UUID(one["employee"]) if one["employee"] else None,
        UUID(one["record"]) if one["record"] else None,
        bool(one["is_seen"]),
        one["left"],
    )


def _person(public_id: UUID | None, name: str | None) -> Person | None:
    return Person(public_id, name or "") if public_id else None


def _with_contacts(actor: Actor, lines: list[Line]) -> list[Line]:
    """Put the names of the actor's contacts to numbers that no colleague has."""
    numbers = {line.number for line in lines if line.other is None and line.number}
    if not numbers:
        return lines
    wanted = reduce(or_, (Q(phones__contains=[{"number": number}]) for number in sorted(numbers)))
    names: dict[str, str] = {}
    for contact in Contact.objects.visible_to(actor).filter(wanted).order_by("pk"):
        for number in _numbers_of([contact]):
            names.setdefault(number, contact.name)
    return [replace(line, contact=names.get(line.number, "")) for line in lines]


def _numbers_of(found: Iterable[Contact]) -> list[str]:
    return [phone["number"] for contact in found for phone in contact.phones if phone.get("number")]


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
