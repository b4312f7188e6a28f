"""Say in words what a weekly schedule does, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from telephony.country_texts import COUNTRIES
from telephony.rules import public_holidays
from telephony.rules.schedules import Fault, Finding, Line, clock_time

# The countries whose public holidays are known.
COUNTRY_NAMES = {code: COUNTRIES[code] for code in public_holidays.COUNTRIES}


def shown_time(minutes: int) -> str:
    """Write minutes since midnight as the portal writes times: 08:30."""
    return clock_time(minutes)


def shown_days(days: Sequence[int]) -> str:
    """Name weekdays, those in a row as a range: Mon–Thu, Sat."""
    runs: list[list[int]] = []
    for day in sorted(set(days)):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = {day: str(WEEKDAYS_ABBR[day - 1]).capitalize().rstrip(".") for day in range(1, 8)}
    return ", ".join(
        names[run[0]]
        if len(run) == 1
        else f"{names[run[0]]}–{names[run[-1]]}"
        if len(run) > 2
        else f"{names[run[0]]}, {names[run[1]]}"
        for run in runs
    )


def day_name(day: int) -> str:
    return str(WEEKDAYS[day - 1]).capitalize()


def sentence(finding: Finding) -> str:
    """Say what is wrong with a week, where, and what to do about it."""
    words = {
        "line": finding.line or 0,
        "days": shown_days(finding.days),
        "begins": shown_time(finding.begins),
        "ends": shown_time(finding.ends),
    }
    texts = {
        Fault.NO_DAYS: _("Line %(line)s has no days. Choose at least one, or remove the line."),
        Fault.BACKWARDS: _("Line %(line)s ends when it begins. Write a later end."),
        Fault.OVERLAP: _(
            "Two lines both want %(begins)s–%(ends)s on %(days)s. Let one of them end before the other begins."
        ),
        Fault.GAP: _(
            "Between %(begins)s and %(ends)s on %(days)s no line counts, so what holds otherwise holds then too."
        ),
    }
    return texts[finding.fault] % words


def in_words(
    lines: Sequence[Line], otherwise: int, country: str, holiday: int | None, names: Mapping[int, str]
) -> list[tuple[str, str]]:
    """Return what a week does, as pairs of when and which profile; for two versions side by side."""
    told = [
        (
            f"{shown_days(line.days)} {shown_time(line.begins)}–{shown_time(line.ends)}",
            names.get(line.profile, "?"),
        )
        for line in lines
    ]
    told.append((_("Otherwise"), names.get(otherwise, "?")))
    told.append(
        (
            _("Public holidays"),
            f"{COUNTRY_NAMES[country]}: {names.get(holiday or otherwise, '?')}"
            if country in COUNTRY_NAMES
            else _("Do not count"),
        )
    )
    return told
