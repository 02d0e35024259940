"""The log: one JSON line per request, and one per further record.

No line contains data of callers. A request is logged by its route's pattern, without
path and query. Records of other libraries are logged without their arguments, and
exceptions by type and lines of code, without their message: PostgreSQL's quotes values
(`Key (email)=(…) already exists`).
"""

import logging
import re
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import psycopg
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from fluxrate.context import current
from fluxrate.health import PROBES
from fluxrate.metrics.recorder import recorder
from fluxrate.telemetry.traces import spans

_METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
_TRACEPARENT = re.compile("[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-.*")
_ROOT = Path(__file__).resolve().parents[1]
_MAX_FRAMES = 40
# A redirect to HTTPS, a Host outside of ALLOWED_HOSTS, and `https_required`.
_REFUSALS = {301, 400, 403}

# No line shows them, and each record would look them up.
logging.logThreads = logging.logProcesses = False
logging.logMultiprocessing = logging.logAsyncioTasks = False  # type: ignore[attr-defined]

requests = logging.getLogger("fluxrate.requests")
_security = logging.getLogger("fluxrate.security")


def security(event: str, **fields: object) -> None:
    """Log a security event such as `security("login.failed", address=…)`.

    The fields must not contain emails, names or secrets.
    """
    _security.info(event, extra={"fields": fields})


class JSONFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.partition(".")[0] == "fluxrate"
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage() if ours else str(record.msg),
            "request_id": current().request_id,
        }
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = list(_exception_chain(record.exc_info[1]))
        return orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode()


def _exception_chain(error: BaseException | None) -> Iterator[dict[str, object]]:
    """The exception and its causes: types and lines of code, without values."""
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
        entry: dict[str, object] = {
            "type": f"{type(error).__module__}.{type(error).__qualname__}",
            "at": [f"{_short(frame.filename)}:{frame.lineno}" for frame in frames],
        }
        if isinstance(error, psycopg.Error):
            entry |= {"sqlstate": error.sqlstate, "rule": error.diag.constraint_name}
        yield entry
        error = error.__cause__ or error.__context__


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path.name)


def with_traceback(record: logging.LogRecord) -> bool:
    """Keep Django's records about requests only if they carry a traceback."""
    return record.exc_info is not None


class RequestLogMiddleware:
    """Logs each request. Only RequestIDMiddleware stands outside of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        # Probes come every few seconds: only failures are logged.
        if request.path_info in PROBES and response.status_code == 200:
            return response
        match = request.resolver_match
        log_request(
            actor=_actor(request),
            method=str(request.method),
            route=match.route if match else "",
            status=response.status_code,
            size=None if response.streaming else len(response.content),
            began=began,
            refused_header=_refused_header(request, response.status_code),
            code=_code(response),
            traceparent=request.META.get("HTTP_TRACEPARENT", ""),
        )
        return response


def trace_id(header: str) -> str:
    """The trace of a `traceparent` (W3C Trace Context); "" of a malformed one."""
    match = _TRACEPARENT.fullmatch(header) if header else None
    return match[1] if match else ""


def log_request(
    *,
    actor: str,
    method: str,
    route: str,
    status: int,
    size: int | None,
    began: float,
    **more: str,
) -> None:
    """Log and count an answered request; `began` is a time of perf_counter.

    `more` has further members, if they are not empty: `request_id` (by default that of
    the present context), `code` (of a problem), `refused_header`. `traceparent` is the
    header, whose trace is logged as `trace_id`.
    """
    traceparent = more.pop("traceparent", "")
    seconds = time.perf_counter() - began
    method = method if method in _METHODS else "OTHER"
    recorder.request(route, method, status, seconds)
    if status == 503:
        recorder.count("unavailable", more.get("code", ""))
    if spans.tracer is not None:
        request_id = more.get("request_id") or current().request_id
        spans.request(traceparent, method, route, status, seconds, request_id)
    if not requests.isEnabledFor(logging.INFO):
        return
    fields: dict[str, object] = {
        "actor": actor,
        "method": method,
        "route": route,
        "status": status,
        "bytes": size,
        "duration_ms": round(seconds * 1000, 2),
    }
    more["trace_id"] = trace_id(traceparent)
    fields |= {name: value for name, value in more.items() if value}
    _log(fields)


def _log(fields: dict[str, object]) -> None:
    """Log a request; `requests.info` would look up the line of code that logs."""
    record = logging.LogRecord(
        requests.name, logging.INFO, "", 0, "request", None, None
    )
    record.fields = fields
    requests.handle(record)


def _refused_header(request: HttpRequest, status: int) -> str:
    """The header that a proxy must set, if the request was refused for it."""
    if status not in _REFUSALS:
        return ""
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        return "X-Forwarded-Proto"
    try:
        request.get_host()
    except DisallowedHost:
        return "Host"
    return ""


def _code(response: HttpResponse) -> str:
    """The code of a problem: the body of an error of the API."""
    body = getattr(response, "data", None) if response.status_code >= 400 else None
    return str(body.get("code", "")) if isinstance(body, dict) else ""


def _actor(request: HttpRequest) -> str:
    """The API's caller, or the user of the admin if the view has loaded it."""
    if actor := getattr(request, "actor", ""):
        return str(actor)
    user = getattr(request, "_cached_user", None)
    return f"staff:{user.pk}" if user is not None and user.pk else ""
