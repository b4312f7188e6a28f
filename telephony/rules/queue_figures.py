"""Count what became of a queue's calls, and place the bars of its plots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Hours that the plot of a day shows even when nobody called in them.
FIRST_HOUR, LAST_HOUR = 7, 17
PLOT_HEIGHT = 120  # pixels


@dataclass(frozen=True)
class Slot:
    """The calls that came to a queue within an hour of a day; waits are in seconds."""

    day: dt.date
    hour: int
    offered: int
    answered: int
    in_time: int
    gave_up: int
    answered_wait: float
    longest_wait: float


@dataclass(frozen=True)
class Figures:
    """Sums of a day or a week: every call is answered, given up by its caller, or sent on."""

    offered: int = 0
    answered: int = 0
    in_time: int = 0
    gave_up: int = 0
    average_wait: int | None = None
    longest_wait: int = 0

    @property
    def sent_on(self) -> int:
        """Return how many waited too long, or found the queue full."""
        return self.offered - self.answered - self.gave_up

    @property
    def in_time_percent(self) -> int | None:
        """Return how many of a hundred were answered in time; None without calls."""
        return round(100 * self.in_time / self.offered) if self.offered else None


@dataclass(frozen=True)
class Bar:
    """One bar of a plot: its place in per cent of the width, its parts in pixels from the top."""

    label: str
    answered: int
    missed: int
    left: str
    middle: str
    width: str
    answered_top: int
    answered_height: int
    missed_top: int
    missed_height: int
    has_label: bool


def figures(slots: Iterable[Slot]) -> Figures:
    """Add up hours."""
    held = list(slots)
    answered = sum(slot.answered for slot in held)
    waited = sum(slot.answered_wait for slot in held)
    return Figures(
        offered=sum(slot.offered for slot in held),
        answered=answered,
        in_time=sum(slot.in_time for slot in held),
        gave_up=sum(slot.gave_up for slot in held),
        average_wait=round(waited / answered) if answered else None,
        longest_wait=round(max((slot.longest_wait for slot in held), default=0)),
    )


def by_hour(slots: Iterable[Slot]) -> list[tuple[str, int, int]]:
    """Return label, answered and missed of each hour of one day, without hours at the ends in which nobody called."""
    held = {slot.hour: slot for slot in slots}
    first, last = min([FIRST_HOUR, *held]), max([LAST_HOUR, *held])
    return [(f"{hour:02}", *_counts([held[hour]] if hour in held else [])) for hour in range(first, last + 1)]


def by_day(slots: Iterable[Slot], monday: dt.date, names: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return label, answered and missed of the seven days from a Monday on."""
    held = list(slots)
    days = [monday + dt.timedelta(days=number) for number in range(7)]
    return [
        (name, *_counts(slot for slot in held if slot.day == day))
        for name, day in zip(names, days, strict=True)
    ]


def bars(columns: Sequence[tuple[str, int, int]], *, labels_every: int = 1) -> list[Bar]:
    """Place columns side by side, the highest as high as the plot; missed calls stand on top of answered ones."""
    most = max((answered + missed for _label, answered, missed in columns), default=0) or 1
    share = 100 / len(columns)
    placed = []
    for place, (label, answered, missed) in enumerate(columns):
        high = round(PLOT_HEIGHT * (answered + missed) / most)
        low = round(PLOT_HEIGHT * answered / most)
        placed.append(
            Bar(
                label=label,
                answered=answered,
                missed=missed,
                left=f"{share * place + share * 0.15:.2f}%",
                middle=f"{share * (place + 0.5):.2f}%",
                width=f"{share * 0.7:.2f}%",
                answered_top=PLOT_HEIGHT - low,
                answered_height=low,
                missed_top=PLOT_HEIGHT - high,
                missed_height=high - low,
                has_label=place % labels_every == 0,
            )
        )
    return placed


def _counts(slots: Iterable[Slot]) -> tuple[int, int]:
    held = list(slots)
    answered = sum(slot.answered for slot in held)
    return answered, sum(slot.offered for slot in held) - answered
