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

CONTACTS_SEARCHED = 50
PARTS = {
    "missed": ("missed",),
    "in": ("answered", "elsewhere", "missed", "led"),
    "out": ("out",),
    "all": ("out", "answered", "elsewhere", "missed", "led"),
}
# What else stands in the record: where it was led on to, through whom it came, and what it goes on in or came from.
_MORE = """
SELECT (array_agg(coalesce(queue.name, employee.name) ORDER BY further.id) FILTER (WHERE leads))[1] AS led_to,
       (array_agg(further.role ORDER BY further.id) FILTER (WHERE leads))[1] = 'queue' AS led_to_queue,
       (array_agg(employee.name ORDER BY further.id) FILTER (
           WHERE further.role = 'led' AND further.employee_id <> leg.employee_id))[1] AS through,
       json_agg(json_build_object(
           'role', further.role, 'number', further.number, 'record', further.goes_on,
           -- The leg of a number outside stands in the name of whoever passed it on.
           'name', CASE WHEN came.in_person THEN employee.name ELSE taker.name END,
           'employee', CASE WHEN came.in_person THEN employee.public_id END,
           'is_seen', beside.is_seen, 'left', coalesce(leg.ended_at <= further.began_at, false)
       ) ORDER BY further.id) FILTER (WHERE further.role IN ('joined', 'passed_on')) AS passed
FROM telephony_callleg further
LEFT JOIN telephony_queue queue ON queue.id = further.queue_id AND further.role = 'queue'
LEFT JOIN tenancy_employee employee ON employee.id = further.employee_id
CROSS JOIN LATERAL (
    SELECT leg.part = 'led' AND further.id > leg.id AND (
        further.role = 'queue' OR leg.role = 'led' AND further.employee_id <> leg.employee_id
    ) AS leads
) led
CROSS JOIN LATERAL (SELECT further.role = 'joined' AND further.phone_id IS NOT NULL AS in_person) came
LEFT JOIN LATERAL (
    SELECT other.answered_by_id, EXISTS (
        SELECT FROM telephony_callleg own
        WHERE own.record_id = other.id AND own.started_at = other.started_at AND own.employee_id = leg.employee_id
    ) AS is_seen
    FROM telephony_callrecord other
    WHERE other.public_id = further.goes_on
) beside ON further.goes_on IS NOT NULL
LEFT JOIN tenancy_employee taker ON taker.id = beside.answered_by_id AND further.role = 'passed_on'
WHERE further.record_id = leg.record_id AND further.started_at = leg.started_at
"""
_LINE = """
SELECT leg.id, CASE WHEN leg.part = 'led' AND record.answered_by_id = leg.employee_id THEN 'answered' ELSE leg.part END,
       record.public_id, record.started_at, record.answered_at, record.ended_at, record.direction,
       record.outcome, record.caller_number, record.dialled, record.trunk, record.ended_by,
       caller.public_id, caller.name, callee.public_id, callee.name, taker.public_id, taker.name, queue.name,
       leg.role, leg.why, leg.profile, leg.number, more.led_to, more.led_to_queue, more.through, more.passed,
       (
           SELECT extension.number FROM telephony_extension extension
           WHERE extension.employee_id = record.caller_id
           ORDER BY extension.number
           LIMIT 1
       )
FROM ({legs}) leg
JOIN telephony_callrecord record ON record.id = leg.record_id AND record.started_at = leg.started_at
LEFT JOIN tenancy_employee caller ON caller.id = record.caller_id
LEFT JOIN tenancy_employee callee ON callee.id = record.employee_id
LEFT JOIN tenancy_employee taker ON taker.id = record.answered_by_id
LEFT JOIN telephony_queue queue ON queue.id = coalesce(leg.queue_id, record.queue_id)
CROSS JOIN LATERAL ({more}) more
"""
_OWN = "SELECT * FROM telephony_callleg leg WHERE leg.employee_id = %s"
# A call's page is for all who had a part in it, also where another call is its line in their history.
_ANY_OWN = """
SELECT leg.*
FROM telephony_callrecord asked
JOIN telephony_callleg leg ON leg.record_id = asked.id AND leg.started_at = asked.started_at
WHERE asked.public_id = %s AND leg.employee_id = %s
ORDER BY leg.part = '', leg.id
LIMIT 1
"""
# A call that came to a queue may be seen by those who take its calls or look after it.
_OF_QUEUE = """
SELECT leg.*
FROM telephony_callrecord asked
JOIN telephony_callleg leg ON leg.record_id = asked.id AND leg.started_at = asked.started_at AND leg.role = 'queue'
JOIN telephony_queue own ON own.id = leg.queue_id AND own.ended_at IS NULL
WHERE asked.public_id = %s AND asked.customer_id = %s
  AND (
      %s OR EXISTS (
          SELECT FROM telephony_queuemember member WHERE member.queue_id = own.id AND member.employee_id = %s
      )
  )
ORDER BY leg.id
LIMIT 1
"""
_LATEST = "ORDER BY leg.started_at DESC, leg.id DESC"
# Who chose the profile that held: the choice that was open, else the schedule, if it still says so.
_LEGS = """
SELECT leg.role, leg.step, coalesce(employee.name, ''), phone.kind, phone.name, leg.number, leg.why, leg.profile,
       leg.outcome, leg.status, leg.began_at, leg.rang_at, leg.answered_at, leg.ended_at, coalesce(queue.name, ''),
       coalesce(choice.chosen_by, scheduled.why, ''), choice.until
FROM telephony_callrecord record
JOIN telephony_callleg leg ON leg.record_id = record.id AND leg.started_at = record.started_at
LEFT JOIN tenancy_employee employee ON employee.id = leg.employee_id
LEFT JOIN telephony_queue queue ON queue.id = leg.queue_id
LEFT JOIN telephony_phone phone ON phone.id = leg.phone_id
LEFT JOIN LATERAL (
    SELECT held.chosen_by, held.until
    FROM telephony_profilechoice held
    JOIN telephony_ringprofile profile ON profile.id = held.profile_id
    WHERE leg.profile <> '' AND held.employee_id = leg.employee_id AND held.began_at <= leg.began_at
      AND (held.until IS NULL OR held.until > leg.began_at)
      AND (held.ended_at IS NULL OR held.ended_at > leg.began_at)
      AND coalesce(nullif(profile.name, ''), profile.template) = leg.profile
    ORDER BY held.id DESC
    LIMIT 1
) choice ON true
LEFT JOIN LATERAL (
    SELECT 'schedule' AS why
    FROM switch.schedule_changes(
        CASE WHEN leg.profile <> '' THEN leg.employee_id END, leg.began_at, leg.began_at, 0
    ) said
    JOIN telephony_ringprofile profile ON profile.id = said.profile_id
    WHERE coalesce(nullif(profile.name, ''), profile.template) = leg.profile
) scheduled ON true
WHERE record.public_id = %s AND record.customer_id = %s
ORDER BY leg.began_at, leg.place, leg.id
"""


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
    colleague who called.
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
    contact: str = ""

    @property
    def arrived(self) -> Passed | None:
        """Who came in where the caller passed the call on to the reader."""
        came = (one for one in self.passed if one.role == "joined" and not one.left)
        return next(came, None) if self.part not in ("out", "") else None

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
    own = f"{_OWN} {' '.join(conditions)}"
    words = search_words(wanted.query)
    if not words:
        # The page's own lines first, from their index, and then what belongs to them.
        page = _LINE.format(more=_MORE, legs=f"{own} {_LATEST} LIMIT %s")
        return _with_contacts(actor, _lines(f"{page} {_LATEST}", [*values, limit]))
    known = _numbers_of(contacts.find(actor=actor, query=wanted.query)[:CONTACTS_SEARCHED])
    found = ["concat_ws(' ', caller.name, callee.name, queue.name) ILIKE ALL (%s)"]
    found.append("record.caller_number || ' ' || record.dialled LIKE ALL (%s)")
    found.append("record.caller_number = ANY (%s) OR record.dialled = ANY (%s)")
    typed = [f"%{_literally(word)}%" for word in wanted.query.split()[:6]]
    values += [typed, [f"%{_literally(word)}%" for word in words], known, known]
    statement = f"{_LINE.format(more=_MORE, legs=own)} WHERE {' OR '.join(found)} {_LATEST} LIMIT %s"
    return _with_contacts(actor, _lines(statement, [*values, limit]))


def call(*, actor: Actor, public_id: UUID) -> tuple[Line, list[Leg]] | None:
    """Return a call that the actor took part in, or of a queue of the actor's, with all that rang in it, or None."""
    own = _lines(_LINE.format(more=_MORE, legs=_ANY_OWN), [public_id, actor.employee_id])
    lines = [line if line.part else replace(line, part=_part(line)) for line in own]
    if not lines:
        values = [public_id, actor.customer_id, actor.role in SEES_COLLEAGUES, actor.employee_id]
        seen = _lines(_LINE.format(more=_MORE, legs=_OF_QUEUE), values)
        lines = [replace(line, part="elsewhere" if line.answered_at else "missed") for line in seen]
    if not lines:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_LEGS, [public_id, actor.customer_id])
        legs = [Leg(*row) for row in cursor.fetchall()]
    return _with_contacts(actor, lines)[0], legs


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
