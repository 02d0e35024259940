"""One JSON line a request, and one for whatever else is worth knowing.

No line holds what a caller sent: neither paths nor queries, but the route's pattern;
neither the arguments of other libraries' messages nor the words of an exception (which
quote values: PostgreSQL's say `Key (email)=(…) already exists`), but its type and the
lines of code that it came through.
"""

import logging
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psycopg
from django.http import HttpRequest, HttpResponse

from fluxrate.context import current
from fluxrate.health import PROBES

_METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
_ROOT = Path(__file__).resolve().parents[1]
_MOST_FRAMES = 40

requests = logging.getLogger("fluxrate.requests")
_security = logging.getLogger("fluxrate.security")


def security(event: str, **fields: Any) -> None:
    """Log what whoever watches over the doors wants to know, for example
    `security("login.failed", address=…)`; never an email, a name or a secret."""
    _security.info(event, extra={"fields": fields})


class JSONFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.partition(".")[0] == "fluxrate"
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage() if ours else str(record.msg),
            "request_id": current().request_id,
        }
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = list(_told(record.exc_info[1]))
        return orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode()


def _told(error: BaseException | None) -> Iterator[dict[str, Any]]:
    """The exception and its causes: types and lines of code, without any value."""
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
        told: dict[str, Any] = {
            "type": f"{type(error).__module__}.{type(error).__qualname__}",
            "at": [f"{_short(each.filename)}:{each.lineno}" for each in frames],
        }
        if isinstance(error, psycopg.Error):
            told |= {"sqlstate": error.sqlstate, "rule": error.diag.constraint_name}
        yield told
        error = error.__cause__ or error.__context__


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path.name)


def with_traceback(record: logging.LogRecord) -> bool:
    """Of Django's own lines about requests, only those that the request's lacks."""
    return record.exc_info is not None


class RequestLogMiddleware:
    """Inside the middleware that gives the request its id, and outside all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        # Probes come every few seconds: only failures are logged.
        probed = request.path_info in PROBES and response.status_code == 200
        if requests.isEnabledFor(logging.INFO) and not probed:
            duration = (time.perf_counter() - began) * 1000
            fields = _line(request, response) | {"duration_ms": round(duration, 2)}
            requests.info("request", extra={"fields": fields})
        return response


def _line(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    match = request.resolver_match
    return {
        "actor": _actor(request),
        "method": request.method if request.method in _METHODS else "OTHER",
        "route": match.route if match else "",
        "status": response.status_code,
        "bytes": None if response.streaming else len(response.content),
    }


def _actor(request: HttpRequest) -> str:
    """The caller of the API; or who is logged in to the admin, if that was asked."""
    if actor := getattr(request, "actor", ""):
        return str(actor)
    user = getattr(request, "_cached_user", None)
    return f"staff:{user.pk}" if user is not None and user.pk else ""
