"""WSGI (PEP 3333): runs the application for a complete request in a thread."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from fluxrate.api.wsgi_body import body_of

from . import refusals
from .environ import Environ
from .responses import Response, serialize
from .threads import ThreadPool

Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(slots=True)
class Request:
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


class Gateway:
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
            body = body_of(self.application(environ, start_response))
            status, headers = started
        except Exception as error:  # noqa: BLE001
            return refusals.respond(error)
        has_body = environ["REQUEST_METHOD"] != "HEAD"
        return serialize(status, headers, body, has_body=has_body)
