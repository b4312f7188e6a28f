"""Whose day it is that counts, where a queue rings whoever has taken the fewest calls today."""

from __future__ import annotations

import datetime as dt

from myfone.kernel import clock
from myfone.tenancy.context import tenant
from telephony.models import CallPolicy, Strategy
from tests.integration.test_queue_dispatch import Desk, desk

__all__ = ["desk"]


def test_the_fewest_calls_are_those_of_the_companys_own_day(desk: Desk) -> None:
    at = clock.now()
    before = at - dt.timedelta(hours=3)
    # Where it is one o'clock in the night by now, three hours ago was yesterday.
    zone = next(
        f"Etc/GMT{-hours:+d}" for hours in range(-11, 14) if (at + dt.timedelta(hours=hours)).hour == 1
    )
    sara, mette = desk.seat("sara"), desk.seat("mette")
    desk.arrive("earlier")
    desk.set(desk.stay("earlier"), state="ringing")
    desk.answers("earlier", "sara")
    desk.over("earlier")
    desk.set(desk.stay("earlier"), answered_at=before)
    desk.set(sara, last_ended_at=before)
    desk.set(mette, last_ended_at=at - dt.timedelta(hours=2))
    with tenant(desk.cast.jonas.actor):
        CallPolicy(customer=desk.cast.bixen, time_zone=zone).save()
    desk.set(desk.queue, strategy=Strategy.FEWEST_CALLS)
    desk.arrive("call")
    assert desk.dispatch() == [("ring", "call")]
    # Neither has taken one today, so whoever has been free the longest is rung.
    assert desk.rings("call") == ["sara"]
