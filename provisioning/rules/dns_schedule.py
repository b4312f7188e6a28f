"""When to look at a domain again: soon at first, then every minute until the time is up (G13), then seldom."""

from __future__ import annotations

import datetime as dt

LASTS = dt.timedelta(minutes=90)
FIRST = dt.timedelta(seconds=30)
THEN = dt.timedelta(minutes=1)
SPREAD = 0.1
# After the limit and its mail: often enough for whoever mends a record the same day, and no load to speak of.
QUIET = dt.timedelta(hours=1)
QUIET_LASTS = dt.timedelta(hours=72)
# A person who presses the button may ask this often; each look costs the web host some forty questions.
BY_HAND = dt.timedelta(seconds=10)
# Longer than the longest look: a worker that has not reported by then is taken for dead. Longer than the
# longest pause too, which is how a look under way is told from one that is planned.
LEASE = dt.timedelta(seconds=75)
LONGEST_PAUSE = THEN * (1 + SPREAD)


def next_look(*, looks: int, at: dt.datetime, give_up_at: dt.datetime, chance: float) -> dt.datetime:
    """Return when to look again after so many looks; `chance` (0 to 1) spreads the watches apart.

    Never after the limit, so that the last look happens at the limit itself.
    """
    pause = FIRST if looks <= 1 else THEN
    spread = pause * SPREAD * (2 * chance - 1)
    return min(at + pause + spread, give_up_at)


def next_quiet_look(*, at: dt.datetime, give_up_at: dt.datetime, chance: float) -> dt.datetime | None:
    """Return when to look again after the limit has passed; None when the quiet check is over too."""
    pause = QUIET + QUIET * SPREAD * (2 * chance - 1)
    until = give_up_at + QUIET_LASTS
    return None if at >= until else min(at + pause, until)


def is_looking(*, looked_at: dt.datetime | None, next_at: dt.datetime, at: dt.datetime) -> bool:
    """Tell whether a look of a running watch is due or under way, rather than planned for later."""
    return looked_at is None or next_at <= at or next_at > looked_at + LONGEST_PAUSE
