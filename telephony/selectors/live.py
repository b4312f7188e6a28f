"""Read what goes on right now: calls that ring or are up, phones that are registered, and whether the switch is."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.db import connection

from myfone.kernel import clock
from myfone.tenancy.actor import Actor
from telephony.models import PhoneKind
from telephony.selectors.colleagues import REACHED, STATUS, Found, Status, page_of
from telephony.selectors.standing import LOADS, Own, Standing, as_standing

# The switch tells of itself every five seconds.
SWITCH_SILENT = dt.timedelta(seconds=20)


class Controller(StrEnum):
    """Whether calls can be controlled: there never was a controller, it is at work, or it is heard of no more."""

    NEVER = "never"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class LivePhone:
    """A phone of an employee's that signs in at the switch; `seen` is when a client last did; None where
    one is signed in, or none ever was."""

    kind: str
    name: str
    registered: bool
    seen: dt.datetime | None
    id: int = 0


@dataclass(frozen=True)
class Origin:
    """How a call came to an employee: who sent it on, whom it was for and what led it on, the queue that it was in."""

    sent_by: str = ""
    through: str = ""
    forwarded: bool = False
    queue: str = ""


@dataclass(frozen=True)
class LiveCall:
    """A call that an employee is in, or that rings; direction is initiator or recipient, state early or confirmed.

    `name` is a colleague's, and empty for others; `phones` are kind and name of those that ring or are in it.
    """

    id: str
    direction: str
    state: str
    since: dt.datetime
    number: str
    name: str
    phones: tuple[tuple[str, str], ...]
    phone_ids: tuple[int, ...] = ()
    origin: Origin | None = None

    @property
    def is_up(self) -> bool:
        return self.state == "confirmed"

    @property
    def is_mine(self) -> bool:
        """Say whether the employee began the call."""
        return self.direction == "initiator"


@dataclass(frozen=True)
class Now:
    """What goes on at an employee's phones. `switch_seen` is when a switch was last heard of, None: never.

    `controller_seen` is when a call controller was last heard of, where that is too long ago.
    """

    calls: tuple[LiveCall, ...] = ()
    phones: tuple[LivePhone, ...] = ()
    switch_seen: dt.datetime | None = None
    controller: Controller = Controller.NEVER
    controller_seen: dt.datetime | None = None

    def switch_is_silent(self, at: dt.datetime) -> bool:
        """Say whether a switch that was heard of is heard of no more."""
        return is_silent(self.switch_seen, at)

    @property
    def offline(self) -> tuple[LivePhone, ...]:
        """The desk phones that were in use and are not registered now; programs are closed as people please."""
        return tuple(p for p in self.phones if p.kind == PhoneKind.DESK and not p.registered and p.seen)


def is_silent(seen: dt.datetime | None, at: dt.datetime) -> bool:
    """Say whether the switch was heard of, and is no more."""
    return seen is not None and at - seen > SWITCH_SILENT


def all_of(employees: Iterable[int]) -> dict[int, tuple[Own, Now]]:
    """Return what employees of opened customers see of themselves, by id; one statement whatever their number."""
    ids = list(employees)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{LOADS} SELECT employee_id, {STATUS}, standing.standing, load.loads, calls, phones, switch_seen,"  # noqa: S608 - constants
            " switch.controller_seen() FROM switch.now_of(%s) LEFT JOIN switch.presence_of(%s) USING (employee_id)"
            " LEFT JOIN standing USING (employee_id) LEFT JOIN load USING (employee_id)",
            [ids, ids, ids],
        )
        return {
            row[0]: (Own(_status(row[1:-6]), as_standing(*row[-6:-4])), as_now(*row[-4:]))
            for row in cursor.fetchall()
        }


@dataclass(frozen=True)
class Day:
    """What Today begins with: what is the actor's own, local and direct numbers, phones, and some colleagues."""

    own: Own
    numbers: tuple[str, ...]
    direct: tuple[str, ...]
    now: Now
    found: Found


