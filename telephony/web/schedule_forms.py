"""What somebody typed into the weekly schedule: kept as typed, read as a week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from telephony.rules.public_holidays import COUNTRIES
from telephony.rules.schedules import (
    END_OF_DAY,
    MOST_LINES,
    Apart,
    Line,
    NotATime,
    clock_time,
    minute,
    spans,
)
from telephony.selectors.schedule_page import Held, Page
from telephony.services.schedules import Week

#: Weeks that somebody can begin with: template of the profile, days, begins, ends.
BEGINNINGS: dict[str, tuple[tuple[str, tuple[int, ...], int, int], ...]] = {
    "office": (("office", (1, 2, 3, 4, 5), 480, 960),),
    "friday": (("office", (1, 2, 3, 4), 480, 960), ("office", (5,), 480, 870)),
    "shop": (("office", (1, 2, 3, 4, 5), 570, 1050), ("office", (6,), 600, 840)),
}


@dataclass
class TypedLine:
    """A line of the week as typed."""

    days: set[int] = field(default_factory=set)
    begins: str = ""
    ends: str = ""
    profile: str = ""
    error: str = ""


@dataclass
class Typed:
    """The whole form; `error` is of the choices below the lines."""

    version: int
    lines: list[TypedLine]
    otherwise: str = ""
    country: str = ""
    holiday: str = ""
    error: str = ""

    @classmethod
    def held(cls, held: Held) -> Typed:
        """Return the form of what is saved."""
        return cls(
            held.version,
            [_typed(line) for line in held.lines],
            str(held.otherwise),
            held.country,
            str(held.holiday or ""),
        )

    @classmethod
    def begun(cls, name: str, page: Page) -> Typed:
        """Return the form of a week that somebody begins with; it is not saved."""
        first = next(iter(page.profiles))
        off = page.templates.get("off", first)
        return cls(
            0,
            [
                _typed(Line(days, begins, ends, page.templates.get(template, first)))
                for template, days, begins, ends in BEGINNINGS[name]
            ],
            str(off),
            page.country if page.country in COUNTRIES else "",
            str(page.templates.get("holiday", "")),
        )

    @classmethod
    def posted(cls, post: QueryDict) -> Typed:
        """Return the form as it was sent, whatever it says."""

        def text(name: str) -> str:
            return post.get(name, "").replace("\0", "").strip()[:20]

        return cls(
            _whole(text("version")),
            [
                TypedLine(
                    {_whole(day) for day in post.getlist(f"line-{n}-day")} & set(range(1, 8)),
                    text(f"line-{n}-begins"),
                    text(f"line-{n}-ends"),
                    text(f"line-{n}-profile"),
                )
                for n in range(min(_whole(text("lines")), MOST_LINES))
            ],
            text("otherwise"),
            text("country"),
            text("holiday"),
        )

    def rearrange(self, wanted: str) -> bool:
        """Add or remove a line as a button says, such as "remove:2"; return whether it was such a button."""
        verb, _colon, number = wanted.partition(":")
        if verb == "add":
            if len(self.lines) < MOST_LINES:
                self.lines.append(TypedLine(set(), "08:00", "16:00"))
            return True
        if verb == "remove":
            if _whole(number, -1) in range(len(self.lines)):
                del self.lines[_whole(number)]
            return True
        return False

    def read(self, page: Page) -> Week | None:
        """Return the week that was typed, or None where something could not be read; errors say what."""
        own = {str(pk): pk for pk in page.profiles}
        read: list[Line] = []
        for line in self.lines:
            try:
                begins, ends = minute(line.begins), minute(line.ends, is_end=True)
            except NotATime as error:
                line.error = (
                    _("Write when it begins and ends.")
                    if not str(error)
                    else _("“%(text)s” is no time. Write it as 8.30.") % {"text": error}
                )
                continue
            if line.profile not in own:
                line.error = _("Choose a profile.")
                continue
            read.append(Line(tuple(sorted(line.days)), begins, ends, own[line.profile]))
        if self.otherwise not in own or (self.holiday and self.holiday not in own):
            self.error = _("That profile was deleted meanwhile. Choose another.")
        if self.country and self.country not in COUNTRIES:
            self.error = _("Choose a country from the list.")
        if self.error or any(line.error for line in self.lines):
            return None
        return Week(tuple(read), own[self.otherwise], self.country, own.get(self.holiday))


def drawn(week: Week | None, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Lay a week out as seven bars of a day each, in percent; the same profile has the same tone everywhere."""
    if week is None:
        return []
    tones = {pk: place % 5 + 1 for place, pk in enumerate(names)}
    found = spans(line for line in week.lines if line.begins != line.ends)
    return [
        {
            "day": day,
            "tone": tones.get(week.otherwise, 1),
            "blocks": [
                {
                    "left": f"{span.begins / END_OF_DAY:.4%}",
                    "width": f"{(span.ends - span.begins) / END_OF_DAY:.4%}",
                    "tone": tones.get(span.profile, 1),
                    "begins": span.begins,
                    "ends": span.ends,
                    "name": names.get(span.profile, "?"),
                }
                for span in found
                if span.weekday == day
            ],
        }
        for day in range(1, 8)
    ]


@dataclass
class TypedDays:
    """Days that are different, as typed."""

    name: str = ""
    first_day: str = ""
    begins: str = ""
    last_day: str = ""
    ends: str = ""
    profile: str = ""
    error: str = ""

    @classmethod
    def posted(cls, post: QueryDict) -> TypedDays:
        """Return the form as it was sent, whatever it says."""
        values = {
            name: " ".join(post.get(name, "").replace("\0", "").split())[:60]
            for name in ("name", "first_day", "begins", "last_day", "ends", "profile")
        }
        return cls(**values)

    def read(self, page: Page) -> tuple[Apart, int] | None:
        """Return the days and the profile's id, or None where something could not be read; error says what."""
        first = _date(self.first_day)
        last = _date(self.last_day) if self.last_day else first
        if first is None or last is None:
            self.error = _("Choose the first day; without a last one it is that day alone.")
            return None
        try:
            begins = minute(self.begins) if self.begins else 0
            ends = minute(self.ends, is_end=True) if self.ends else END_OF_DAY
        except NotATime as error:
            self.error = _("“%(text)s” is no time. Write it as 8.30.") % {"text": error}
            return None
        profile = _whole(self.profile, -1)
        if profile not in page.profiles:
            self.error = _("Choose a profile.")
            return None
        return Apart(first, begins, last, ends), profile


def _typed(line: Line) -> TypedLine:
    return TypedLine(
        set(line.days), clock_time(line.begins), clock_time(line.ends % END_OF_DAY), str(line.profile)
    )


def _date(text: str) -> dt.date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    # Beyond these the clock of the switch has no such days.
    return found if found and 2000 <= found.year <= 2200 else None


def _whole(text: str, otherwise: int = 0) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else otherwise
