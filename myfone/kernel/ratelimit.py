"""Count attempts in Postgres rows, so that several processes share one count.

The count runs on a connection of its own, in autocommit: a request that is rolled back has still been
made, and a cache whose increments are not atomic would let a burst through.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.db import connections
from django.db.backends.utils import CursorWrapper

# An expired window starts anew in the same statement: the row lock of ON CONFLICT makes it one step.
COUNT = """
INSERT INTO kernel_attempts AS row (key, count, expires_at)
VALUES (%(key)s, 1, %(at)s + %(seconds)s * interval '1 second')
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN row.expires_at <= %(at)s THEN 1 ELSE row.count + 1 END,
    expires_at = CASE WHEN row.expires_at <= %(at)s THEN excluded.expires_at ELSE row.expires_at END
RETURNING count, extract(epoch FROM expires_at - %(at)s)
"""
FORGIVE = "UPDATE kernel_attempts SET count = greatest(count - 1, 0) WHERE key = %(key)s"
FORGET = "DELETE FROM kernel_attempts WHERE key = %(key)s"
# The bucket's row says until when it is booked (the virtual scheduling of ITU-T I.371): a busy one lies ahead of the
# clock by what is booked, and what may be booked at once lies within `ahead`.
RESERVE = """
INSERT INTO kernel_attempts AS row (key, count, expires_at)
VALUES (%(key)s, 0, clock_timestamp() + %(cost)s * interval '1 second')
ON CONFLICT (key) DO UPDATE SET
    expires_at = greatest(row.expires_at, clock_timestamp()) + %(cost)s * interval '1 second'
WHERE greatest(row.expires_at, clock_timestamp()) + (%(cost)s - %(ahead)s - %(longest)s) * interval '1 second'
    <= clock_timestamp()
RETURNING extract(epoch FROM expires_at - clock_timestamp())
"""
SWEEP = """
DELETE FROM kernel_attempts WHERE key IN (
    SELECT key FROM kernel_attempts WHERE expires_at < %(at)s LIMIT 50 FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True)
class Limit:
    """At most `amount` attempts for one subject within `seconds` from the first."""

    name: str
    amount: int
    seconds: int

    def key(self, subject: str) -> str:
        """Return the row's key; hashed, so that the table holds no addresses and no names."""
        return hashlib.sha256(f"{self.name}\0{subject}".encode()).hexdigest()


@dataclass(frozen=True)
class Attempt:
    """Whether an attempt may go on, and if not, in how many seconds the next may."""

    allowed: bool
    retry_after: int


def attempt(limit: Limit, subject: str, at: datetime | None = None) -> Attempt:
    """Count one attempt and tell whether it is within the limit.

    Without `at` the database's clock rules, so that machines need not agree on the time.
    """
    with _cursor() as cursor:
        when = at or _database_time(cursor)
        cursor.execute(COUNT, {"key": limit.key(subject), "at": when, "seconds": limit.seconds})
        count, left = cursor.fetchone()
        if count == 1:
            # Whoever opens a window sweeps a few old ones: no job needed, and the table stays small.
            cursor.execute(SWEEP, {"at": when})
    return Attempt(allowed=count <= limit.amount, retry_after=max(1, ceil(left)))


@dataclass(frozen=True)
class Pace:
    """How fast all processes together may do something to one subject: so many a second, after so many at once.

    Who would have to wait longer than longest_wait seconds is turned away, so that no queue grows.
    """

    name: str
    per_second: float
    at_once: int
    longest_wait: float

    def key(self, subject: str) -> str:
        """Return the row's key; hashed, so that the table holds no addresses."""
        return hashlib.sha256(f"{self.name}\0{subject}".encode()).hexdigest()


def reserve(pace: Pace, subject: str, amount: int) -> float | None:
    """Book a number of deeds; return in how many seconds they may begin, or None when the queue is too long.

    One statement: the row's lock puts processes one behind the other. More than fits at once begins when all of that
    is free.
    """
    ahead = max(pace.at_once, amount) / pace.per_second
    values: dict[str, str | float] = {
        "key": pace.key(subject),
        "cost": amount / pace.per_second,
        "ahead": ahead,
        "longest": pace.longest_wait,
    }
    with _cursor() as cursor:
        cursor.execute(RESERVE, values)
        row = cursor.fetchone()
    return None if row is None else max(0.0, float(row[0]) - ahead)


def forgive(limit: Limit, subject: str) -> None:
    """Take back one counted attempt: it turned out to be honest."""
    with _cursor() as cursor:
        cursor.execute(FORGIVE, {"key": limit.key(subject)})


def forget(limit: Limit, subject: str) -> None:
    """Drop the whole count of a subject."""
    with _cursor() as cursor:
        cursor.execute(FORGET, {"key": limit.key(subject)})


def _database_time(cursor: CursorWrapper) -> datetime:
    cursor.execute("SELECT clock_timestamp()")
    now: datetime = cursor.fetchone()[0]
    return now


@contextmanager
def _cursor() -> Iterator[CursorWrapper]:
    """Open a connection of our own for the moment; a sign-in costs far more than a connection does."""
    connection = connections["counters"].copy()
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
