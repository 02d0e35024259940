"""WSGI (PEP 3333): runs the application for a complete request in a thread."""

import asyncio
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from fluxrate.api.content_coding import MAX_LOOP_BYTES, accepts_gzip
from fluxrate.api.wsgi_body import body_of
from fluxrate.postgres.loop_connections import LoopConnections

from . import refusals
from .environ import Environ
from .responses import Response, serialize, stream_head
from .streams import Stream
from .threads import ThreadPool

Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
# Status line, headers and body.
WSGIResponse = tuple[str, list[tuple[str, str]], bytes]
Done = Callable[[Response | Stream], None]

# Answered in the event loop: it waits for neither a thread nor the database.
LIVENESS = "/livez"
# Connections of a process for statements that no thread waits for.
MAX_LOOP_CONNECTIONS = 8


class PlannedApplication(Protocol):
    """A WSGI application that answers some requests in the event loop."""

    def ordinary(
        self, environ: Environ, start_response: Callable[..., object], /
    ) -> Iterable[bytes]:
        """The answer of the views to a request that `begin` gave up."""

    def begin(
        self,
        environ: Environ,
        database: LoopConnections,
        then: Callable[[WSGIResponse | None], None],
    ) -> bool:
        """Whether `then` gets the response, or None if `ordinary` must answer."""


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
    """Runs `application` in threads; `planned` answers some requests without one."""

    def __init__(
        self,
        application: Application,
        threads: ThreadPool,
        planned: PlannedApplication | None = None,
    ) -> None:
        self.application, self.threads, self.planned = application, threads, planned
        self.loop = asyncio.get_running_loop()
        self.database = LoopConnections(self.loop, threads.submit, MAX_LOOP_CONNECTIONS)

    def submit(self, request: Request, done: Done) -> None:
        """Answer the request, then call `done` in the event loop."""
        request.environ["wsgi.input"] = io.BytesIO(request.body)
        if request.environ["PATH_INFO"] == LIVENESS:
            self.loop.call_soon(done, self.respond(self.application, request))
            return
        planned = self.planned

        def then(response: WSGIResponse | None) -> None:
            if response is None and planned is not None:
                self._submit(planned.ordinary, request, done)
            elif response is not None:
                self._finish(response, request, done)

        if not (planned and planned.begin(request.environ, self.database, then)):
            self._submit(self.application, request, done)

    def _submit(self, application: Application, request: Request, done: Done) -> None:
        self._in_thread(lambda: self.respond(application, request), done)

    def _finish(self, response: WSGIResponse, request: Request, done: Done) -> None:
        """Serialize the response of a plan; compress a long one in a thread."""
        accepted = request.environ.get("HTTP_ACCEPT_ENCODING", "")

        def serialized() -> Response:
            try:
                return serialize(*response, accept_encoding=accepted)
            except Exception as error:  # noqa: BLE001 - as the application's own
                return refusals.respond(error)

        if len(response[2]) > MAX_LOOP_BYTES and accepts_gzip(accepted):
            self._in_thread(serialized, done)
        else:
            done(serialized())

    def _in_thread(self, respond: Callable[[], Response | Stream], done: Done) -> None:
        def task() -> None:
            response = respond()
            self.loop.call_soon_threadsafe(done, response)
            if isinstance(response, Stream):
                response.produce()

        self.threads.submit(task)

    def relieve(self) -> None:
        """Let no request wait for blocked ones."""
        self.threads.relieve()
        self.database.relieve()

    def gauges(self) -> dict[str, float]:
        return self.threads.gauges() | self.database.gauges()

    def respond(self, application: Application, request: Request) -> Response | Stream:
        environ = request.environ
        started: list[Any] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _error: Any = None
        ) -> None:
            started[:] = [status, headers]

        try:
            answer = application(environ, start_response)
            status, headers = started
            if is_streamed(answer, headers):
                return self._stream(environ, status, headers, answer)
            body = body_of(answer)
        except Exception as error:  # noqa: BLE001
            return refusals.respond(error)
        has_body = environ["REQUEST_METHOD"] != "HEAD"
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        return serialize(
            status, headers, body, accept_encoding=accepted, has_body=has_body
        )

    def _stream(
        self,
        environ: Environ,
        status: str,
        headers: list[tuple[str, str]],
        parts: Iterable[bytes],
    ) -> Stream:
        is_chunked = environ["SERVER_PROTOCOL"] != "HTTP/1.0"
        head = stream_head(status, headers, is_chunked=is_chunked)
        return Stream(head, parts, self.loop, is_chunked=is_chunked)


def is_streamed(answer: Iterable[bytes], headers: list[tuple[str, str]]) -> bool:
    """Whether Django computes the body while it is read, so that it has no length."""
    has_length = any(name.lower() == "content-length" for name, _ in headers)
    return bool(getattr(answer, "streaming", False)) and not has_length
