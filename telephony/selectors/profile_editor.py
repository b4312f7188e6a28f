"""Read everything that the editor of a ring profile shows, in one statement whatever the company's size."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from myfone.tenancy.actor import Actor
from myfone.tenancy.models import Employee
from telephony.models import Extension, Phone, PhoneKind, RingProfile
from telephony.rules.numbers import shown
from telephony.rules.profiles import Draft, MemberDraft, StepDraft, Target
from telephony.selectors.colleagues import may_see_hidden
from telephony.selectors.profiles import Ringing, story

MOST_LISTED = 200
_IN_BRACKETS = re.compile(r"\(([0-9]+)\)$")

_EVERYTHING = """
SELECT json_build_object(
    'phones', (
        SELECT coalesce(json_agg(json_build_array(id, kind, name, number) ORDER BY kind, id), '[]')
        FROM telephony_phone WHERE employee_id = %(employee)s AND ended_at IS NULL AND is_enabled
    ),
    'profiles', (
        SELECT coalesce(json_agg(json_build_array(id, name, template) ORDER BY position, id), '[]')
        FROM telephony_ringprofile WHERE employee_id = %(employee)s AND ended_at IS NULL AND id <> %(profile)s
    ),
    'outgoing', (
        SELECT coalesce(json_agg(json_build_array(ddi.id, ddi.number, ddi.is_main) ORDER BY ddi.number), '[]')
        FROM telephony_ddi ddi
        LEFT JOIN telephony_extension extension ON extension.id = ddi.extension_id
        WHERE ddi.customer_id = %(customer)s AND ddi.ended_at IS NULL AND (
            extension.employee_id = %(employee)s OR ddi.is_main OR ddi.id = %(outgoing)s
            OR ddi.id IN (SELECT ddi_id FROM telephony_shownnumber WHERE employee_id = %(employee)s)
        )
    ),
    'people', (
        SELECT coalesce(json_agg(json_build_array(id, name, number) ORDER BY name, id), '[]')
        FROM (
            SELECT employee.id, employee.name, coalesce(min(extension.number), '') AS number
            FROM tenancy_employee employee
            LEFT JOIN telephony_extension extension ON extension.employee_id = employee.id
            WHERE employee.customer_id = %(customer)s AND employee.ended_at IS NULL
              AND employee.id <> %(employee)s AND (%(hidden)s OR NOT employee.is_hidden)
            GROUP BY employee.id
            ORDER BY employee.name, employee.id
            LIMIT %(most)s
        ) listed
    ),
    'used', (
        SELECT coalesce(json_agg(DISTINCT jsonb_build_array(employee.id, employee.name, coalesce((
            SELECT min(number) FROM telephony_extension WHERE employee_id = employee.id), ''))), '[]')
        FROM tenancy_employee employee
        WHERE employee.id IN (
            SELECT colleague_id FROM telephony_ringtarget WHERE profile_id = %(profile)s
            UNION ALL
            SELECT member.colleague_id FROM telephony_ringmember member
            JOIN telephony_ringstep step ON step.id = member.step_id WHERE step.profile_id = %(profile)s
        )
    ),
    'steps', (
        SELECT coalesce(json_agg(json_build_array(step.seconds, (
            SELECT coalesce(json_agg(json_build_array(phone_id, colleague_id, number) ORDER BY member.id), '[]')
            FROM telephony_ringmember member WHERE member.step_id = step.id
        )) ORDER BY step.position), '[]')
        FROM telephony_ringstep step WHERE step.profile_id = %(profile)s
    ),
    'targets', (
        SELECT coalesce(json_agg(
            json_build_array(situation, callers, colleague_id, number, other_id, queue_id) ORDER BY id), '[]')
        FROM telephony_ringtarget WHERE profile_id = %(profile)s
    ),
    'queues', (
        SELECT coalesce(json_agg(json_build_array(queue.id, queue.name, coalesce(extension.number, ''))
            ORDER BY lower(queue.name), queue.id), '[]')
        FROM telephony_queue queue LEFT JOIN telephony_extension extension ON extension.id = queue.extension_id
        WHERE queue.customer_id = %(customer)s AND queue.ended_at IS NULL
    ),
    'country', coalesce(
        (SELECT policy.country FROM telephony_callpolicy policy WHERE policy.customer_id = %(customer)s), 'DK'
    ),
    'active', switch.active_profile(%(employee)s, %(at)s)
)
"""


@dataclass(frozen=True)
class OwnPhone:
    """A phone of the profile's owner, as a chip."""

    id: int
    kind: str
    name: str
    number: str

    @property
    def title(self) -> str:
        label = self.name or str(PhoneKind(self.kind).label)
        return f"{label} {shown(self.number)}" if self.number else label


@dataclass(frozen=True)
class Person:
    """Somebody whom calls can be sent to, or a queue."""

    id: int
    name: str
    number: str

    @property
    def title(self) -> str:
        return f"{self.name} ({self.number})" if self.number else self.name


