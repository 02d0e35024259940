"""One connection: its requests are answered in their order, and within deadlines."""

import asyncio
import logging
import math
import re
from collections import deque
from typing import TYPE_CHECKING

import httptools
from rest_framework.exceptions import APIException

from fluxrate.api import problems

from . import limits, refusals
from .answers import Answer
from .gateway import Request
from .receiver import EnoughError, Receiver, Stage, cause

if TYPE_CHECKING:
    from .worker import Worker

logger = logging.getLogger("fluxrate.server.web")
# Bytes that are sooner copied than sent apart.
_SMALL = 16_384
_REQUEST_LINE = re.compile(rb"[A-Za-z-]+ \S+ HTTP/1\.[01]\r\n")
_CLOSE = b"Connection: close\r\n\r\n"
_KEEP_OLD = b"Connection: keep-alive\r\n\r\n"


class Connection(asyncio.Protocol):
    """`waiting` are requests and refusals without an answer, and while `busy` is set
    the first of them is with a thread.
    """

    transport: asyncio.Transport

    def __init__(self, worker: "Worker") -> None:
        self.worker = worker
        self.receiver: Receiver | None = None
        self.waiting: deque[Request | APIException] = deque()
        self.busy = self.half_closed = self.write_paused = self.read_paused = False
        self.step, self.deadline = 0, math.inf

    # The event loop calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        peer = transport.get_extra_info("peername") or ("", 0)
        environ = self.worker.environ | {"REMOTE_ADDR": str(peer[0])}
        self.receiver = Receiver(
            environ, self.worker.budget, self._arrived, self._proceed
        )
        self._wait(limits.HEAD_SECONDS)
        self.worker.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.worker.remove(self)
        self._receive_no_more()
        self._give_up()

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
        """Half closed, as by `nc -N`: what has come whole is answered."""
        self.half_closed = True
        self._receive_no_more()
        return bool(self.waiting)

    def pause_writing(self) -> None:
        self.write_paused = True

    def resume_writing(self) -> None:
        self.write_paused = False
        self._next()

    # The receiver calls these.

    def _arrived(self, request: Request) -> None:
        self.waiting.append(request)
        self._next()

    def _proceed(self) -> None:
        if not self.waiting:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _refuse(self, refusal: APIException | None) -> None:
        """Answer what has come whole, then refuse the rest, if there is a refusal."""
        self._receive_no_more()
        if refusal is not None:
            self.waiting.append(refusal)
        elif self.waiting and isinstance(self.waiting[-1], Request):
            self.waiting[-1].keep_alive = False
        self._next()

    def _receive_no_more(self) -> None:
        if self.receiver is not None:
            self.receiver.release()
            self.receiver = None

    def _give_up(self) -> None:
        """Drop what waits for a thread, but not what a thread has."""
        while len(self.waiting) > self.busy:
            self._release(self.waiting.pop())

    def _release(self, request: Request | APIException) -> None:
        if isinstance(request, Request):
            self.worker.budget.release(request)

    def _next(self) -> None:
        """Begin with the next request when the answers before it are on their way."""
        if self.busy or self.write_paused or not self.waiting:
            return
        first = self.waiting[0]
        self.busy = True
        if isinstance(first, Request):
            self.worker.gateway.submit(first, self._answered_in_thread)
        else:
            self._answered(refusals.answer(first))

    def _answered_in_thread(self, answer: Answer) -> None:
        self.worker.loop.call_soon_threadsafe(self._answered, answer)

    def _answered(self, answer: Answer) -> None:
        self.busy = False
        request = self.waiting.popleft()
        self._release(request)
        if self.transport.is_closing():
            return
        keeps, line = self._connection_line(request)
        if len(answer.body) < _SMALL:
            self.transport.write(b"".join((answer.head, line, answer.body)))
        else:
            self.transport.write(answer.head + line)
            self.transport.write(answer.body)
        if not keeps:
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

    def _connection_line(self, request: Request | APIException) -> tuple[bool, bytes]:
        if not isinstance(request, Request) or not request.keep_alive:
            return False, _CLOSE
        # The last answer before the worker, or the client's side, ends.
        if (self.worker.stopping or self.half_closed) and not self.waiting:
            return False, _CLOSE
        is_old = request.environ["SERVER_PROTOCOL"] == "HTTP/1.0"
        return True, _KEEP_OLD if is_old else b"\r\n"

    def _end(self, *, unread: bool) -> None:
        """Close; where more may come, only after it was read, so that the client is
        not cut off from the answer by a reset (RFC 9112, 9.6).
        """
        self._receive_no_more()
        self._give_up()
        if self.half_closed or not (unread or self.worker.stopping):
            self.transport.close()
            return
        self.transport.write_eof()
        if self.read_paused:
            self.transport.resume_reading()
        self._wait(limits.LINGER_SECONDS if unread else limits.STOP_SECONDS)

    # The worker calls these.

    def _wait(self, seconds: float) -> None:
        self.deadline = self.worker.loop.time() + seconds

    @property
    def is_idle(self) -> bool:
        """Nothing of a request has come, and no answer is due."""
        between = self.receiver is None or self.receiver.stage is Stage.BETWEEN
        return between and not self.waiting

    def stop(self) -> None:
        """The worker ends: what is on its way is answered, and nothing after it."""
        if self.is_idle:
            self._wait(limits.STOP_SECONDS)

    def expire(self) -> None:
        """The deadline has passed."""
        if self.busy:
            self._wait(limits.IDLE_SECONDS)
        elif self.is_idle or self.receiver is None:
            # An answer that is still not read is lost with the connection.
            self.transport.abort()
        else:
            self._refuse(problems.RequestTimeout())


def _refusal(error: BaseException | None, *, is_readable: bool) -> APIException | None:
    match error:
        case EnoughError():
            return None
        case APIException():
            return error
        case httptools.HttpParserInvalidMethodError() if is_readable:
            return problems.MethodNotImplemented()
        case httptools.HttpParserError():
            return problems.Malformed()
    logger.error("A request could not be read", exc_info=error)
    return problems.Malformed()
