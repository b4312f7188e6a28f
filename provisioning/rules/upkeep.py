"""Say what the regular looks at a domain in use mean: when it counts as broken, and when to look again.

Two looks in a row, some minutes apart, must find something wrong: a zone that is being changed is wrong for a moment.
Servers that do not answer say nothing of the records, so they neither break a domain nor mend it.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from provisioning.rules.dns_findings import Code, State
from provisioning.rules.dns_verdict import Decision

EVERY = dt.timedelta(hours=1)
# After a first bad look, and while it is broken: soon enough to tell people, and to see that they have mended it.
SECOND_LOOK = dt.timedelta(minutes=5)
# A look by hand in between confirms nothing.
APART = dt.timedelta(minutes=4)
# What is broken for longer is not mended within minutes.
SOON_LASTS = dt.timedelta(days=1)
BY_HAND = dt.timedelta(seconds=10)
# Longer than the longest look: a worker that has not reported by then is taken for dead.
LEASE = dt.timedelta(minutes=2)
# Without these a client does not find us; the fourth record is for other companies' servers.
TO_SIGN_IN = frozenset({"sip", "lyncdiscover", "client"})


class Seen(StrEnum):
    WORKS = "works"
    WRONG = "wrong"
    UNKNOWN = "unknown"


class News(StrEnum):
    BROKEN = "broken"
    MENDED = "mended"


@dataclass(frozen=True, slots=True)
class Course:
    """Since when the domain is in doubt, and since when it is broken; neither while all is well."""

    doubted_at: dt.datetime | None = None
    broken_at: dt.datetime | None = None


def seen(decision: Decision) -> Seen:
    """Return what a verdict says of a domain that is in use."""
    match decision:
        case Decision.APPROVED:
            return Seen.WORKS
        case Decision.NOT_YET:
            return Seen.WRONG
        case Decision.UNKNOWN:
            return Seen.UNKNOWN


def weigh(before: Course, saw: Seen, at: dt.datetime) -> tuple[Course, News | None]:
    """Return how the domain stands after a look, and what is to be told of it."""
    if saw is Seen.UNKNOWN:
        return before, None
    if saw is Seen.WORKS:
        return Course(), News.MENDED if before.broken_at else None
    if before.broken_at is not None:
        return before, None
    if before.doubted_at is None:
        return Course(doubted_at=at), None
    if at - before.doubted_at < APART:
        return before, None
    return Course(doubted_at=before.doubted_at, broken_at=at), News.BROKEN


def next_look(course: Course, saw: Seen, *, key: str, at: dt.datetime) -> dt.datetime:
    """Return when to look again: soon while something is wrong or unknown, else at the domain's own minute."""
    if course.broken_at is not None and at - course.broken_at >= SOON_LASTS:
        return own_minute(key, at)
    if course.doubted_at is not None and course.broken_at is None:
        return max(course.doubted_at + SECOND_LOOK, at + dt.timedelta(minutes=1))
    if course.broken_at is not None or saw is Seen.UNKNOWN:
        return at + SECOND_LOOK
    return own_minute(key, at)


def own_minute(key: str, at: dt.datetime) -> dt.datetime:
    """Return the domain's next place in the hour, half an hour from now at the earliest; the key spreads them."""
    place = zlib.crc32(key.encode()) % int(EVERY.total_seconds())
    earliest = int((at + EVERY / 2).timestamp())
    wait = (place - earliest) % int(EVERY.total_seconds())
    return dt.datetime.fromtimestamp(earliest + wait, tz=dt.UTC)


def keeps_people_out(verdict: Mapping[str, Any]) -> bool:
    """Tell whether a stored verdict means that nobody can sign in, rather than that others cannot reach us."""
    wrong = {State.WRONG.value, State.MISSING.value}
    if any(record["key"] in TO_SIGN_IN and record["state"] in wrong for record in verdict["records"]):
        return True
    whole = {Code.LEFTOVER_FIRST.value, Code.DOMAIN_UNKNOWN.value, Code.DNSSEC_BOGUS.value}
    return any(finding["code"] in whole for finding in (*verdict["leftovers"], *verdict["notes"]))
