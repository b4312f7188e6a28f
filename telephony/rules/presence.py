"""Until when a status holds, and what a note may be."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

NOTE_LENGTH = 200
#: What one picks from instead of typing a time; "" means until it is changed.
SPANS = {"30m": dt.timedelta(minutes=30), "1h": dt.timedelta(hours=1), "2h": dt.timedelta(hours=2)}
REST_OF_DAY = "today"
_CLOCK = re.compile(r"([01]?\d|2[0-3])[.:]?([0-5]\d)")


class UnknownTime(ValueError):
    """The text is neither one of the spans nor a time of day."""


class NoteTooLong(ValueError):
    """The note has more than NOTE_LENGTH letters."""


def end_of(choice: str, now: dt.datetime) -> dt.datetime | None:
    """Return when a status ends that is set now: a span, the rest of the day, or a time such as 14.30.

    `now` is aware and in the time zone that the person's clock shows. A time that has passed today is tomorrow's.
    None: until it is changed. Raises UnknownTime.
    """
    choice = choice.strip()
    if not choice:
        return None
    if choice in SPANS:
        return now + SPANS[choice]
    tomorrow = now.date() + dt.timedelta(days=1)
    if choice == REST_OF_DAY:
        return dt.datetime.combine(tomorrow, dt.time(), tzinfo=now.tzinfo)
    clock = _CLOCK.fullmatch(choice)
    if clock is None:
        raise UnknownTime(choice)
    time = dt.time(int(clock[1]), int(clock[2]))
    today = dt.datetime.combine(now.date(), time, tzinfo=now.tzinfo)
    return today if today > now else dt.datetime.combine(tomorrow, time, tzinfo=now.tzinfo)


def clean_note(text: str) -> str:
    """Return a note as it is kept: one line, no control characters, at most NOTE_LENGTH letters.

    Raises NoteTooLong.
    """
    plain = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)
    note = " ".join(unicodedata.normalize("NFC", plain).split())
    if len(note) > NOTE_LENGTH:
        raise NoteTooLong(len(note))
    return note
