"""Is the process up, and does its database answer?"""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """200 {"status": "ok"}, or 503 when the database does not answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse(
            {"status": "unavailable", "database": "away"},
            status=503,
            headers={"Retry-After": "2", "Cache-Control": "no-store"},
        )
    return JsonResponse(
        {"status": "ok", "database": "ok"}, headers={"Cache-Control": "no-store"}
    )
