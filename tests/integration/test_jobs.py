"""Work is done once in effect, whatever the carrier does."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connections, transaction
from django_q.models import OrmQ

from myfone.kernel import clock, jobs, nightly
from myfone.kernel.gateways import GatewayError
from myfone.kernel.models import Job, NightlyRun


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(jobs, "_kinds", dict(jobs._kinds))
    return "test.kind"


def promise(kind: str, key: str = "one", **extra) -> Job:
    with transaction.atomic():
        jobs.enqueue(kind, key=key, **extra)
    return Job.objects.get(key=key)


def test_the_same_key_promises_once(db: None, kind: str) -> None:
    first, second = promise(kind, thing=1), promise(kind, thing=2)
    assert first.pk == second.pk
    assert second.ids == {"thing": 1}
    assert {row.key for row in Job.objects.all()} == {"one"}


def test_work_is_promised_in_the_transaction_that_it_follows_from(live_db: None, kind: str) -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        jobs.enqueue(kind, key="one")

    class Undone(Exception):
        pass

    with pytest.raises(Undone), transaction.atomic():
        jobs.enqueue(kind, key="one")
        raise Undone
    assert not Job.objects.exists()
    assert not OrmQ.objects.exists()


def test_delivered_twice_one_after_the_other_it_has_one_effect(db: None, kind: str) -> None:
    done: list[int] = []
    jobs.job(kind)(lambda job: done.append(job.pk))
    row = promise(kind)
    jobs.run(row.pk)
    jobs.run(row.pk)
    row.refresh_from_db()
    assert done == [row.pk]
    assert row.done_at is not None
    assert row.attempts == 1


def test_delivered_twice_at_once_it_has_one_effect(live_db: None, kind: str) -> None:
    begun, go_on, done = threading.Event(), threading.Event(), []

    @jobs.job(kind)
    def handler(job: Job) -> None:
        begun.set()
        assert go_on.wait(10)
        done.append(job.pk)

    row = promise(kind)

    def deliver() -> None:
        try:
            jobs.run(row.pk)
        finally:
            connections.close_all()

    first = threading.Thread(target=deliver)
    first.start()
    assert begun.wait(10)
    jobs.run(row.pk)  # the second delivery finds the row taken
    assert done == []
    go_on.set()
    first.join(10)
    assert done == [row.pk]


def test_an_atomic_job_commits_its_effect_and_its_end_together(live_db: None, kind: str) -> None:
    @jobs.job(kind, atomic=True)
    def handler(job: Job) -> None:
        NightlyRun.objects.create(name="effect", local_date=dt.date(2026, 1, 1), started_at=clock.now())
        raise ValueError("after the effect")

    row = promise(kind)
    jobs.run(row.pk)
    row.refresh_from_db()
    assert not NightlyRun.objects.exists()
    assert row.done_at is None
    assert "after the effect" in row.fault
    assert row.run_at > clock.now()


def test_a_job_whose_worker_died_is_sent_again_when_its_lease_ran_out(db: None, kind: str) -> None:
    done: list[int] = []
    jobs.job(kind)(lambda job: done.append(job.pk))
    row = promise(kind)
    died = clock.now()
    Job.objects.filter(pk=row.pk).update(lease_until=died + jobs.LEASE, attempts=1, sent_at=died)
    assert jobs.send_due(died + dt.timedelta(seconds=60)) == 0
    assert jobs.send_due(died + jobs.RESEND + dt.timedelta(seconds=1)) == 1
    Job.objects.filter(pk=row.pk).update(lease_until=clock.now() - dt.timedelta(seconds=1))
    jobs.run(row.pk)
    row.refresh_from_db()
    assert done == [row.pk]
    assert row.attempts == 2


def test_a_temporary_error_waits_longer_each_time_and_then_counts_as_failed(db: None, kind: str) -> None:
    @jobs.job(kind, attempts=3)
    def handler(job: Job) -> None:
        raise GatewayError("the other end is silent")

    row = promise(kind)
    waits = []
    for _ in range(3):
        Job.objects.filter(pk=row.pk).update(run_at=clock.now())
        before = clock.now()
        jobs.run(row.pk)
        row.refresh_from_db()
        waits.append(round((row.run_at - before).total_seconds()))
    assert waits[:2] == [5, 10]
    assert row.failed_at is not None
    assert row.fault == "the other end is silent"


def test_what_the_other_end_asks_for_is_waited_for(db: None, kind: str) -> None:
    @jobs.job(kind)
    def handler(job: Job) -> None:
        raise GatewayError("too many", retry_after=600)

    row = promise(kind)
    jobs.run(row.pk)
    row.refresh_from_db()
    assert row.run_at - clock.now() > dt.timedelta(seconds=590)


def test_a_permanent_error_is_not_tried_again(db: None, kind: str) -> None:
    @jobs.job(kind)
    def handler(job: Job) -> None:
        raise GatewayError("no such customer", permanent=True)

    row = promise(kind)
    jobs.run(row.pk)
    row.refresh_from_db()
    assert row.failed_at is not None
    assert row.attempts == 1


def test_a_job_may_ask_to_run_again_later(db: None, kind: str) -> None:
    at = clock.now() + dt.timedelta(minutes=1)
    jobs.job(kind)(lambda job: jobs.Again(at))
    row = promise(kind)
    jobs.run(row.pk)
    row.refresh_from_db()
    assert (row.run_at, row.done_at, row.attempts) == (at, None, 0)
    assert jobs.send_due(clock.now()) == 0
    assert jobs.send_due(at) == 1


def test_two_supervisors_send_a_job_once(live_db: None, kind: str) -> None:
    promise(kind, run_at=clock.now())
    counts: list[int] = []
    barrier = threading.Barrier(2)

    def look() -> None:
        try:
            barrier.wait(10)
            counts.append(jobs.send_due(clock.now()))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(counts) == [0, 1]
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize("night", [dt.date(2027, 3, 28), dt.date(2026, 10, 25)], ids=["spring", "autumn"])
def test_nightly_work_is_promised_once_on_both_daylight_saving_nights(
    db: None, kind: str, night: dt.date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nightly, "_plans", {})
    nightly.every_night(kind, hour=2, minute=30)
    jobs.job(kind)(lambda job: None)
    start = clock.local_time(night, 0)
    minutes = [start + dt.timedelta(minutes=10 * step) for step in range(6 * 25)]
    for at in [at for at in minutes if clock.local_date(at) == night]:
        nightly.plan(at)
    assert [run.local_date for run in NightlyRun.objects.all()] == [night]
    assert Job.objects.get().key == f"{kind}:{night}"
