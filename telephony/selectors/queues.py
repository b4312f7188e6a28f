"""Read queues as those who work with them see them: who takes calls, who waits, what became of the calls (G27)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from myfone.tenancy.actor import SEES_COLLEAGUES, Actor, Role
from telephony.models import CallPolicy
from telephony.models.queues import MISSED
from telephony.rules.queue_figures import Slot
from telephony.selectors.schedules import reads_english

#: How long a missed caller stands on the list, and one that was called back below it.
TO_DO_DAYS, DONE_HOURS = dt.timedelta(days=14), dt.timedelta(hours=24)
MOST_CALLS = 300

_HEADS = """
SELECT queue.id, queue.public_id, queue.name, coalesce(extension.number, ''), queue.strategy, queue.goal_seconds,
       queue.max_wait_seconds,
       opening.is_open, opening.why, CASE WHEN %(english)s::boolean THEN opening.label_en ELSE opening.label END,
       (
           SELECT coalesce(json_agg(json_build_array(
               day.name, day.first_day, day.last_day, day.opens, day.closes) ORDER BY day.first_day), '[]')
           FROM telephony_queueday day
           WHERE day.queue_id = queue.id AND day.last_day >= local.time::date
             AND day.first_day < local.time::date + 60
       ),
       (SELECT count(*) FROM telephony_queuemember member WHERE member.queue_id = queue.id),
       EXISTS (
           SELECT FROM telephony_queuemember member
           WHERE member.queue_id = queue.id AND member.employee_id = %(me)s
       )
FROM telephony_queue queue
LEFT JOIN telephony_extension extension ON extension.id = queue.extension_id
LEFT JOIN telephony_callpolicy policy ON policy.customer_id = queue.customer_id
CROSS JOIN LATERAL (
    SELECT %(at)s AT TIME ZONE coalesce(policy.time_zone, 'Europe/Copenhagen') AS time
) local
CROSS JOIN LATERAL switch.queue_opened(queue.id, %(at)s) opening
WHERE queue.customer_id = %(customer)s AND queue.ended_at IS NULL
  AND (%(one)s::uuid IS NULL OR queue.public_id = %(one)s::uuid)
  AND (
      %(supervises)s OR EXISTS (
          SELECT FROM telephony_queuemember member
          WHERE member.queue_id = queue.id AND member.employee_id = %(me)s
      )
  )
ORDER BY lower(queue.name), queue.id
"""
_BOARD = """
SELECT board.*, employee.public_id, now()
FROM switch.queue_board(%s) board
JOIN tenancy_employee employee ON employee.id = board.employee_id
ORDER BY employee.name, board.member_id
"""
_CALLS = """
SELECT call.public_id, call.queue_id, call.state, call.caller, call.caller_name, call.entered_at, call.outcome,
       call.answered_at, call.ended_at, call.taken_at, call.taken_by_id, taker.name, call.done_at, doer.name,
       call.done_how, answerer.name,
       ARRAY(
           SELECT employee.name FROM telephony_queueoffer offer
           JOIN tenancy_employee employee ON employee.id = offer.employee_id
           WHERE offer.call_id = call.id AND offer.ended_at IS NULL
           ORDER BY employee.name
       )
FROM telephony_queuecall call
LEFT JOIN tenancy_employee taker ON taker.id = call.taken_by_id
LEFT JOIN tenancy_employee doer ON doer.id = call.done_by_id
LEFT JOIN tenancy_employee answerer ON answerer.id = call.answered_by_id
WHERE call.customer_id = %(customer)s AND call.queue_id = ANY (%(queues)s)
  AND (
      call.ended_at IS NULL
      OR call.entered_at > %(since)s AND call.outcome = ANY (%(missed)s)
         AND (call.done_at IS NULL OR call.done_at > %(done_since)s)
  )
ORDER BY call.ended_at IS NOT NULL, call.entered_at DESC, call.id DESC
LIMIT %(most)s
"""
_SLOTS = """
SELECT local.time::date, extract(hour FROM local.time)::integer, count(*),
       count(*) FILTER (WHERE call.outcome = 'answered'),
       count(*) FILTER (WHERE call.outcome = 'answered' AND waited.seconds <= %(goal)s),
       count(*) FILTER (WHERE call.outcome = 'abandoned'),
       coalesce(sum(waited.seconds) FILTER (WHERE call.outcome = 'answered'), 0)::float,
       coalesce(max(waited.seconds), 0)::float
FROM telephony_queuecall call
CROSS JOIN LATERAL (SELECT call.entered_at AT TIME ZONE %(zone)s AS time) local
CROSS JOIN LATERAL (
    SELECT extract(epoch FROM coalesce(call.answered_at, call.ended_at) - call.entered_at) AS seconds
) waited
WHERE call.customer_id = %(customer)s AND call.queue_id = %(queue)s AND call.entered_at >= %(since)s
  AND call.outcome <> ''
