"""Queues close on public holidays, and are open or closed on days that are different."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from myfone.kernel import clock
from myfone.tenancy.actor import NotAllowed
from myfone.tenancy.context import tenant
from telephony.models import Queue, QueueDay, SipDomain
from telephony.rules.queues import Span
from telephony.selectors.profiles import preview
from telephony.services import queue_days, queues, schedules
from telephony.services.queue_days import DaysTaken, Draft, NotAStretch
from tests.cast import Cast, signed_in

WEEK = tuple(Span(day, dt.time(8), dt.time(16)) for day in range(1, 6))


@pytest.fixture
def queue(cast: Cast) -> Queue:
    with tenant(cast.sara.actor):
        SipDomain(customer=cast.bixen, name="it-bixen.dk").save()
        schedules.know_holidays("DK", dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
        draft = queues.Draft("Salg", "230", hours=WEEK, holidays_of="DK")
        return queues.save_queue(actor=cast.sara.actor, queue=None, draft=draft)


def is_open(cast: Cast, text: str) -> bool:
    at = dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Copenhagen"))
    with tenant(cast.sara.actor):
        (row,) = preview("it-bixen.dk", "+4511223344", "230", at)
    assert row.why in ("queue", "closed")
    return row.kind == "queue"


def add(
    cast: Cast, queue: Queue, first: str, last: str, span: Span | None = None, name: str = ""
) -> QueueDay:
    draft = Draft(dt.date.fromisoformat(first), dt.date.fromisoformat(last), span, name)
    with tenant(cast.sara.actor):
        return queue_days.add(actor=cast.sara.actor, queue=queue, draft=draft, today=dt.date(2026, 11, 23))


def test_a_queue_goes_by_its_days_then_holidays_then_hours(cast: Cast, queue: Queue) -> None:
    assert is_open(cast, "2026-12-23T12:00")
    assert not is_open(cast, "2026-12-25T12:00")
    assert is_open(cast, "2026-12-24T12:00")  # no public holiday by law
    eve = add(cast, queue, "2026-12-24", "2026-12-24", name="Juleaften")
    assert not is_open(cast, "2026-12-24T12:00")
    assert add(cast, queue, "2026-12-24", "2026-12-24", name="Juleaften").pk == eve.pk
    add(cast, queue, "2026-12-12", "2026-12-12", Span(1, dt.time(10), dt.time(14)))
    saturday = [is_open(cast, f"2026-12-12T{time}") for time in ("09:59:59", "10:00", "13:59:59", "14:00")]
    assert saturday == [False, True, True, False]
    add(cast, queue, "2026-12-25", "2026-12-26", Span(1, dt.time(9), dt.time(12)))
    assert is_open(cast, "2026-12-25T09:00")
    with pytest.raises(DaysTaken):
        add(cast, queue, "2026-12-20", "2026-12-24")
    with pytest.raises(NotAStretch):
        add(cast, queue, "2027-01-02", "2027-01-01")
    with tenant(cast.sara.actor):
        queue_days.remove(actor=cast.sara.actor, day=eve)
        queue_days.remove(actor=cast.sara.actor, day=eve)
    assert is_open(cast, "2026-12-24T12:00")


def test_others_change_nothing_and_see_nothing_of_other_companies(cast: Cast, queue: Queue) -> None:
    draft = Draft(dt.date(2026, 12, 24), dt.date(2026, 12, 24))
    with tenant(cast.peter.actor), pytest.raises(NotAllowed):
        queue_days.add(actor=cast.peter.actor, queue=queue, draft=draft, today=draft.first_day)
    with tenant(cast.stig.actor), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM switch.queue_opened(%s, now())", [queue.pk])
        assert cursor.fetchone() == (None, None, None, None)
        with pytest.raises(Queue.DoesNotExist):
            queue_days.add(actor=cast.stig.actor, queue=queue, draft=draft, today=draft.first_day)


def test_the_administrator_writes_days_and_agents_see_them(cast: Cast, queue: Queue) -> None:
    with tenant(cast.sara.actor):
        queues.enrol(actor=cast.sara.actor, queue=queue, employee=cast.mette.employee)  # type: ignore[arg-type]
    sara, mette = signed_in(cast.sara), signed_in(cast.mette)
    for client in (sara, mette):
        client.cookies["language"] = "en"
    here = f"/queues/{queue.public_id}/"
    today = clock.local_date(clock.now())
    typed = {"name": "Stock-taking", "first_day": today.isoformat(), "last_day": "", "hours": "8-9, 10-11"}
    answer = sara.post(f"{here}days/", typed)
    assert answer.status_code == 422
    assert "Write one span of time" in answer.content.decode()
    page = sara.post(f"{here}days/", typed | {"hours": ""}, follow=True).content.decode()
    assert "Stock-taking&nbsp;· Closed" in page
    seen = mette.get(here).content.decode()
    assert "Today is different: Stock-taking" in seen
    assert "Closed now" in seen
    assert mette.get(f"{here}days/").status_code == 404
    with tenant(cast.sara.actor):
        (day,) = QueueDay.objects.visible_to(cast.sara.actor)
    page = sara.post(f"{here}days/", {"remove": day.public_id}, follow=True).content.decode()
    assert "The opening hours count on those days" in page
    assert "Stock-taking" not in mette.get(here).content.decode()


def test_a_queue_that_is_always_open_is_open_on_holidays(cast: Cast, queue: Queue) -> None:
    sara = signed_in(cast.sara)
    form = sara.get(f"/queues/{queue.public_id}/edit/").context["form"]
    typed = {name: form[name].value() for name in form.fields if name != "file"}
    assert typed["holidays_of"] == "DK"
    assert sara.post(f"/queues/{queue.public_id}/edit/", typed | {"hours": "always"}).status_code == 302
    assert is_open(cast, "2026-12-25T12:00")
    assert sara.get("/queues/new/").context["form"]["holidays_of"].value() == "DK"
