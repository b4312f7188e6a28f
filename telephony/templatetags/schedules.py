"""Put what a weekly schedule does into words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from telephony.models import QueueDay
from telephony.rules.queues import Span, written
from telephony.rules.schedules import END_OF_DAY
from telephony.schedule_texts import shown_time
from telephony.selectors.queues import DifferentDay
from telephony.selectors.schedule_page import Days
from telephony.selectors.schedules import Change

register = template.Library()


@register.filter
def block_words(block: dict[str, Any]) -> str:
    """Say what a block of the week is: 08:00–16:00 Office."""
    return f"{shown_time(block['begins'])}–{shown_time(block['ends'])} {block['name']}"


@register.filter
def change_reason(change: Change) -> str:
    """Say why the schedule chooses what it chooses."""
    if change.why == "exception":
        return change.label or str(_("Days that are different"))
    if change.why == "holiday":
        return _("%(name)s, a public holiday") % {"name": change.label}
    return str(_("The week")) if change.why == "week" else str(_("Outside the times of the week"))


@register.filter
def change_time(at: dt.datetime) -> str:
    """Show when a change comes, with its weekday."""
    local = timezone.localtime(at)
    day, date, time = (date_format(local, form) for form in ("D", "SHORT_DATE_FORMAT", "TIME_FORMAT"))
    return f"{day} {date} {time}"


@register.filter
def days_words(days: Days) -> str:
    """Show the days that something stands for, with times where they are not whole."""
    first, last = date_format(days.first_day, "DATE_FORMAT"), date_format(days.last_day, "DATE_FORMAT")
    begins = f" {shown_time(days.begins)}" if days.begins else ""
    ends = f" {shown_time(days.ends)}" if days.ends < END_OF_DAY else ""
    if days.first_day == days.last_day:
        return f"{first}{begins or (ends and ' 00:00')}{(begins or ends) and '–' + shown_time(days.ends)}"
    return f"{first}{begins} – {last}{ends}"


@register.filter
def queue_day(day: QueueDay | DifferentDay) -> str:
    """Show the days on which a queue is different."""
    first = date_format(day.first_day, "DATE_FORMAT")
    return first if day.first_day == day.last_day else f"{first} – {date_format(day.last_day, 'DATE_FORMAT')}"


@register.filter
def queue_day_hours(day: QueueDay | DifferentDay) -> str:
    """Say when a queue is open on those days."""
    if day.opens is None or day.closes is None:
        return _("Closed")
    return _("Open %(hours)s") % {"hours": written([Span(1, day.opens, day.closes)])}


@register.filter
def has(days: Sequence[int], day: int) -> bool:
    """Say whether a day is among those."""
    return day in days
