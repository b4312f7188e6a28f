"""Do work later, once in effect: django-q2 carries an id, the job row decides what happened.

A delivery claims the row with a lease and counts the attempt before it begins. Delivered twice at once, one of
the two finds the row taken. A worker that dies leaves a lease that runs out, and the supervisor sends again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import F, Q
from django_q.tasks import async_task

from myfone.kernel import clock
from myfone.kernel.gateways import GatewayError
from myfone.kernel.models import Job

LEASE = dt.timedelta(seconds=90)
RESEND = dt.timedelta(seconds=120)
log = structlog.get_logger("myfone.jobs")


@dataclass(frozen=True)
class Again:
    """A handler's wish to run the same job again at this instant; the attempts start afresh."""

    at: dt.datetime


Handler = Callable[[Job], Again | None]


@dataclass(frozen=True)
class Kind:
    handler: Handler
    atomic: bool
    attempts: int
    longest_wait: float


_kinds: dict[str, Kind] = {}


def job(
    kind: str, *, atomic: bool = False, attempts: int = 8, longest_wait: float = 900
) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job.

    atomic: its effect and `done_at` commit together, so it may call no gateway. attempts: after so many
    temporary errors the job counts as failed. longest_wait: seconds between attempts at the most; they double from 5.
    """

    def register(handler: Handler) -> Handler:
        _kinds[kind] = Kind(handler, atomic, attempts, longest_wait)
        return handler

    return register


def enqueue(
    kind: str,
    *,
    key: str,
    customer_id: int | None = None,
    run_at: dt.datetime | None = None,
    **ids: int | str,
) -> None:
    """Promise a piece of work inside the caller's transaction; the same key promises it once."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Work is promised inside the transaction that it follows from")
    at = run_at or clock.now()
    rows = Job.objects.bulk_create(
        [
            Job(
                key=key,
                kind=kind,
                ids=ids,
                customer_id=customer_id,
                run_at=at,
                sent_at=None if run_at else at,
            )
        ],
        ignore_conflicts=True,
    )
    if run_at is None:
        for row in Job.objects.filter(key=rows[0].key, done_at=None, failed_at=None).only("id"):
            async_task("myfone.kernel.jobs.run", job_id=row.pk)


def hurry(*, key: str, at: dt.datetime) -> bool:
    """Bring a job that waits or has failed forward to this instant; one that is being done is left alone."""
    waiting = Job.objects.filter(Q(lease_until=None) | Q(lease_until__lt=at), key=key, done_at=None)
    return bool(waiting.update(run_at=at, failed_at=None, attempts=0, sent_at=None))


def send_due(at: dt.datetime, most: int = 200) -> int:
    """Hand jobs that are due to the workers; return how many. Several supervisors may call it at once."""
    with transaction.atomic():
        due = (
            Job.objects.select_for_update(skip_locked=True)
            .filter(done_at=None, failed_at=None, run_at__lte=at)
            .filter(Q(lease_until=None) | Q(lease_until__lt=at))
            .filter(Q(sent_at=None) | Q(sent_at__lt=at - RESEND))
            .order_by("run_at")[:most]
        )
        ids = [row.pk for row in due]
        Job.objects.filter(pk__in=ids).update(sent_at=at)
        for pk in ids:
            async_task("myfone.kernel.jobs.run", job_id=pk)
    return len(ids)


def run(job_id: int) -> None:
    """Do a job if it is still to be done and nobody else holds it."""
    at = clock.now()
    free = Q(lease_until=None) | Q(lease_until__lt=at)
    claimed = Job.objects.filter(free, pk=job_id, done_at=None, failed_at=None, run_at__lte=at).update(
        lease_until=at + LEASE, attempts=F("attempts") + 1, sent_at=at
    )
    if not claimed:
        return
    row = Job.objects.get(pk=job_id)
    kind = _kinds[row.kind]
    try:
        if kind.atomic:
            with transaction.atomic():
                _close(row, kind.handler(row))
        else:
            _close(row, kind.handler(row))
    except Exception as error:
        _postpone(row, kind, error)


def _held(row: Job) -> Any:
    return Job.objects.filter(pk=row.pk, done_at=None, lease_until=row.lease_until)


def _close(row: Job, wish: Again | None) -> None:
    if wish is None:
        _held(row).update(done_at=clock.now(), lease_until=None, fault="")
    else:
        _held(row).update(run_at=wish.at, lease_until=None, sent_at=None, attempts=0, fault="")


def _postpone(row: Job, kind: Kind, error: Exception) -> None:
    at = clock.now()
    fault = error.message if isinstance(error, GatewayError) else f"{type(error).__name__}: {error}"
    final = row.attempts >= kind.attempts or (isinstance(error, GatewayError) and error.permanent)
    log.warning("job failed", job=row.key, attempt=row.attempts, final=final, fault=fault, exc_info=not final)
    if final:
        _held(row).update(failed_at=at, lease_until=None, fault=fault)
        return
    wait = min(5.0 * 2 ** (row.attempts - 1), kind.longest_wait)
    if isinstance(error, GatewayError) and error.retry_after:
        wait = max(wait, error.retry_after)
    _held(row).update(run_at=at + dt.timedelta(seconds=wait), lease_until=None, sent_at=None, fault=fault)


def oldest_due_age(at: dt.datetime) -> float:
    """Return for how many seconds the oldest due job has waited; 0 when none waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(extract(epoch FROM %s - min(run_at)), 0) FROM kernel_job"
            " WHERE done_at IS NULL AND failed_at IS NULL AND run_at <= %s"
            " AND (lease_until IS NULL OR lease_until < %s)",
            [at, at, at],
        )
        return float(cursor.fetchone()[0])
