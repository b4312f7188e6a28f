"""Read the state of people and put it into the words that browsers show, once for each language."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.template.loader import render_to_string
from django.utils import translation

from myfone.kernel import clock
from myfone.live.admission import Visitor
from myfone.tenancy.actor import Actor
from myfone.tenancy.context import tenant, wall_clock
from telephony.selectors.colleagues import REACHED, STATUS, Status
from telephony.selectors.live import Now, all_of, is_silent
from telephony.selectors.standing import Own
from telephony.templatetags.presence import presence_line, presence_reason, presence_text

#: What is sent as a whole, by the place on the page where it stands (data-live).
PLACES = {
    "now": "telephony/now.html",
    "strip": "components/strip.html",
    "standing": "telephony/standing.html",
    "bell": "components/bell.html",
    "missed": "components/missed.html",
}


@dataclass(frozen=True)
class Known:
    """What is known of one person, and how it reads in each language that somebody follows it in.

    `queues` are those that the person takes calls of, where it is the person's own state.

    A part is the inside of a JSON object, so that parts are put together into events without being read again.
    """

    facts: Any
    is_hidden: bool = False
    queues: tuple[int, ...] = ()
    parts: dict[str, str] = field(default_factory=dict, compare=False)


def read(
    customer_id: int,
    followed: Mapping[int, Collection[str]],
    known: Mapping[int, Known],
    mine: Mapping[int, Collection[str]],
    known_own: Mapping[int, Known],
    *,
    wall: tuple[str, str] | None = None,
) -> tuple[dict[int, Known], dict[int, Known]]:
    """Return what colleagues see of employees of one customer, and what others of its employees see of themselves.

    `followed` and `mine` name the languages for each. Where nothing has changed, the value that was known is returned
    itself. Who has left is absent. `wall` are the customer's time zone and
    country, by which times and numbers are shown.
    """
    if not (followed or mine):
        return {}, {}
    with tenant(Actor.system(customer_id, doing="live")), wall_clock(*wall or (None,)):
        return people(followed, known) if followed else {}, own(mine, known_own) if mine else {}


def people(wanted: Mapping[int, Collection[str]], before: Mapping[int, Known]) -> dict[int, Known]:
    """Return what colleagues see of employees of the customer that is open."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT employee.id, employee.public_id, employee.is_hidden, {STATUS}, {REACHED}"  # noqa: S608 - constants
            " FROM switch.presence_of(%s) known JOIN tenancy_employee employee ON employee.id = known.employee_id",
            [list(wanted)],
        )
        rows = cursor.fetchall()
    found = {}
    for number, public_id, is_hidden, *columns in rows:
        fresh = Known((public_id, Status(*columns)), is_hidden)
        found[number] = _worded(fresh, before.get(number), wanted[number], _person)
    return found


def own(wanted: Mapping[int, Collection[str]], before: Mapping[int, Known]) -> dict[int, Known]:
    """Return what employees of that customer see of themselves: status, what meets calls, calls, phones, the switch."""
    everything = all_of(wanted)
    at = clock.now()
    found = {}
    for number, (mine, now) in everything.items():
        # When it was last heard of changes all the time; what is shown is whether it is silent.
        silent = now.switch_seen if is_silent(now.switch_seen, at) else None
        queues = tuple(queue.key for queue in mine.standing.queues)
        fresh = Known((mine, replace(now, switch_seen=silent)), queues=queues)
        found[number] = _worded(fresh, before.get(number), wanted[number], _mine)
    return found


def may_see(visitor: Visitor, number: int, known: Known) -> bool:
    """Say whether a visitor sees somebody who may be hidden from colleagues."""
    return not known.is_hidden or visitor.sees_hidden or visitor.employee_id == number


def snapshot(visitor: Visitor, people: Mapping[int, Known], own: Mapping[int, Known]) -> str:
    """Return how everything stands that a visitor follows, as JSON."""
    parts = [
        known.parts[visitor.language]
        for number in visitor.people
        if (known := people.get(number)) is not None and may_see(visitor, number, known)
    ]
    mine = own.get(visitor.employee_id)
    rest = "," + mine.parts[visitor.language] if mine else ""
    return f'{{"people":{{{",".join(parts)}}}{rest}}}'


def _worded(
    fresh: Known, before: Known | None, languages: Collection[str], words: Callable[..., str]
) -> Known:
    known = before if before is not None and before == fresh else fresh
    for language in languages:
        if language not in known.parts:
            with translation.override(language):
                known.parts[language] = words(*known.facts)
    return known


def _person(public_id: UUID, status: Status) -> str:
    return f"{json.dumps(str(public_id))}:{json.dumps({'dot': status.dot, 'text': presence_line(status)})}"


def _mine(own: Own, now: Now) -> str:
    status = own.status
    me = {"dot": status.dot, "text": presence_text(status), "reason": presence_reason(status)}
    shown = {"now": now, "silent": now.switch_seen is not None, "standing": own.standing}
    parts = {name: render_to_string(template, shown) for name, template in PLACES.items()}
    return f'"me":{json.dumps(me)},"places":{json.dumps(parts)}'
