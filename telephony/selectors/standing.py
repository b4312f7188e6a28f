"""Read what meets an employee's calls now: the profile that holds, forwards, do not disturb, and queues."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from myfone.tenancy.actor import Actor
from telephony.models import Template
from telephony.selectors.colleagues import STATUS, Status

#: Two tables to join to: `standing`, and by employee in `load` the queues as the queues' own pages show them, one read
#: of each queue however many ask. What an agent is on is told as telephony.selectors.queues.Agent.state does.
LOADS = """
WITH standing AS MATERIALIZED (SELECT * FROM switch.standing_of(%s)),
board AS MATERIALIZED (
    SELECT queue_id, employee_id,
           CASE
               WHEN in_call_since IS NOT NULL THEN 'call'
               WHEN rings_since IS NOT NULL THEN 'rings'
               WHEN NOT is_signed_in THEN 'out'
               WHEN paused_at IS NOT NULL THEN 'paused'
               WHEN is_dnd THEN 'dnd'
               WHEN NOT is_reachable THEN 'unreachable'
               WHEN rests_until > now() THEN 'rests'
               ELSE 'free'
           END AS state
    FROM switch.queue_board(ARRAY(
        SELECT DISTINCT (queue ->> 'key')::bigint
        FROM standing CROSS JOIN LATERAL jsonb_array_elements(standing.standing -> 'queues') queue
    ))
),
duty AS MATERIALIZED (
    SELECT counted.*, opening.is_open
    FROM (
        SELECT queue_id, count(*) AS agents, count(*) FILTER (WHERE state = 'free') AS free
        FROM board GROUP BY queue_id
    ) counted
    CROSS JOIN LATERAL switch.queue_opened(counted.queue_id, now()) opening
),
load AS (
    SELECT board.employee_id,
           jsonb_object_agg(board.queue_id, jsonb_build_object(
               'agents', duty.agents, 'free', duty.free, 'is_open', duty.is_open, 'state', board.state
           )) AS loads
    FROM board JOIN duty USING (queue_id)
    GROUP BY board.employee_id
)
"""


@dataclass(frozen=True)
class Title:
    """What a ring profile is called: its own name, else that of its template in the reader's language."""

    name: str
    template: str

    def __str__(self) -> str:
        return self.name or (str(Template(self.template).label) if self.template else "")


@dataclass(frozen=True)
class Choosable:
    """A ring profile of one's own; `is_on` is the one that holds."""

    id: str
    title: Title
    is_on: bool


@dataclass(frozen=True)
class Held:
    """The ring profile that holds, until when, and the choice that made it hold; `choice` is "" without one.

    `usual` is what holds without or after the choice: by the schedule, else the first; `is_usual`: it is the same.
    `scheduled`: there is a weekly schedule; `changes`: when the profile does by itself, where that is known.
    """

    title: Title
    until: dt.datetime | None
    choice: str
    usual: Title
    is_usual: bool
    scheduled: bool
    changes: dt.datetime | None


@dataclass(frozen=True)
class Diverted:
    """Where the profile sends calls at once, for callers of one kind: a colleague, a number, a profile, or nowhere."""

    callers: str
    name: str
    number: str
    profile: Title


@dataclass(frozen=True)
class Forwarded:
    """A forward that was dialled on a phone, and goes before the profile."""

    number: str
    since: dt.datetime


@dataclass(frozen=True)
class Silent:
    """Do not disturb; `why` is hand or profile."""

    why: str
    until: dt.datetime | None


@dataclass(frozen=True)
class OwnQueue:
    """A queue that one takes calls of, and how it stands: who waits there since when.

    Where LOADS was asked too, `free` says how many of its agents can take a call now, and `state` what keeps calls of
    the queue from oneself, in the words of telephony.selectors.queues.Agent.
    """

    key: int
    id: str
    name: str
    signed_in: bool
    set_by: str
    holds_until: dt.datetime | None
    leaves: bool
    paused_at: dt.datetime | None
    reason: str
    waiting: int
    oldest: dt.datetime | None
    agents: int
    free: int | None = None
    is_open: bool = True
    state: str = ""


@dataclass(frozen=True)
class Outage:
    """That a desk phone of one's own was signed out; `ended` is when it came back, `is_new` that it is not read."""

    kind: str
    name: str
    began: dt.datetime
    ended: dt.datetime | None
    is_new: bool


@dataclass(frozen=True)
class Noted:
    """The note that a colleague wrote for one; `is_new` that it is not read."""

    by: str
    note: str
    at: dt.datetime
    is_new: bool


@dataclass(frozen=True)
class Missed:
    """Missed calls that were not seen yet, 100 at most: their keys in the history, and who called last, when.

    `name` is a colleague's, and empty for others.
    """

    legs: frozenset[int]
    at: dt.datetime
    name: str
    number: str

    @property
    def count(self) -> int:
        return len(self.legs)

    @property
    def shown(self) -> str:
        """The count as a badge has room for it."""
        return str(self.count) if self.count < 100 else "99+"


