"""Probes of liveness and health, answered without session and host check."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from fluxrate import __version__

RETRY_SECONDS = 2


@require_safe
def liveness(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """200 {"status": "ok"} while the process answers; the database is not asked."""
    return _response({"status": "ok"})


@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """200 {"status": "ok"}, or 503 when the database does not answer; the version."""
    version = {"version": __version__}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        away = {"status": "unavailable", "database": "away"}
        return _response(away | version, status=503)
    return _response({"status": "ok", "database": "ok"} | version)


def _response(body: dict[str, str], *, status: int = 200) -> JsonResponse:
    response = JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


PROBES = {"/livez": liveness, "/health": health}
