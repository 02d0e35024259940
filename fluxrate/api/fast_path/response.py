"""The HTTP response to an answer of a plan, and its line in the log."""

from typing import NamedTuple

import orjson

from fluxrate.api.throttling import Lease
from fluxrate.logging import log_request

from .plan import JSON, Answered, Arrival, HeaderList, Plan

# Status line, headers and body.
Response = tuple[str, HeaderList, bytes]

_STATUS = {200: "200 OK", 201: "201 Created", 304: "304 Not Modified"}


class Known(NamedTuple):
    """A plan, and the headers that all of its answers share."""

    plan: Plan
    route: str
    headers: HeaderList


def respond(
    known: Known, answered: Answered, arrival: Arrival, lease: Lease | None
) -> Response:
    """The response, which is logged."""
    tag = answered.headers.get("ETag")
    if tag is not None and arrival.tags & {"*", tag}:
        headers = [item for item in known.headers if item[0] != "Content-Type"]
        status, body = 304, b""
    else:
        headers = list(known.headers)
        status, body = answered.status, orjson.dumps(answered.data, option=JSON)
    headers.extend(answered.headers.items())
    headers.append(("Content-Length", str(len(body))))
    headers.append(("X-Request-ID", arrival.request_id))
    log_request(
        actor=arrival.credential.actor,
        method=arrival.key.method,
        route=known.route,
        status=status,
        size=len(body),
        began=arrival.began,
        request_id=arrival.request_id,
        traceparent=arrival.traceparent,
    )
    if lease is not None:
        headers.extend(lease.headers().items())
    return _STATUS[status], headers, body
