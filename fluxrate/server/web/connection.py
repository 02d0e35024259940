"""One connection: answers its requests in order and within deadlines."""

import asyncio
import logging
import math
import re
from collections import deque
from typing import Protocol

import httptools
from rest_framework.exceptions import APIException

from fluxrate.api import problems

from . import limits, refusals
from .environ import Environ
from .gateway import Gateway, Request
from .receiver import Budget, Receiver, Stage, StopReadingError, cause
from .responses import Response
from .streams import Stream

logger = logging.getLogger("fluxrate.server.web")
# Below this size, copying a body costs less than a second write.
_SMALL_BODY_BYTES = 16_384
_REQUEST_LINE = re.compile(rb"[A-Za-z-]+ \S+ HTTP/1\.[01]\r\n")
_CLOSE = b"Connection: close\r\n\r\n"
_KEEP_OLD = b"Connection: keep-alive\r\n\r\n"


class Server(Protocol):
    """The part of a worker that its connections use."""

    loop: asyncio.AbstractEventLoop
    environ: Environ
    budget: Budget
    gateway: Gateway
    stopping: bool

    def add(self, connection: "Connection") -> None: ...

    def remove(self, connection: "Connection") -> None: ...


class Connection(asyncio.Protocol):
    """`waiting` holds unanswered requests and refusals, in order.

    While `busy` is set, the first of them is being answered.
    """

    transport: asyncio.Transport

    def __init__(self, worker: Server) -> None:
        self.worker = worker
        self.receiver: Receiver | None = None
        self.stream: Stream | None = None
        self.waiting: deque[Request | APIException] = deque()
        self.busy = self.half_closed = self.write_paused = self.read_paused = False
        self.step, self.deadline = 0, math.inf

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        peer = transport.get_extra_info("peername") or ("", 0)
        environ = self.worker.environ | {"REMOTE_ADDR": str(peer[0])}
        self.receiver = Receiver(
            environ, self.worker.budget, self._request_received, self._proceed
        )
        self._wait(limits.HEAD_SECONDS)
        self.worker.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.worker.remove(self)
        self._stop_receiving()
        self._drop_waiting()
        if self.stream is not None:
            self.stream.stop()

    def data_received(self, data: bytes) -> None:
        receiver = self.receiver
        if receiver is None:
            return
        try:
            receiver.feed(data)
        except Exception as error:  # noqa: BLE001
            is_first = not self.waiting and _REQUEST_LINE.match(data) is not None
            self._refuse(_refusal(cause(error), is_readable=is_first))
            return
        if receiver.step != self.step:
            self.step = receiver.step
            self._wait(receiver.stage.value or limits.IDLE_SECONDS)
        if self.busy and len(self.waiting) > 1 and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        """The client closed its side, as `nc -N` does: answer complete requests."""
        self.half_closed = True
        self._stop_receiving()
        return bool(self.waiting)

    def pause_writing(self) -> None:
        self.write_paused = True

    def resume_writing(self) -> None:
        self.write_paused = False
        if self.stream is not None:
            self.stream.proceed()
        self._next()

    # Called by the receiver.

    def _request_received(self, request: Request) -> None:
        self.waiting.append(request)
        self._next()

    def _proceed(self) -> None:
        if not self.waiting:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _refuse(self, refusal: APIException | None) -> None:
        """Answer the complete requests, then send the refusal, if any."""
        self._stop_receiving()
        if refusal is not None:
            self.waiting.append(refusal)
        elif self.waiting and isinstance(self.waiting[-1], Request):
            self.waiting[-1].keep_alive = False
        self._next()

    def _stop_receiving(self) -> None:
        if self.receiver is not None:
            self.receiver.release()
            self.receiver = None

    def _drop_waiting(self) -> None:
        """Drop the requests that no thread has started."""
        while len(self.waiting) > self.busy:
            self._release(self.waiting.pop())

    def _release(self, request: Request | APIException) -> None:
        if isinstance(request, Request):
            self.worker.budget.release(request)

    def _next(self) -> None:
        """Start the next request once the responses before it have been sent."""
        if self.busy or self.write_paused or not self.waiting:
            return
        first = self.waiting[0]
        self.busy = True
        if isinstance(first, Request):
            self.worker.gateway.submit(first, self._respond)
        else:
            self._respond(refusals.respond(first))

    def _respond(self, response: Response | Stream) -> None:
        if isinstance(response, Stream):
            self._begin_stream(response)
            return
        self.busy = False
        request = self.waiting.popleft()
        self._release(request)
        if self.transport.is_closing():
            return
        keep_alive, line = self._connection_line(request, others=len(self.waiting))
        if len(response.body) < _SMALL_BODY_BYTES:
            self.transport.write(b"".join((response.head, line, response.body)))
        else:
            self.transport.write(response.head + line)
            self.transport.write(response.body)
        self._responded(request, keep_alive=keep_alive)

    def _begin_stream(self, stream: Stream) -> None:
        """Send the head; the request stays the first of `waiting` until the end."""
        request = self.waiting[0]
        if not stream.is_chunked and isinstance(request, Request):
            request.keep_alive = False
        keep_alive, line = self._connection_line(request, others=len(self.waiting) - 1)
        self.stream = stream

        def end(is_complete: bool) -> None:
            self.busy, self.stream = False, None
            self._release(self.waiting.popleft())
            if self.transport.is_closing():
                return
            if is_complete:
                self._responded(request, keep_alive=keep_alive)
            else:
                self.transport.abort()

        stream.begin(self._write_part, end)
        if self.transport.is_closing():
            stream.stop()
        else:
            self._write_part(stream.head + line)

    def _write_part(self, data: bytes) -> None:
        self.transport.write(data)
        self._wait(limits.IDLE_SECONDS)
        if self.stream is not None and not self.write_paused:
            self.stream.proceed()

    def _responded(self, request: Request | APIException, *, keep_alive: bool) -> None:
        if not keep_alive:
            self._end(unread=not isinstance(request, Request) or request.unread)
            return
        if self.receiver is not None:
            self.receiver.pending -= 1
            if self.receiver.stage is Stage.BETWEEN:
                self._wait(limits.IDLE_SECONDS)
        self._resume()

    def _resume(self) -> None:
        if self.read_paused and not self.write_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self._next()

    def _connection_line(
        self, request: Request | APIException, *, others: int
    ) -> tuple[bool, bytes]:
        if not isinstance(request, Request) or not request.keep_alive:
            return False, _CLOSE
        # The last response before the worker stops or the client has closed its side.
        if (self.worker.stopping or self.half_closed) and not others:
            return False, _CLOSE
        is_old = request.environ["SERVER_PROTOCOL"] == "HTTP/1.0"
        return True, _KEEP_OLD if is_old else b"\r\n"

    def _end(self, *, unread: bool) -> None:
        """Close the connection. If the client may still send, read first: a reset
        would keep the client from reading the response (RFC 9112, 9.6).
        """
        self._stop_receiving()
        self._drop_waiting()
        if self.half_closed or not (unread or self.worker.stopping):
            self.transport.close()
            return
        self.transport.write_eof()
        if self.read_paused:
            self.transport.resume_reading()
        self._wait(limits.LINGER_SECONDS if unread else limits.STOP_SECONDS)

    # Called by the worker.

    def _wait(self, seconds: float) -> None:
        self.deadline = self.worker.loop.time() + seconds

    @property
    def is_idle(self) -> bool:
        """No part of a request has been received, and no response is due."""
        between = self.receiver is None or self.receiver.stage is Stage.BETWEEN
        return between and not self.waiting

    def stop(self) -> None:
        """Let an idle connection expire soon: the worker stops."""
        if self.is_idle:
            self._wait(limits.STOP_SECONDS)

    def expire(self) -> None:
        """Called once the deadline has passed."""
        if self.stream is not None and self.write_paused:
            # The client reads no more of a stream.
            self.transport.abort()
        elif self.busy:
            self._wait(limits.IDLE_SECONDS)
        elif self.is_idle or self.receiver is None:
            # The client has not read its response in time.
            self.transport.abort()
        else:
            self._refuse(problems.RequestTimeout())


def _refusal(error: BaseException | None, *, is_readable: bool) -> APIException | None:
    match error:
        case StopReadingError():
            return None
        case APIException():
            return error
        case httptools.HttpParserInvalidMethodError() if is_readable:
            return problems.MethodNotImplemented()
        case httptools.HttpParserError():
            return problems.Malformed()
    logger.error("A request could not be parsed", exc_info=error)
    return problems.Malformed()
