"""Count what the process does and what waits, in the words of Prometheus."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

from django.db import connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric

from myfone.kernel import clock, jobs

REQUESTS = Counter("myfone_requests_total", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "myfone_request_seconds", "Time to answer", ["route"], buckets=(0.02, 0.05, 0.1, 0.25, 1, 5)
)

# Each label is a series that is kept for good, and anybody may make up a method.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

Gauges = Callable[[], Iterator[Metric]]
_gauges: list[Gauges] = []


def gauges(function: Gauges) -> Gauges:
    """Register a function whose gauges are read from the database at each scrape."""
    _gauges.append(function)
    return function


class MetricsMiddleware:
    """Count each answer under its route, never under its path: a path may hold an id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        route = request.resolver_match.route if request.resolver_match else "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(route, method, response.status_code).inc()
        SECONDS.labels(route).observe(time.perf_counter() - began)
        return response


class _FromDatabase:
    def collect(self) -> Iterator[Metric]:
        for function in _gauges:
            yield from function()


def exposition() -> bytes:
    """Return every figure as text; where several processes serve, those of all of them."""
    registry = CollectorRegistry()
    if multiprocess_directory():
        multiprocess.MultiProcessCollector(registry)
        own = b""
    else:
        own = generate_latest()
    registry.register(_FromDatabase())  # type: ignore[arg-type]
    return own + generate_latest(registry)


def multiprocess_directory() -> str | None:
    """Return the directory in which processes share their figures, if there is one."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR")


@gauges
def waiting() -> Iterator[Metric]:
    """Say what waits: jobs and mails, and for how long."""
    yield GaugeMetricFamily(
        "myfone_oldest_due_job_seconds", "Age of the oldest due job", value=jobs.oldest_due_age(clock.now())
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, count(*) FILTER (WHERE failed_at IS NULL), count(*) FILTER (WHERE failed_at IS NOT NULL)"
            " FROM kernel_job WHERE done_at IS NULL GROUP BY kind"
        )
        rows = cursor.fetchall()
    open_jobs = GaugeMetricFamily("myfone_jobs_open", "Jobs to be done", labels=["kind"])
    failed = GaugeMetricFamily("myfone_jobs_failed", "Jobs given up", labels=["kind"])
    for kind, to_do, given_up in rows:
        open_jobs.add_metric([kind], to_do)
        failed.add_metric([kind], given_up)
    yield open_jobs
    yield failed
