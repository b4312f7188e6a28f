"""Read ring profiles, and ask the switch what a call would ring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from myfone.tenancy.actor import Actor
from telephony.models import (
    Ddi,
    Extension,
    ProfileChoice,
    Queue,
    RingProfile,
    RingSchedule,
    RingTarget,
    ScheduleException,
    ScheduleSpan,
    ShownNumber,
)
from telephony.rules.profiles import Shape, Target


@dataclass(frozen=True)
class Row:
    """One row of what a call does; see the type switch.ring for what its fields mean."""

    step: int
    seconds: int
    kind: str
    uri: str
    if_busy: int
    if_unanswered: int
    shows: str | None
    phone_id: int | None
    employee_id: int | None
    customer_id: int | None
    why: str


def preview(domain: str, caller: str, dialled: str, at: dt.datetime) -> list[Row]:
    """Return what a call would do now, by profiles and hours as of `at`: the switch's own answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM switch.preview_call(%s, %s, %s, %s)", [domain, caller, dialled, at])
        return [Row(*row) for row in cursor.fetchall()]


def time_zone(domain: str) -> str | None:
    """Return the time zone of the company whose SIP domain this is, among those that are opened."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT switch.time_zone_of(customer_id) FROM telephony_sipdomain"
            " WHERE lower(name) = lower(%s) AND ended_at IS NULL",
            [domain],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def home_of(customer_id: int) -> tuple[str, str]:
    """Return the time zone and the country of a customer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT switch.time_zone_of(%(customer)s), switch.country_of(%(customer)s)",
            {"customer": customer_id},
        )
        zone, country = cursor.fetchone()
    return zone, country


def active_profile(employee_id: int, at: dt.datetime) -> int | None:
    """Return the id of the profile that holds, as the switch sees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT switch.active_profile(%s, %s)", [employee_id, at])
        row = cursor.fetchone()
    return row[0] if row else None


def open_choice(actor: Actor, employee_id: int) -> ProfileChoice | None:
    """Return the choice that has not been ended; its time may be over all the same."""
    found: ProfileChoice | None = (
        ProfileChoice.objects.visible_to(actor)
        .select_related("profile", "before__profile")
        .filter(employee_id=employee_id, ended_at=None)
        .first()
    )
    return found


def shapes(actor: Actor, besides: RingProfile) -> dict[int, Shape]:
    """Return where the customer's other profiles send calls, by profile."""
    targets: dict[int, list[RingTarget]] = {}
    owners: dict[int, int] = {}
    for target in RingTarget.objects.visible_to(actor).filter(
        customer_id=besides.customer_id, profile__ended_at=None
    ):
        targets.setdefault(target.profile_id, []).append(target)
        owners[target.profile_id] = target.employee_id
    return {
        profile: Shape(
            employee=owners[profile],
            targets=tuple(
                Target(t.situation, t.callers, t.colleague_id, t.number, t.other_id, t.queue_id)
                for t in found
            ),
        )
        for profile, found in targets.items()
        if profile != besides.pk
    }


def profiles_that_may_hold(actor: Actor, employees: Collection[int]) -> dict[int, set[int]]:
    """Return, for each of the employees whom the actor may see, the profiles that hold when none is chosen: those of
    the weekly schedule, else the first."""
    rows = (
        RingProfile.objects.visible_to(actor)
        .filter(employee__in=employees, ended_at=None)
        .order_by("employee_id", "position", "pk")
        .values_list("employee_id", "pk")
    )
    found: dict[int, set[int]] = {}
    for employee, profile in rows:
        found.setdefault(employee, {profile})
    scheduled: dict[int, set[int]] = {}
    for row in RingSchedule.objects.visible_to(actor).filter(employee__in=employees):
        scheduled[row.employee_id] = {row.otherwise_id} | ({row.holiday_id} if row.holiday_id else set())
    for model in (ScheduleSpan, ScheduleException):
        for employee, profile in (
            model.objects.visible_to(actor)
            .filter(employee__in=employees)
            .values_list("employee_id", "profile_id")
            .distinct()
        ):
            scheduled.setdefault(employee, set()).add(profile)
    return found | scheduled


def where_queues_lead(actor: Actor, customer_id: int) -> dict[int, set[int]]:
    """Return to which employees the calls of each queue go on when nobody takes them or it is closed, through
    further queues too."""
    held = list(Queue.objects.visible_to(actor).filter(customer_id=customer_id, ended_at=None))
    named = {number for row in held for number in (row.overflow, row.closed_to) if number}
    numbers: dict[str, Extension] = {
        one.number: one
        for one in Extension.objects.visible_to(actor).filter(customer_id=customer_id, number__in=named)
    }
    for ddi in (
        Ddi.objects.visible_to(actor)
        .filter(customer_id=customer_id, number__in=named, ended_at=None, extension__isnull=False)
        .select_related("extension")
    ):
        numbers[ddi.number] = ddi.extension
    by_extension = {row.extension_id: row.pk for row in held}
    onward = {row.pk: [numbers[to] for to in (row.overflow, row.closed_to) if to in numbers] for row in held}
    found: dict[int, set[int]] = {}
    for queue in onward:
        waiting, seen = [queue], set()
        found[queue] = set()
        while waiting:
            at = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            for extension in onward.get(at, []):
                if extension.employee_id is not None:
                    found[queue].add(extension.employee_id)
                elif extension.pk in by_extension:
                    waiting.append(by_extension[extension.pk])
    return found


def outgoing_numbers(actor: Actor, customer: int, employee: int) -> list[Ddi]:
    """Return the numbers that an employee may show: own direct numbers, granted ones, the main number."""
    granted = ShownNumber.objects.visible_to(actor).filter(employee_id=employee).values("ddi_id")
    return list(
        Ddi.objects.visible_to(actor)
        .filter(customer_id=customer, ended_at=None)
        .filter(Q(extension__employee_id=employee) | Q(pk__in=granted) | Q(is_main=True))
        .order_by("number")
    )


#: Ends that come of how it stands with somebody's phones.
NOT_REACHED = frozenset({"offline", "dnd", "busy_in_call"})


@dataclass(frozen=True)
class Ringing:
    """What rings together from `begins` seconds into the call, for `seconds`; own phones by kind and name.

    `colleague` is whose phones they are, or who cannot be reached where the call ends, when that is not oneself.
    In a queue (`is_queue`, and its name) the call waits for so long at most.
    """

    begins: int
    seconds: int
    members: tuple[tuple[str, str], ...]
    colleague: str
    why: str
    is_queue: bool = False

    @property
    def is_end(self) -> bool:
        return not self.members


def who_rings(employee_id: int, *, internal: bool, at: dt.datetime) -> list[Ringing]:
    """Return what a call to an employee rings while nobody answers, in order: the switch's own answer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT step, seconds, kind, uri, if_unanswered, why, phone_kind, phone_name, employee_id,"
            " employee_name FROM switch.preview_employee(%s, %s, %s)",
            [employee_id, internal, at],
        )
        rows = cursor.fetchall()
    return story(rows, employee_id)


def story(rows: Sequence[Any], employee_id: int, *, begin: int = 1) -> list[Ringing]:
    """Return what rings from one step on while nobody answers, from the rows of a preview."""
    steps: dict[int, list[Any]] = {}
    for row in rows:
        steps.setdefault(row[0], []).append(row)
    found: list[Ringing] = []
    step, begins = begin, 0
    while step in steps:
        together = steps.pop(step)
        seconds, kind, step, why = (together[0][column] for column in (1, 2, 4, 5))
        owner, name = together[0][8:10]
        members = tuple(
            (row[6] or "", row[7] or ("" if row[6] else row[3].removeprefix("sip:").partition("@")[0]))
            for row in together
        )
        found.append(
            Ringing(
                begins,
                seconds,
                () if kind == "end" else members,
                (name or "") if owner != employee_id and (kind != "end" or why in NOT_REACHED) else "",
                why,
                is_queue=kind == "queue",
            )
        )
        begins += seconds
    return found
