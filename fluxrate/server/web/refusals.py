"""Responses to requests that the HTTP server refuses itself."""

import logging
from http import HTTPStatus

from fluxrate.api import problems
from fluxrate.api.renderers import JSONRenderer
from fluxrate.context import context
from fluxrate.ids import uuid7
from fluxrate.metrics.recorder import recorder

from .responses import Response, serialize

requests = logging.getLogger("fluxrate.requests")
_HEADERS = [
    ("Content-Type", JSONRenderer.media_type),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]


def respond(error: Exception) -> Response:
    """The response of `problems` to an error, logged like every request."""
    with context(request_id=str(uuid7())) as current:
        response = problems.exception_handler(error, {})
        status = response.status_code
        line = {"actor": "", "method": "OTHER", "route": "", "status": status}
        line["code"] = response.data["code"]
        recorder.request("", "OTHER", status, 0.0)
        if status == 503:
            recorder.count("unavailable", response.data["code"])
        requests.info("request", extra={"fields": line})
    headers = [
        *_HEADERS,
        *response.headers.items(),
        ("X-Request-ID", current.request_id),
    ]
    body = JSONRenderer().render(response.data)
    return serialize(f"{status} {HTTPStatus(status).phrase}", headers, body)
