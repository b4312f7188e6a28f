"""Plan nightly work by local date: once a night, on both daylight-saving nights too."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from myfone.kernel import clock, jobs
from myfone.kernel.models import NightlyRun


@dataclass(frozen=True)
class Plan:
    """A kind of job that is promised once per local date, from this hour on."""

    kind: str
    hour: int
    minute: int = 0


_plans: dict[str, Plan] = {}


def every_night(kind: str, *, hour: int, minute: int = 0) -> None:
    """Have a job of this kind enqueued once each night; its ids hold the local date as `date`."""
    _plans[kind] = Plan(kind, hour, minute)


def plan(at: dt.datetime) -> None:
    """Promise what this night still lacks; safe to call every second, by several processes."""
    date = clock.local_date(at)
    for one in _plans.values():
        if at >= clock.local_time(date, one.hour, one.minute):
            begin(one.kind, date, at)


def begin(kind: str, date: dt.date, at: dt.datetime) -> bool:
    """Promise one night's work now; return whether it was new."""
    if NightlyRun.objects.filter(name=kind, local_date=date).exists():
        return False
    with transaction.atomic():
        NightlyRun.objects.bulk_create(
            [NightlyRun(name=kind, local_date=date, started_at=at)], ignore_conflicts=True
        )
        jobs.enqueue(kind, key=f"{kind}:{date}", date=date.isoformat())
    return True