@dataclass(frozen=True)
class Known:
    """What there is to choose from, and what the profile does now; country is whose numbers need no country code."""

    phones: tuple[OwnPhone, ...]
    profiles: tuple[tuple[int, str], ...]
    outgoing: tuple[tuple[int, str, bool], ...]
    people: tuple[Person, ...]
    used: tuple[Person, ...]
    queues: tuple[Person, ...]
    is_active: bool
    draft: Draft
    country: str = "DK"

    def person(self, pk: int) -> Person | None:
        return next((one for one in (*self.used, *self.people) if one.id == pk), None)


def known(actor: Actor, profile: RingProfile, at: dt.datetime) -> Known:
    """Return what the editor of a profile shows; the profile was found through the actor's own eyes."""
    with connection.cursor() as cursor:
        cursor.execute(
            _EVERYTHING,
            {
                "employee": profile.employee_id,
                "customer": profile.customer_id,
                "profile": profile.pk,
                "outgoing": profile.outgoing_id,
                "hidden": may_see_hidden(actor),
                "most": MOST_LISTED,
                "at": at,
            },
        )
        (row,) = cursor.fetchone() or ({},)
    found: dict[str, Any] = json.loads(row) if isinstance(row, str) else row
    return Known(
        phones=tuple(OwnPhone(*phone) for phone in found["phones"]),
        profiles=tuple(
            (pk, str(RingProfile(name=name, template=template))) for pk, name, template in found["profiles"]
        ),
        outgoing=tuple((pk, number, is_main) for pk, number, is_main in found["outgoing"]),
        people=tuple(Person(*person) for person in found["people"]),
        used=tuple(Person(*person) for person in found["used"]),
        queues=tuple(Person(*queue) for queue in found["queues"]),
        is_active=found["active"] == profile.pk,
        draft=Draft(
            name=profile.name,
            outgoing=profile.outgoing_id,
            steps=tuple(
                StepDraft(seconds, tuple(MemberDraft(*member) for member in members))
                for seconds, members in found["steps"]
            ),
            targets=tuple(Target(*target) for target in found["targets"]),
            state=profile.state,
            note=profile.note,
            ends_at=profile.ends_at,
            is_busy_in_call=profile.is_busy_in_call,
        ),
        country=found["country"],
    )


def people(actor: Actor, texts: Iterable[str]) -> dict[str, Person]:
    """Return the colleagues whom texts name: by name, by local number, or as "name (number)".

    A name that two people have names nobody; their numbers tell them apart.
    """
    wanted = {text: match[1] if (match := _IN_BRACKETS.search(text)) else text for text in texts}
    if not wanted:
        return {}
    rows = Employee.objects.visible_to(actor).filter(customer_id=actor.customer_id, ended_at=None)
    if not may_see_hidden(actor):
        rows = rows.filter(is_hidden=False)
    numbers = Extension.objects.visible_to(actor).filter(number__in=set(wanted.values()))
    by_name = Q()
    for text in set(wanted.values()):
        by_name |= Q(name__iexact=text)
    found: dict[str, list[Person]] = {}
    for row in rows.filter(by_name | Q(extensions__in=numbers)).prefetch_related("extensions").distinct():
        held = sorted(extension.number for extension in row.extensions.all())
        person = Person(row.pk, row.name, held[0] if held else "")
        for key in {row.name.casefold(), *held}:
            found.setdefault(key, []).append(person)
    fits = {text: found.get(key.casefold(), []) for text, key in wanted.items()}
    return {text: persons[0] for text, persons in fits.items() if len(persons) == 1}


def without_phones(actor: Actor, colleagues: Iterable[int]) -> frozenset[int]:
    """Return which of these employees of the customer have nothing that could ring."""
    wanted = set(colleagues)
    if not wanted:
        return frozenset()
    ringing = Phone.objects.visible_to(actor).filter(employee_id__in=wanted, ended_at=None, is_enabled=True)
    sending = RingProfile.objects.visible_to(actor).filter(employee_id__in=wanted, ended_at=None)
    elsewhere = sending.filter(Q(targets__isnull=False) | Q(steps__isnull=False))
    found = set(ringing.values_list("employee_id", flat=True)) | set(
        elsewhere.values_list("employee_id", flat=True)
    )
    return frozenset(wanted - found)


@dataclass(frozen=True)
class Stories:
    """What a call does when nobody answers, and when the first step is busy, if that is something else."""

    unanswered: tuple[Ringing, ...]
    busy: tuple[Ringing, ...]


def rings_of_profile(profile: RingProfile, *, internal: bool, at: dt.datetime) -> Stories:
    """Return what a call would ring if the profile held: the switch's own answer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT step, seconds, kind, uri, if_unanswered, why, phone_kind, phone_name, employee_id,"
            " employee_name, if_busy FROM switch.preview_profile(%s, %s, %s)",
            [profile.pk, internal, at],
        )
        rows = cursor.fetchall()
    first = next((row for row in rows if row[0] == 1), None)
    busy = first[10] if first and first[10] != first[4] else 0
    return Stories(
        unanswered=tuple(story(rows, profile.employee_id)),
        busy=tuple(story(rows, profile.employee_id, begin=busy)) if busy else (),
    )
