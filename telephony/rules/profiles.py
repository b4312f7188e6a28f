"""Find out what is wrong with a ring profile before it is saved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

SHORTEST_STEP, LONGEST_STEP = 3, 120  # seconds


class Fault(StrEnum):
    """Something about a profile that its owner should know before calls find out."""

    EMPTY_STEP = "empty_step"
    NOTHING_RINGS = "nothing_rings"
    NEVER_REACHED = "never_reached"
    LOOP = "loop"
    TO_MYSELF = "to_myself"
    DEAD_END = "dead_end"
    TARGET_UNUSED = "target_unused"
    SILENT_MEMBER = "silent_member"


# These are refused; the others are told.
REFUSED = frozenset({Fault.EMPTY_STEP, Fault.NOTHING_RINGS, Fault.LOOP, Fault.TO_MYSELF})


# These are told by the profile alone, so each look at it can tell them.
PLAIN = frozenset({Fault.NEVER_REACHED, Fault.TARGET_UNUSED})


@dataclass(frozen=True)
class Target:
    """Where calls go in a situation; all empty: the call ends."""

    situation: str
    callers: str = "everybody"
    colleague: int | None = None
    number: str = ""
    profile: int | None = None
    queue: int | None = None

    @property
    def is_end(self) -> bool:
        return self.colleague is None and self.profile is None and self.queue is None and not self.number


def next_time(time: dt.time, now: dt.datetime) -> dt.datetime:
    """Return when the clock shows this time next; `now` is aware, in the time zone of that clock.

    A time that the night skips comes an hour later by that clock; of one that it has twice, both count.
    """
    today = dt.datetime.combine(now.date(), time.replace(fold=0), tzinfo=now.tzinfo)
    for moment in (today, today.replace(fold=1)):
        # Two times of one zone are compared by what the clock shows: it says nothing of an hour that comes twice.
        if moment.astimezone(dt.UTC) > now.astimezone(dt.UTC):
            return moment
    return dt.datetime.combine(now.date() + dt.timedelta(days=1), time, tzinfo=now.tzinfo)


@dataclass(frozen=True)
class MemberDraft:
    """One that rings in a step: a phone, a colleague or a number (E.164)."""

    phone: int | None = None
    colleague: int | None = None
    number: str = ""


@dataclass(frozen=True)
class StepDraft:
    """What rings at the same time, and for how many seconds."""

    seconds: int
    members: tuple[MemberDraft, ...]


@dataclass(frozen=True)
class Draft:
    """A profile as somebody wants it; ids are of the employee's own customer."""

    name: str = ""
    outgoing: int | None = None
    steps: tuple[StepDraft, ...] = ()
    targets: tuple[Target, ...] = field(default_factory=tuple)
    state: str = ""
    note: str = ""
    ends_at: dt.time | None = None
    is_busy_in_call: bool = False


@dataclass(frozen=True)
class Finding:
    """A fault and where it is: in which step, counted from 1, and at which colleague there, or at which target."""

    fault: Fault
    step: int | None = None
    target: Target | None = None
    colleague: int | None = None


@dataclass(frozen=True)
class Step:
    """Members are counted alone: which phones they are does not matter here."""

    seconds: int
    members: int


@dataclass(frozen=True)
class Shape:
    """A profile as far as its faults go."""

    employee: int
    steps: tuple[Step, ...] = ()
    targets: tuple[Target, ...] = field(default_factory=tuple)
    busy_in_call: bool = False

    def always(self) -> list[Target]:
        return [target for target in self.targets if target.situation == "always"]


