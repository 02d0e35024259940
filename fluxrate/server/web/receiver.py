"""Parses the requests of one connection, within limits."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote_from_bytes

import httptools

from fluxrate.api import problems

from . import limits
from .environ import Environ, add_headers, add_target
from .framing import body_length, check_host, framing_head, is_chunked, origin_form
from .gateway import Request

_ASCII = bytes(range(128))
# Bytes received per byte of body, for small chunks.
_MAX_OVERHEAD = 16


class Stage(Enum):
    BETWEEN = 0
    HEAD = limits.HEAD_SECONDS
    BODY = limits.BODY_SECONDS


@dataclass(slots=True)
class Budget:
    """The limit of one body, and the bytes of all bodies in the process's memory."""

    max_body_bytes: int
    used: int = 0

    def release(self, request: Request) -> None:
        """Free the body of a request that is answered or dropped."""
        self.used -= request.budgeted
        request.budgeted = 0


class StopReadingError(Exception):
    """No more requests are read from the connection."""


class Receiver:
    """Parses requests; httptools calls the methods named on_….

    `request_received` takes a complete request, or one whose body is too large.
    `proceed` answers `Expect: 100-continue`. `step` counts the changes of `stage`.
    """

    def __init__(
        self,
        environ: Environ,
        budget: Budget,
        request_received: Callable[[Request], None],
        proceed: Callable[[], None],
    ) -> None:
        self.environ, self.budget = environ, budget
        self.request_received, self.proceed = request_received, proceed
        self.request = Request({})
        self.stage, self.step, self.bytes, self.head = Stage.BETWEEN, 0, 0, 0
        self.in_line, self.last, self.pending, self.bytes_without_body = (
            True,
            False,
            0,
            0,
        )
        self.declined = False
        self.parser = self._new_parser()

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # Data after the last request must not make that request fail.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def feed(self, data: bytes) -> None:
        """Parse data; raise httptools' errors, whose context may be one of ours."""
        self.bytes += len(data)
        self.bytes_without_body += len(data)
        while data:
            data = self._read(data)
        self._check_limits()

    def _read(self, data: bytes) -> bytes:
        """Parse up to the end of an Upgrade request; return the rest."""
        if self.in_line or self.stage is Stage.BETWEEN:
            data = self._line_in_ascii(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            end: int = upgrade.args[0]
        else:
            return b""
        self._decline()
        return data[end:]

    def _decline(self) -> None:
        """Ignore `Upgrade`: only HTTP/1.1 is supported.

        httptools takes the body for the other protocol, so a new parser reads it.
        """
        self.parser = self._new_parser()
        if self.declined:
            self.declined, self.request.target = False, b""
            self.parser.feed_data(framing_head(self.request.environ))

    def _line_in_ascii(self, data: bytes) -> bytes:
        """Percent-encode a request line as browsers do; curl sends what was typed.

        Only if `data` begins within a request line: a later request line is refused if
        it is not ASCII, since nothing else may be encoded.
        """
        if self.stage is Stage.BETWEEN:
            data = data.lstrip(b"\r\n")
        line, end, rest = data.partition(b"\n")
        self.in_line = not end
        if line.isascii():
            return data
        return quote_from_bytes(line, safe=_ASCII).encode() + end + rest

    def _check_limits(self) -> None:
        """Refuse a head or a body that exceeds its limits."""
        if self.stage is Stage.HEAD and self.bytes > limits.MAX_HEAD_BYTES:
            raise problems.HeadersTooLarge if self.head else problems.URITooLong
        if self.stage is Stage.BODY and self.bytes_without_body > limits.MAX_HEAD_BYTES:
            # The parser copies a trailer again for each of its parts.
            raise problems.HeadersTooLarge
        if (
            self.stage is Stage.BODY
            and self.bytes > _MAX_OVERHEAD * self.budget.max_body_bytes
        ):
            raise problems.BodyTooLarge

    def _enter(self, stage: Stage) -> None:
        self.stage, self.bytes, self.bytes_without_body = stage, 0, 0
        self.step += 1

    def on_message_begin(self) -> None:
        if self.stage is Stage.BODY:
            # The second parser of an Upgrade request begins.
            return
        if self.last or self.pending >= limits.MAX_PIPELINED:
            raise StopReadingError
        self.request = Request(self.environ.copy())
        self.head = 0
        self._enter(Stage.HEAD)

    def on_url(self, part: bytes) -> None:
        self.request.target += part
        if len(self.request.target) > limits.MAX_TARGET_BYTES:
            raise problems.URITooLong

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.stage is Stage.BODY:
            # A trailer, which follows the last chunk.
            return
        headers = self.request.headers
        headers.append((name, value))
        self.head += len(name) + len(value) + 4
        if len(headers) > limits.MAX_HEADERS or self.head > limits.MAX_HEAD_BYTES:
            raise problems.HeadersTooLarge

    def on_headers_complete(self) -> None:
        if self.stage is Stage.BODY:
            return
        request, environ = self.request, self.request.environ
        version = self.parser.get_http_version()
        if version not in {"1.0", "1.1"}:
            raise problems.VersionNotSupported
        environ["REQUEST_METHOD"] = self.parser.get_method().decode("ascii")
        environ["SERVER_PROTOCOL"] = f"HTTP/{version}"
        add_headers(environ, request.headers)
        check_host(environ)
        add_target(environ, origin_form(request.target, environ))
        length, chunked = body_length(environ), is_chunked(environ)
        # HTTP/1.0 has no chunks (RFC 9112, 6.1).
        is_faulty = chunked and version == "1.0"
        request.keep_alive = self.parser.should_keep_alive() and not is_faulty
        self.last = not request.keep_alive
        self.declined = self.parser.should_upgrade() and bool(length or chunked)
        self._enter(Stage.BODY)
        expects = environ.pop("HTTP_EXPECT", "").lower() == "100-continue"
        if length > self.budget.max_body_bytes:
            self._pass_on_without_body()
        elif expects and version == "1.1":
            self.proceed()

    def on_body(self, part: bytes) -> None:
        request = self.request
        self.bytes_without_body = 0
        if request.unread:
            return
        request.body += part
        request.size += len(part)
        request.budgeted += len(part)
        self.budget.used += len(part)
        if request.size > self.budget.max_body_bytes:
            request.environ["CONTENT_LENGTH"] = str(request.size)
            self._pass_on_without_body()
        elif self.budget.used > limits.MAX_BODY_BYTES_PER_PROCESS:
            raise problems.ServerBusy

    def on_message_complete(self) -> None:
        if self.declined:
            # httptools stops here; the body follows.
            return
        request = self.request
        self._enter(Stage.BETWEEN)
        if request.unread:
            return
        if "HTTP_TRANSFER_ENCODING" in request.environ:
            del request.environ["HTTP_TRANSFER_ENCODING"]
            request.environ["CONTENT_LENGTH"] = str(request.size)
        self._pass_on()

    def _pass_on_without_body(self) -> None:
        """Pass the request on for the application to refuse; discard its body."""
        self.request.environ.pop("HTTP_TRANSFER_ENCODING", None)
        self.request.unread, self.request.keep_alive = True, False
        self.request.body.clear()
        self.budget.release(self.request)
        self.last = True
        self._pass_on()

    def release(self) -> None:
        """Drop an incomplete request."""
        if self.stage is not Stage.BETWEEN:
            self.budget.release(self.request)

    def _pass_on(self) -> None:
        self.pending += 1
        self.request_received(self.request)


def cause(error: Exception) -> BaseException | None:
    """The error that a callback raised, which httptools wraps."""
    is_ours = isinstance(error, httptools.HttpParserCallbackError)
    return error.__context__ if is_ours else error
