"""Find out what is wrong with a ring profile before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

SHORTEST_STEP, LONGEST_STEP = 3, 120  # seconds


class Fault(StrEnum):
    """Something about a profile that its owner should know before calls find out."""

    EMPTY_STEP = "empty_step"
    NOTHING_RINGS = "nothing_rings"
    NEVER_REACHED = "never_reached"
    LOOP = "loop"
    TO_MYSELF = "to_myself"


# These are refused; the others are told.
REFUSED = frozenset({Fault.EMPTY_STEP, Fault.NOTHING_RINGS, Fault.LOOP, Fault.TO_MYSELF})


@dataclass(frozen=True)
class Target:
    """Where calls go in a situation; all empty: the call ends."""

    situation: str
    callers: str = "everybody"
    colleague: int | None = None
    number: str = ""
    profile: int | None = None

    @property
    def is_end(self) -> bool:
        return self.colleague is None and self.profile is None and not self.number


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

    def always(self) -> list[Target]:
        return [target for target in self.targets if target.situation == "always"]


def faults(
    shape: Shape,
    *,
    profile: int,
    profiles: Mapping[int, Shape],
    colleagues: Mapping[int, int],
) -> list[Fault]:
    """Return what is wrong with a profile.

    profiles are those that exist, by id, the one in question excepted; colleagues says which profile holds for an
    employee. A call that is passed round comes back to nobody (the switch sees to that), but then it ends, and that
    is hardly what the owner wants.
    """
    found = []
    everybody = [target for target in shape.always() if target.callers == "everybody"]
    if any(not step.members for step in shape.steps):
        found.append(Fault.EMPTY_STEP)
    if not shape.steps and not shape.targets:
        found.append(Fault.NOTHING_RINGS)
    if shape.steps and everybody:
        found.append(Fault.NEVER_REACHED)
    if any(target.colleague == shape.employee for target in shape.targets):
        found.append(Fault.TO_MYSELF)
    if _comes_back(shape, profile, {**profiles, profile: shape}, colleagues):
        found.append(Fault.LOOP)
    return found


def _comes_back(
    shape: Shape, profile: int, profiles: Mapping[int, Shape], colleagues: Mapping[int, int]
) -> bool:
    """Say whether a call can return to the profile that it came from."""
    waiting = [_next(target, colleagues) for target in shape.targets if target.colleague != shape.employee]
    seen: set[int] = set()
    while waiting:
        at = waiting.pop()
        if at == profile:
            return True
        if at is None or at in seen or at not in profiles:
            continue
        seen.add(at)
        waiting += [_next(target, colleagues) for target in profiles[at].targets]
    return False


def _next(target: Target, colleagues: Mapping[int, int]) -> int | None:
    if target.profile is not None:
        return target.profile
    return colleagues.get(target.colleague) if target.colleague is not None else None