@dataclass(frozen=True)
class Standing:
    """What meets an employee's calls now."""

    profile: Held | None = None
    profiles: tuple[Choosable, ...] = ()
    always: tuple[Diverted, ...] = ()
    forward: Forwarded | None = None
    silent: Silent | None = None
    queues: tuple[OwnQueue, ...] = ()
    bell: tuple[Outage, ...] = ()
    noted: Noted | None = None
    missed: Missed | None = None

    @property
    def unread(self) -> int:
        """Count what is new at the bell; missed calls are one message, however many they are."""
        news = sum(outage.is_new for outage in self.bell) + bool(self.noted and self.noted.is_new)
        return news + bool(self.missed)

    @property
    def paused(self) -> tuple[OwnQueue, ...]:
        """The queues in which one has a pause."""
        return tuple(queue for queue in self.queues if queue.paused_at and queue.signed_in)

    @property
    def may_pause(self) -> bool:
        """Say whether queues ring one now, so that a pause would keep something away."""
        return any(queue.signed_in and not queue.paused_at for queue in self.queues)

    @property
    def intercepts(self) -> bool:
        """Say whether calls go otherwise than they do when nothing was chosen or set."""
        chosen = self.profile is not None and self.profile.choice and not self.profile.is_usual
        return bool(chosen or self.always or self.forward or self.silent or self.paused)


@dataclass(frozen=True)
class Own:
    """What every page shows of the person who looks at it; `can_call`: whether a call controller is at work."""

    status: Status
    standing: Standing
    can_call: bool = False


def own(actor: Actor, *, looks_at_calls: bool = False) -> Own:
    """Return the actor's own status and what meets the actor's calls; one statement.

    `looks_at_calls`: the missed calls that it tells of are seen from now on.
    """
    me = actor.employee_id
    assert me is not None
    # The statement reads what stood before it.
    seen = "switch.calls_seen(ARRAY[known.employee_id])" if looks_at_calls else "0"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {STATUS}, standing, switch.controller_seen() > now() - interval '20 seconds', {seen}"  # noqa: S608 - constants
            " FROM switch.presence_of(%s) known"
            " LEFT JOIN switch.standing_of(%s) USING (employee_id)",
            [[me], [me]],
        )
        row = cursor.fetchone()
    return Own(Status(*row[:-3]), as_standing(row[-3]), bool(row[-2])) if row else Own(Status(), Standing())


def as_standing(value: Any, loads: Any = None) -> Standing:
    """Return a column of switch.standing_of as a value, with what LOADS says of the queues where that was asked."""
    said: Mapping[str, Any] | None = json.loads(value) if isinstance(value, str) else value
    if said is None:
        return Standing()
    known: Mapping[str, Any] = (json.loads(loads) if isinstance(loads, str) else loads) or {}
    held, forward, silent = said["profile"], said["forward"], said["silent"]
    return Standing(
        profile=held
        and Held(
            title=Title(held["name"], held["template"]),
            until=_time(held["until"]),
            choice=held["choice"] or "",
            usual=Title(held["usual"]["name"], held["usual"]["template"]) if held["usual"] else Title("", ""),
            is_usual=held["usual"] is not None and held["usual"]["id"] == held["id"],
            scheduled=held["scheduled"],
            changes=_time(held["changes"]),
        ),
        profiles=tuple(
            Choosable(one["id"], Title(one["name"], one["template"]), bool(held) and one["id"] == held["id"])
            for one in said["profiles"]
        ),
        always=tuple(
            Diverted(one["callers"], one["name"], one["number"], Title(one["profile"], one["template"]))
            for one in said["always"]
            # A forward goes before the profile.
            if not forward
        ),
        forward=forward and Forwarded(forward["number"], dt.datetime.fromisoformat(forward["since"])),
        silent=silent and Silent(silent["why"], _time(silent["until"])),
        queues=tuple(_queue(one, known.get(str(one["key"]))) for one in said["queues"]),
        bell=tuple(
            Outage(
                one["kind"],
                one["name"],
                dt.datetime.fromisoformat(one["began"]),
                _time(one["ended"]),
                one["is_new"],
            )
            for one in said["bell"]
        ),
        noted=_noted(said["noted"]),
        missed=_missed(said["missed"]),
    )


def _noted(one: Mapping[str, Any] | None) -> Noted | None:
    return one and Noted(one["by"], one["note"], dt.datetime.fromisoformat(one["at"]), one["is_new"])  # type: ignore[return-value]


def _missed(one: Mapping[str, Any] | None) -> Missed | None:
    return one and Missed(  # type: ignore[return-value]
        frozenset(one["legs"]), dt.datetime.fromisoformat(one["at"]), one["name"], one["number"]
    )


def _queue(one: Mapping[str, Any], load: Mapping[str, Any] | None) -> OwnQueue:
    times = {name: _time(one[name]) for name in ("holds_until", "paused_at", "oldest")}
    plain = {name: value for name, value in one.items() if name != "on_duty"}
    return OwnQueue(**{**plain, **times, **(load or {})})


def _time(value: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value) if value else None
