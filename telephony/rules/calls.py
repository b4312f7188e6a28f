"""What people read of a call: how long it took, which calls they ask for, and how a history becomes a file."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence

# Calls are kept for a year, as long as bills are disputed; the nightly job drops older months.
MONTHS_KEPT = 12
# For so long after a call for help the caller is reached past everything: see switch.plan_call_back.
CALL_BACK = dt.timedelta(hours=1)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def duration(seconds: int) -> str:
    """Return a time as clocks show it: 0:07, 12:30, 1:02:09."""
    minutes, rest = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def key_of(at: dt.datetime, number: int) -> str:
    """Return what an address says of the last line that was seen."""
    return f"{at.isoformat()}~{number}"


def read_key(text: str) -> tuple[dt.datetime, int] | None:
    """Return what key_of has written, or None for what it has not."""
    at, _, number = text.partition("~")
    try:
        moment = dt.datetime.fromisoformat(at)
    except ValueError:
        return None
    if moment.tzinfo is None or not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    return moment, int(number)


def read_day(text: str) -> dt.date | None:
    """Return a day as date fields send it, or None for anything else."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a text that a spreadsheet would take for a formula is kept from being one."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(headings)
    for row in rows:
        table.writerow([f"'{text}" if text.startswith(_FORMULA) else text for text in row])
    return written.getvalue()
