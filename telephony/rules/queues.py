"""Say what a queue may be set to, and read opening hours as people write them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

SHORTEST_RING, LONGEST_RING = 5, 120  # seconds
LONGEST_WRAP_UP = 600
# A transaction of the switch lives for a quarter of an hour at most.
SHORTEST_WAIT, LONGEST_WAIT = 10, 600
MOST_WAITING = 100
_SPAN = re.compile(r"^([0-9]{1,2})(?:[:.]([0-9]{2}))?\s*[-–]\s*([0-9]{1,2})(?:[:.]([0-9]{2}))?$")


class NotHours(ValueError):
    """What was typed is no span of time within a day."""


@dataclass(frozen=True)
class Span:
    """Open from a time of day until a later one; weekday is 1 for Monday to 7 for Sunday."""

    weekday: int
    opens: dt.time
    closes: dt.time


def read_hours(weekday: int, typed: str) -> list[Span]:
    """Read "8-12, 12.30-16" as the spans of a weekday; nothing typed is closed. Raises NotHours."""
    found: list[Span] = []
    for part in filter(None, (one.strip() for one in typed.split(","))):
        match = _SPAN.match(part)
        if match is None:
            raise NotHours(part)
        try:
            opens = dt.time(int(match[1]), int(match[2] or 0))
            # Midnight at the end of a day is the last minute of it.
            last = (int(match[3]), int(match[4] or 0))
            closes = dt.time(23, 59, 59) if last == (24, 0) else dt.time(*last)
        except ValueError as error:
            raise NotHours(part) from error
        if closes <= opens or (found and opens < found[-1].closes):
            raise NotHours(part)
        found.append(Span(weekday, opens, closes))
    return found


def written(spans: list[Span]) -> str:
    """Write the spans of a day as read_hours reads them."""
    return ", ".join(
        f"{span.opens:%H:%M}-{'24:00' if span.closes >= dt.time(23, 59, 59) else f'{span.closes:%H:%M}'}"
        for span in spans
    )
