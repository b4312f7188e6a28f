"""Answer those who watch: is the process alive, can it serve, what are its figures."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from myfone.kernel import metrics

_migrated = False


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; it asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether the process can serve: the database answers and holds the tables that the code expects."""
    faults = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _is_migrated():
            faults.append("migrations are missing: run manage.py migrate --database migrator")
    except Error as error:
        faults.append(f"database: {type(error).__name__}")
        connections.close_all()
    return JsonResponse({"ready": not faults, "faults": faults}, status=503 if faults else 200)


@never_cache
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Give Prometheus its figures against METRICS_TOKEN; without one set there is no such page."""
    token = settings.ENVIRONMENT.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(token.encode(), given.encode()):
        return HttpResponse(status=404)
    return HttpResponse(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _is_migrated() -> bool:
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated
