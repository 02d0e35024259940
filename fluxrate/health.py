"""Probes of liveness, health and readiness, answered without session and host check."""

import logging
from functools import cache
from threading import Event

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from fluxrate import __version__
from fluxrate.metrics.failures import report
from fluxrate.metrics.view import metrics

logger = logging.getLogger("fluxrate.health")
RETRY_SECONDS = 2
_UNCACHED = {"Cache-Control": "no-store"}
_VERSION = {"version": __version__}
_AWAY = {"status": "unavailable", "database": "away"}
_WORKER = """
SELECT EXISTS (SELECT FROM fluxrate_heartbeat
    WHERE beat_at > clock_timestamp() - interval '1 minute')"""
# Set once this process has been asked to stop.
draining = Event()


@require_safe
def liveness(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """200 {"status": "ok"} while the process answers; the database is not asked."""
    return _response({"status": "ok"})


@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """200 {"status": "ok"}, or 503 when the database does not answer; the version."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        report(error, logger, "Database: %s")
        return _response(_AWAY | _VERSION, status=503)
    return _response({"status": "ok", "database": "ok"} | _VERSION)


@require_safe
def readiness(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """200 {"status": "ok"}, or 503 with the reason: draining, database, migrations.

    `worker` says whether any worker is at work. The site is ready without one: another
    instance would be no better.
    """
    worker = "missing"
    try:
        applied = MigrationRecorder(connection).applied_migrations()
        reason = "migrations" if _migrations().difference(applied) else ""
        worker = worker if reason else _worker()
    except DatabaseError as error:
        report(error, logger, "Database: %s")
        reason = "database"
    reason = "draining" if draining.is_set() else reason
    if not reason:
        return _response({"status": "ok", "worker": worker})
    return _response({"status": "unavailable", "reason": reason}, status=503)


def _worker() -> str:
    with connection.cursor() as cursor:
        cursor.execute(_WORKER)
        return "ok" if cursor.fetchone()[0] else "missing"


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """App and name of each migration of this version."""
    return frozenset(MigrationLoader(None).disk_migrations)


def _response(body: dict[str, str], *, status: int = 200) -> JsonResponse:
    retry = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}
    return JsonResponse(body, status=status, headers=_UNCACHED | retry)


PROBES = {
    "/livez": liveness,
    "/readyz": readiness,
    "/health": health,
    "/metrics": metrics,
}