def faults(
    shape: Shape,
    *,
    profile: int,
    profiles: Mapping[int, Shape],
    colleagues: Mapping[int, Collection[int]],
    queues: Mapping[int, Collection[int]] = MappingProxyType({}),
    unreachable: Collection[int] = (),
) -> list[Finding]:
    """Return what is wrong with a profile, and where.

    profiles are those that exist, by id, the one in question excepted; colleagues says which profiles may hold for an
    employee when none is chosen, queues to which employees the calls of a queue go on; unreachable are the employees
    whom no call reaches, whatever they choose. A call that is passed round comes back to nobody (the switch sees to
    that), but then it ends, and that is hardly what the owner wants.
    """
    found = []
    passed_on = _callers(shape.always()) == BOTH
    everything = {**profiles, profile: shape}
    found += [Finding(Fault.EMPTY_STEP, step=n) for n, step in enumerate(shape.steps, 1) if not step.members]
    if not shape.steps and not shape.targets:
        found.append(Finding(Fault.NOTHING_RINGS))
    if shape.steps and passed_on:
        found.append(Finding(Fault.NEVER_REACHED, target=shape.always()[0]))
    for target in shape.targets:
        if target.colleague == shape.employee:
            found.append(Finding(Fault.TO_MYSELF, target=target))
        elif _comes_back(target, profile, everything, Ways(colleagues, queues)):
            found.append(Finding(Fault.LOOP, target=target))
        elif target.colleague in unreachable:
            found.append(Finding(Fault.DEAD_END, target=target))
        if _is_covered(target, shape, passed_on=passed_on):
            found.append(Finding(Fault.TARGET_UNUSED, target=target))
    return found


def silent_members(draft: Draft, unreachable: Collection[int]) -> list[Finding]:
    """Return which colleagues are named in steps although no call reaches them."""
    return [
        Finding(Fault.SILENT_MEMBER, step=number, colleague=member.colleague)
        for number, step in enumerate(draft.steps, 1)
        for member in step.members
        if member.colleague in unreachable
    ]


def plain_faults(shape: Shape) -> list[Finding]:
    """Return which of PLAIN a profile has."""
    return [found for found in faults(shape, profile=0, profiles={}, colleagues={}) if found.fault in PLAIN]


BOTH = frozenset({"internal", "external"})


def _callers(targets: Sequence[Target]) -> frozenset[str]:
    """Return whom targets stand for: callers from inside, from outside, or both."""
    found: set[str] = set()
    for target in targets:
        found |= BOTH if target.callers == "everybody" else {target.callers}
    return frozenset(found)


def _is_covered(target: Target, shape: Shape, *, passed_on: bool) -> bool:
    """Say whether no call ever comes to a target, because others take them all before."""
    if target.situation != "always":
        if passed_on:
            return True
        if target.situation == "busy" and not shape.steps:
            return not shape.busy_in_call
    if target.callers != "everybody":
        return False
    others = [t for t in shape.targets if t.situation == target.situation and t.callers != "everybody"]
    return _callers(others) == BOTH


@dataclass(frozen=True)
class Ways:
    """Which profiles may hold for an employee, and to which employees the calls of a queue go on."""

    colleagues: Mapping[int, Collection[int]]
    queues: Mapping[int, Collection[int]]

    def employees(self, target: Target) -> set[int]:
        """Return whom a target leads to, at once or through a queue that nobody answers."""
        if target.queue is not None:
            return set(self.queues.get(target.queue, ()))
        return set() if target.colleague is None else {target.colleague}

    def profiles(self, target: Target) -> set[int]:
        """Return the profiles that a target may lead to."""
        if target.profile is not None:
            return {target.profile}
        return {one for employee in self.employees(target) for one in self.colleagues.get(employee, ())}


def _comes_back(target: Target, profile: int, profiles: Mapping[int, Shape], ways: Ways) -> bool:
    """Say whether a call that goes to a target can return to the profile that it came from, or from a queue to its
    owner, whatever holds for them then."""
    owner = profiles[profile].employee
    if target.queue is not None and owner in ways.employees(target):
        return True
    waiting = list(ways.profiles(target))
    seen: set[int] = set()
    while waiting:
        at = waiting.pop()
        if at == profile:
            return True
        if at in seen or at not in profiles:
            continue
        seen.add(at)
        for onward in profiles[at].targets:
            if onward.queue is not None and owner in ways.employees(onward):
                return True
            waiting += ways.profiles(onward)
    return False
