"""The HTTP server's own refusals have the shape of all others."""

import logging
from http import HTTPStatus

from fluxrate.api import problems
from fluxrate.api.renderers import JSONRenderer
from fluxrate.context import context
from fluxrate.ids import uuid7

from .answers import Answer, written

requests = logging.getLogger("fluxrate.requests")
_HEADERS = [
    ("Content-Type", JSONRenderer.media_type),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]


def answer(error: Exception) -> Answer:
    """What `problems` makes of an error, logged as any answer is."""
    with context(request_id=str(uuid7())) as current:
        response = problems.exception_handler(error, {})
        status = response.status_code
        line = {"actor": "", "method": "OTHER", "route": "", "status": status}
        requests.info("request", extra={"fields": line})
    headers = [
        *_HEADERS,
        *response.headers.items(),
        ("X-Request-ID", current.request_id),
    ]
    body = JSONRenderer().render(response.data)
    return written(f"{status} {HTTPStatus(status).phrase}", headers, body)
