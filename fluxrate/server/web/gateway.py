"""WSGI (PEP 3333): runs the application for a complete request in a thread."""

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from . import refusals
from .responses import Response, serialize
from .threads import ThreadPool

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_NAMES: dict[bytes, str] = {}
# Bounds of the cache: clients can invent any number of names.
_MAX_NAMES, _MAX_NAME_LENGTH = 1_000, 64


@dataclass(slots=True)
class Request:
    """A request, as far as it has been received."""

    environ: Environ
    target: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    size: int = 0
    # Bytes of the body that count against the budget of the process.
    budgeted: int = 0
    keep_alive: bool = True
    # The body is too large: it is discarded, and the request answered at once.
    unread: bool = False


def variable(name: bytes) -> str:
    """The WSGI variable of a header; "" for a name with an underscore.

    WSGI would not distinguish `X_Api_Key` from `X-Api-Key`, which a proxy may remove.
    """
    known = _NAMES.get(name)
    if known is None:
        text = name.decode("latin-1").upper().replace("-", "_")
        known = "" if b"_" in name else f"HTTP_{text}"
        if known in {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"}:
            known = text
        if len(_NAMES) < _MAX_NAMES and len(name) <= _MAX_NAME_LENGTH:
            _NAMES[name] = known
    return known


def add_headers(environ: Environ, headers: list[tuple[bytes, bytes]]) -> None:
    """Add headers, decoded as Latin-1 without loss; join repeated ones."""
    for name, value in headers:
        key = variable(name)
        text = value.decode("latin-1").strip(" \t")
        if key in environ:
            text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        if key:
            environ[key] = text


def add_target(environ: Environ, target: bytes) -> None:
    path, _, query = target.partition(b"?")
    if b"%" in path:
        path = unquote_to_bytes(path)
    environ["PATH_INFO"] = path.decode("latin-1")
    environ["QUERY_STRING"] = query.decode("latin-1")


class Gateway:
    """Runs an application in threads."""

    def __init__(self, application: Application, threads: ThreadPool) -> None:
        self.application, self.threads = application, threads

    def submit(self, request: Request, done: Callable[[Response], None]) -> None:
        """Run the application in a thread, which then calls `done`."""
        self.threads.submit(lambda: done(self.respond(request)))

    def respond(self, request: Request) -> Response:
        environ = request.environ
        environ["wsgi.input"] = io.BytesIO(request.body)
        started: list[Any] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _error: Any = None
        ) -> None:
            started[:] = [status, headers]

        try:
            body = _joined(self.application(environ, start_response))
            status, headers = started
        except Exception as error:  # noqa: BLE001
            return refusals.respond(error)
        has_body = environ["REQUEST_METHOD"] != "HEAD"
        return serialize(status, headers, body, has_body=has_body)


def base_environ(server: tuple[str, int]) -> Environ:
    """The WSGI variables that all requests share."""
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _joined(parts: Iterable[bytes]) -> bytes:
    try:
        return b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
