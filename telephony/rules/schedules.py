"""Say what a weekly schedule means, and what is wrong with one, before calls find out (G28)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

END_OF_DAY = 24 * 60  # minutes
SHORT_GAP = 60
MOST_LINES, MOST_EXCEPTIONS = 20, 100
LONGEST_EXCEPTION = 400  # days
_TIME = re.compile(r"^([0-9]{1,2})(?:[:.]?([0-9]{2}))?$")


class NotATime(ValueError):
    """What was typed is no time of day."""


@dataclass(frozen=True)
class Line:
    """A profile that holds on some weekdays (1 is Monday) from a minute of the day to another."""

    days: tuple[int, ...]
    begins: int
    ends: int
    profile: int


@dataclass(frozen=True, order=True)
class Span:
    """A line on one weekday."""

    weekday: int
    begins: int
    ends: int
    profile: int


class Fault(StrEnum):
    """Something about a week that its owner should know; gaps are told, the others are refused."""

    NO_DAYS = "no_days"
    BACKWARDS = "backwards"
    OVERLAP = "overlap"
    GAP = "gap"


@dataclass(frozen=True)
class Finding:
    """A fault: on which days, in which minutes; line is counted from 1 where one line has it."""

    fault: Fault
    days: tuple[int, ...] = ()
    begins: int = 0
    ends: int = 0
    line: int | None = None


def minute(typed: str, *, is_end: bool = False) -> int:
    """Read "8", "8.30", "0830" or "08:30" as minutes since midnight; an end may be 24 or 0. Raises NotATime."""
    match = _TIME.match(typed.strip())
    if match is None:
        raise NotATime(typed)
    hours, minutes = int(match[1]), int(match[2] or 0)
    found = hours * 60 + minutes
    if minutes > 59 or found > END_OF_DAY or (found == END_OF_DAY and not is_end):
        raise NotATime(typed)
    return END_OF_DAY if is_end and found == 0 else found


def clock_time(minutes: int) -> str:
    """Write minutes since midnight as a time that a form field takes: 08:30."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def spans(lines: Iterable[Line]) -> list[Span]:
    """Return what the lines of a week say day by day; a line that ends before it begins goes on past midnight."""
    found = []
    for line in lines:
        for day in line.days:
            if line.ends > line.begins:
                found.append(Span(day, line.begins, line.ends, line.profile))
            else:
                found.append(Span(day, line.begins, END_OF_DAY, line.profile))
                found.append(Span(day % 7 + 1, 0, line.ends, line.profile))
    return sorted(found)


def profile_at(lines: Iterable[Line], weekday: int, minutes: int) -> int | None:
    """Return the profile that the lines of a week choose at a minute of a weekday (1 is Monday), or None."""
    return next(
        (s.profile for s in spans(lines) if s.weekday == weekday and s.begins <= minutes < s.ends), None
    )


def lines(found: Iterable[Span]) -> list[Line]:
    """Return spans as lines: what is the same on several days is one; nights that were split are joined again."""
    left = sorted(found)
    whole: list[Span] = []
    for span in [one for one in left if one.ends == END_OF_DAY and one.begins > 0]:
        morning = Span(span.weekday % 7 + 1, 0, 0, span.profile)
        rest = next(
            (
                one
                for one in left
                if (one.weekday, one.begins, one.profile) == (morning.weekday, 0, span.profile)
                and one.ends < span.begins
            ),
            None,
        )
        if rest is not None:
            left = [one for one in left if one not in (span, rest)]
            whole.append(Span(span.weekday, span.begins, rest.ends, span.profile))
    days: dict[tuple[int, int, int], list[int]] = {}
    for span in sorted(left + whole):
        days.setdefault((span.begins, span.ends, span.profile), []).append(span.weekday)
    made = [Line(tuple(held), *what) for what, held in days.items()]
    return sorted(made, key=lambda line: (line.days[0], line.begins))


def faults(week: Sequence[Line]) -> list[Finding]:
    """Return what is wrong with the lines of a week, and the short gaps between them."""
    found = [Finding(Fault.NO_DAYS, line=n) for n, line in enumerate(week, 1) if not line.days]
    found += [Finding(Fault.BACKWARDS, line=n) for n, line in enumerate(week, 1) if line.begins == line.ends]
    overlaps: dict[tuple[int, int], list[int]] = {}
    gaps: dict[tuple[int, int], list[int]] = {}
    everything = spans(line for line in week if line.begins != line.ends)
    for one, other in pairwise(everything):
        if one.weekday != other.weekday:
            continue
        if other.begins < one.ends:
            overlaps.setdefault((other.begins, min(one.ends, other.ends)), []).append(one.weekday)
        elif 0 < other.begins - one.ends < SHORT_GAP:
            gaps.setdefault((one.ends, other.begins), []).append(one.weekday)
    for fault, where in ((Fault.OVERLAP, overlaps), (Fault.GAP, gaps)):
        found += [Finding(fault, tuple(days), begins, ends) for (begins, ends), days in sorted(where.items())]
    return found


@dataclass(frozen=True)
class Apart:
    """Days that are different: from a minute of the first to a minute of the last."""

    first_day: dt.date
    begins: int
    last_day: dt.date
    ends: int

    def overlaps(self, other: Apart) -> bool:
        """Say whether two have a minute in common."""
        return (self.first_day, self.begins) < (other.last_day, other.ends) and (
            other.first_day,
            other.begins,
        ) < (self.last_day, self.ends)