GROUP BY 1, 2
ORDER BY 1, 2
"""


@dataclass(frozen=True)
class DifferentDay:
    """Days on which a queue is open from `opens` to `closes`, or closed where there are none."""

    name: str
    first_day: dt.date
    last_day: dt.date
    opens: dt.time | None
    closes: dt.time | None


@dataclass(frozen=True)
class Head:
    """A queue in short.

    open_why says what makes it open or closed (day, holiday, hours), and open_label is the name of that day or holiday.
    """

    id: int
    public_id: UUID
    name: str
    number: str
    strategy: str
    goal_seconds: int
    max_wait_seconds: int
    is_open: bool
    open_why: str
    open_label: str
    days: tuple[DifferentDay, ...]
    agents: int
    is_mine: bool


@dataclass(frozen=True)
class Agent:
    """Somebody who takes a queue's calls, and what they are on now; `steered` says that a ring profile of theirs
    signs them in or out. `at` is when this was so."""

    id: int
    queue_id: int
    employee_id: int
    name: str
    is_signed_in: bool
    set_by: str
    set_at: dt.datetime
    holds_until: dt.datetime | None
    steered: bool
    leaves_after_call: bool
    paused_at: dt.datetime | None
    pause_reason: str
    rests_until: dt.datetime | None
    in_call_since: dt.datetime | None
    rings_since: dt.datetime | None
    is_reachable: bool
    is_dnd: bool
    public_id: UUID
    at: dt.datetime

    @property
    def state(self) -> str:
        """Say in one word what the agent is on: what keeps calls away goes before what does not."""
        if self.in_call_since:
            return "call"
        if self.rings_since:
            return "rings"
        if not self.is_signed_in:
            return "out"
        if self.paused_at:
            return "paused"
        if self.is_dnd:
            return "dnd"
        if not self.is_reachable:
            return "unreachable"
        return "rests" if self.rests_until and self.rests_until > self.at else "free"


@dataclass(frozen=True)
class Call:
    """A call that waits, is talked, or was missed. `times` is how often the caller called in vain."""

    public_id: UUID
    queue_id: int
    state: str
    number: str
    caller_name: str
    entered_at: dt.datetime
    outcome: str
    answered_at: dt.datetime | None
    ended_at: dt.datetime | None
    taken_at: dt.datetime | None
    taken_by_id: int | None
    taken_by: str | None
    done_at: dt.datetime | None
    done_by: str | None
    done_how: str
    answered_by: str | None
    rings: tuple[str, ...]
    times: int = 1

    @property
    def is_known(self) -> bool:
        """Say whether the caller can be called back."""
        return self.number not in ("", "anonymous")


@dataclass(frozen=True)
class Calls:
    """The calls of queues: those in them, oldest first, those to call back, and those that were."""

    waiting: tuple[Call, ...] = ()
    talking: tuple[Call, ...] = ()
    to_do: tuple[Call, ...] = ()
    done: tuple[Call, ...] = ()


def supervises(actor: Actor) -> bool:
    """Say whether the actor looks after all queues of the company."""
    return actor.role in SEES_COLLEAGUES


def administers(actor: Actor) -> bool:
    """Say whether the actor may make and change queues."""
    return actor.role == Role.CUSTOMER_ADMINISTRATOR


def heads(actor: Actor, at: dt.datetime, one: UUID | None = None) -> list[Head]:
    """Return the queues that the actor takes calls of or looks after, by name; or the one of them that is asked for."""
    values = {
        "me": actor.employee_id,
        "at": at,
        "customer": actor.customer_id,
        "one": one,
        "english": reads_english(),
        "supervises": supervises(actor),
    }
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, values)
        rows = [list(row) for row in cursor.fetchall()]
    for row in rows:
        row[10] = tuple(_day(*day) for day in _read(row[10]))
    return [Head(*row) for row in rows]


def board(queues: Sequence[int]) -> list[Agent]:
    """Return who takes the calls of queues, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_BOARD, [list(queues)])
        return [Agent(*row) for row in cursor.fetchall()]


def calls(actor: Actor, queues: Sequence[int], at: dt.datetime) -> Calls:
    """Return who is in queues now, and whom they missed; a caller in vain is one line, however often it was."""
    values = {
        "customer": actor.customer_id,
        "queues": list(queues),
        "missed": [str(outcome.value) for outcome in MISSED],
        "since": at - TO_DO_DAYS,
        "done_since": at - DONE_HOURS,
        "most": MOST_CALLS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CALLS, values)
        found = [Call(*(*row[:16], tuple(row[16]))) for row in cursor.fetchall()]
    inside = sorted((call for call in found if call.ended_at is None), key=lambda call: call.entered_at)
    return Calls(
        waiting=tuple(call for call in inside if call.state != "talking"),
        talking=tuple(call for call in inside if call.state == "talking"),
        to_do=_joined(call for call in found if call.ended_at and not call.done_at),
        done=_joined(call for call in found if call.done_at),
    )


def slots(actor: Actor, head: Head, since: dt.datetime) -> list[Slot]:
    """Return a queue's calls from a time on, by hour of the clock on the wall."""
    values = {
        "customer": actor.customer_id,
        "queue": head.id,
        "since": since,
        "goal": head.goal_seconds,
        "zone": timezone.get_current_timezone_name(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SLOTS, values)
        return [Slot(*row) for row in cursor.fetchall()]


def country_of(actor: Actor) -> str:
    """Return the country of the actor's company, whose numbers need no country code."""
    policy = CallPolicy.objects.visible_to(actor).filter(customer_id=actor.customer_id).first()
    return policy.country if policy else "DK"


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _day(name: str, first: str, last: str, opens: str | None, closes: str | None) -> DifferentDay:
    return DifferentDay(
        name,
        dt.date.fromisoformat(first),
        dt.date.fromisoformat(last),
        dt.time.fromisoformat(opens) if opens else None,
        dt.time.fromisoformat(closes) if closes else None,
    )


def _joined(missed: Iterable[Call]) -> tuple[Call, ...]:
    """Join the calls of one caller to one queue to the latest of them."""
    kept: dict[tuple[int, object], list[Call]] = {}
    for call in missed:
        kept.setdefault((call.queue_id, call.number if call.is_known else call.public_id), []).append(call)
    return tuple(_one(same) for same in kept.values())


def _one(same: Sequence[Call]) -> Call:
    taken = next((call for call in same if call.taken_by_id), same[0])
    return replace(
        same[0],
        times=len(same),
        taken_at=taken.taken_at,
        taken_by_id=taken.taken_by_id,
        taken_by=taken.taken_by,
    )