def my_day(actor: Actor, *, size: int) -> Day:
    """Return the actor's day with at most `size` colleagues; two statements."""
    me = actor.employee_id
    assert me is not None
    listed = page_of(actor, size=size)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{LOADS} SELECT known.employee_id, {STATUS}, {REACHED}, standing.standing, load.loads,"  # noqa: S608 - constants
            " line.calls, line.phones, line.switch_seen,"
            " switch.controller_seen(), ARRAY(SELECT number FROM telephony_extension extension"
            " WHERE extension.employee_id = line.employee_id ORDER BY number),"
            " ARRAY(SELECT ddi.number FROM telephony_ddi ddi JOIN telephony_extension extension"
            " ON extension.id = ddi.extension_id"
            " WHERE extension.employee_id = line.employee_id AND ddi.ended_at IS NULL ORDER BY ddi.number)"
            " FROM switch.presence_of(%s) known LEFT JOIN switch.now_of(%s) line USING (employee_id)"
            " LEFT JOIN standing USING (employee_id) LEFT JOIN load USING (employee_id)",
            [[me], [me, *(row.pk for row in listed.rows)], [me]],
        )
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    known = {number: Status(*row[:-8]) for number, row in rows.items()}
    if me not in rows:
        return Day(Own(Status(), Standing()), (), (), Now(), listed.found(known))
    stands, loads, calls, phones, seen, controller, numbers, direct = rows[me][-8:]
    now = as_now(calls, phones, seen, controller)
    mine = Own(
        replace(known[me], is_reached=True), as_standing(stands, loads), now.controller == Controller.UP
    )
    return Day(mine, tuple(numbers), tuple(direct), now, listed.found(known))


def now_of(employees: Iterable[int]) -> dict[int, Now]:
    """Return what goes on at phones of employees of opened customers, by id; one statement whatever their number."""
    return {number: now for number, (_, now) in all_of(employees).items()}


def my_line(actor: Actor) -> tuple[Own, Now]:
    """Return what every page shows of the actor, and what goes on at the actor's phones; one statement."""
    me = actor.employee_id
    assert me is not None
    mine, now = all_of([me]).get(me, (Own(Status(), Standing()), Now()))
    return replace(mine, can_call=now.controller == Controller.UP), now


def my_now(actor: Actor) -> Now:
    """Return what goes on at the actor's phones; one statement."""
    me = actor.employee_id
    assert me is not None
    return now_of([me]).get(me, Now())


def as_now(calls: Any, phones: Any, seen: dt.datetime | None, controller: dt.datetime | None) -> Now:
    """Return a row of switch.now_of, and when a controller was last heard of, as a value."""
    is_down = controller is not None and is_silent(controller, clock.now())
    return Now(
        tuple(_call(one) for one in _parsed(calls)),
        tuple(_phone(one) for one in _parsed(phones)),
        seen,
        Controller.NEVER if controller is None else Controller.DOWN if is_down else Controller.UP,
        controller if is_down else None,
    )


def _status(columns: Sequence[Any]) -> Status:
    # Who has left has no status.
    return Status() if columns[0] is None else Status(*columns)


def _parsed(value: Any) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = json.loads(value) if isinstance(value, str) else value
    return found


def _call(one: Mapping[str, Any]) -> LiveCall:
    return LiveCall(
        id=one["id"],
        direction=one["direction"],
        state=one["state"],
        since=dt.datetime.fromisoformat(one["since"]),
        number=one["number"],
        name=one["name"],
        phones=tuple((phone["kind"], phone["name"]) for phone in one["phones"]),
        phone_ids=tuple(phone["id"] for phone in one["phones"]),
        origin=_origin(one["origin"]),
    )


def _origin(one: Mapping[str, Any] | None) -> Origin | None:
    if one is None:
        return None
    return Origin(one["sent_by"] or "", one["through"] or "", bool(one["forwarded"]), one["queue"] or "")


def _phone(one: Mapping[str, Any]) -> LivePhone:
    seen = one["seen"]
    return LivePhone(
        kind=one["kind"],
        name=one["name"],
        registered=one["registered"],
        id=one["id"],
        seen=dt.datetime.fromisoformat(seen) if seen and not one["registered"] else None,
    )
