"""What a client sends becomes requests, as far as it has come, within its limits."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import quote_from_bytes, urlsplit

import httptools

from fluxrate.api import problems

from . import limits
from .gateway import Environ, Request, add_headers, add_target

_ASCII = bytes(range(128))
# Bytes on the wire for a byte of body: chunks may be small.
_OVERHEAD = 16
# Content-Length is less than 2**64.
_MOST_DIGITS = 20


class Stage(Enum):
    BETWEEN = 0
    HEAD = limits.HEAD_SECONDS
    BODY = limits.BODY_SECONDS


@dataclass(slots=True)
class Budget:
    """Bytes of one body, and those of all bodies that a process holds now."""

    largest_body: int
    held: int = 0

    def release(self, request: Request) -> None:
        """The request is answered, or given up: its body is held no longer."""
        self.held -= request.held
        request.held = 0


class EnoughError(Exception):
    """No more requests are read from the connection."""


class Receiver:
    """Reads requests for one connection; httptools calls what is named on_…

    `arrived` takes a request that is whole, or whose body is too large to be read;
    `proceed` tells a client that waits for it to send its body. `step` grows whenever
    `stage` begins anew.
    """

    def __init__(
        self,
        environ: Environ,
        budget: Budget,
        arrived: Callable[[Request], None],
        proceed: Callable[[], None],
    ) -> None:
        self.environ, self.budget = environ, budget
        self.arrived, self.proceed = arrived, proceed
        self.request = Request({})
        self.stage, self.step, self.bytes, self.head = Stage.BETWEEN, 0, 0, 0
        self.in_line, self.last, self.pending, self.bodiless = True, False, 0, 0
        self.declined = False
        self.parser = self._new_parser()

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # What follows a last request is no reason to refuse that request.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def feed(self, data: bytes) -> None:
        """Read; raises httptools' errors, whose context may be one of ours."""
        self.bytes += len(data)
        self.bodiless += len(data)
        while data:
            data = self._read(data)
        self._bound()

    def _read(self, data: bytes) -> bytes:
        """Read up to an offer of another protocol; returns what is behind it."""
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
        """Nothing but HTTP/1.1 is spoken here: this is an ordinary request. Its body,
        which httptools takes for the other protocol, is read by another parser.
        """
        self.parser = self._new_parser()
        if self.declined:
            self.declined, self.request.target = False, b""
            self.parser.feed_data(_framing(self.request.environ))

    def _line_in_ascii(self, data: bytes) -> bytes:
        """Percent-encode what browsers would: curl sends what was typed.

        Only where `data` begins in a request line. One that begins behind another
        request is left as it is, and refused: nothing else may ever be encoded.
        """
        if self.stage is Stage.BETWEEN:
            data = data.lstrip(b"\r\n")
        line, end, rest = data.partition(b"\n")
        self.in_line = not end
        if line.isascii():
            return data
        return quote_from_bytes(line, safe=_ASCII).encode() + end + rest

    def _bound(self) -> None:
        """Refuse what never comes to an end."""
        if self.stage is Stage.HEAD and self.bytes > limits.LONGEST_HEAD:
            raise problems.HeadersTooLarge if self.head else problems.URITooLong
        if self.stage is Stage.BODY and self.bodiless > limits.LONGEST_HEAD:
            # The parser copies a trailer anew with each part of it.
            raise problems.HeadersTooLarge
        if (
            self.stage is Stage.BODY
            and self.bytes > _OVERHEAD * self.budget.largest_body
        ):
            raise problems.BodyTooLarge

    def _enter(self, stage: Stage) -> None:
        self.stage, self.bytes, self.bodiless = stage, 0, 0
        self.step += 1

    def on_message_begin(self) -> None:
        if self.stage is Stage.BODY:
            # The second parser of a declined offer begins.
            return
        if self.last or self.pending >= limits.MOST_WAITING:
            raise EnoughError
        self.request = Request(self.environ.copy())
        self.head = 0
        self._enter(Stage.HEAD)

    def on_url(self, part: bytes) -> None:
        self.request.target += part
        if len(self.request.target) > limits.LONGEST_TARGET:
            raise problems.URITooLong

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.stage is Stage.BODY:
            # A trailer, behind the last chunk, is no header.
            return
        headers = self.request.headers
        headers.append((name, value))
        self.head += len(name) + len(value) + 4
        if len(headers) > limits.MOST_HEADERS or self.head > limits.LONGEST_HEAD:
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
        _check_host(environ)
        add_target(environ, _origin_form(request.target, environ))
        length, is_chunked = _length(environ), _is_chunked(environ)
        # Whoever speaks HTTP/1.0 knows no chunks (RFC 9112, 6.1).
        is_faulty = is_chunked and version == "1.0"
        request.keep_alive = self.parser.should_keep_alive() and not is_faulty
        self.last = not request.keep_alive
        self.declined = self.parser.should_upgrade() and bool(length or is_chunked)
        self._enter(Stage.BODY)
        expects = environ.pop("HTTP_EXPECT", "").lower() == "100-continue"
        if length > self.budget.largest_body:
            self._arrive_without_body()
        elif expects and version == "1.1":
            self.proceed()

    def on_body(self, part: bytes) -> None:
        request = self.request
        self.bodiless = 0
        if request.unread:
            return
        request.body += part
        request.size += len(part)
        request.held += len(part)
        self.budget.held += len(part)
        if request.size > self.budget.largest_body:
            request.environ["CONTENT_LENGTH"] = str(request.size)
            self._arrive_without_body()
        elif self.budget.held > limits.MOST_HELD:
            raise problems.ServerBusy

    def on_message_complete(self) -> None:
        if self.declined:
            # httptools ends here; the body is still to come.
            return
        request = self.request
        self._enter(Stage.BETWEEN)
        if request.unread:
            return
        if "HTTP_TRANSFER_ENCODING" in request.environ:
            del request.environ["HTTP_TRANSFER_ENCODING"]
            request.environ["CONTENT_LENGTH"] = str(request.size)
        self._arrive()

    def _arrive_without_body(self) -> None:
        """The application refuses it by its length; what comes is thrown away."""
        self.request.environ.pop("HTTP_TRANSFER_ENCODING", None)
        self.request.unread, self.request.keep_alive = True, False
        self.request.body.clear()
        self.budget.release(self.request)
        self.last = True
        self._arrive()

    def release(self) -> None:
        """Give up a request that is not whole."""
        if self.stage is not Stage.BETWEEN:
            self.budget.release(self.request)

    def _arrive(self) -> None:
        self.pending += 1
        self.arrived(self.request)


def _origin_form(target: bytes, environ: Environ) -> bytes:
    """A path and a query; the host of an absolute target goes before the header."""
    if target.startswith(b"/") and b"#" not in target:
        return target
    scheme, _, rest = target.partition(b"://")
    if scheme.lower() not in {b"http", b"https"} or b"#" in target:
        raise problems.Malformed
    try:
        url = urlsplit(b"//" + rest)
    except ValueError:
        raise problems.Malformed from None
    environ["HTTP_HOST"] = url.netloc.decode("latin-1")
    query = b"?" + url.query if url.query else b""
    return (url.path or b"/") + query


def _check_host(environ: Environ) -> None:
    host = environ.get("HTTP_HOST")
    if "," in (host or "") or (host is None and environ["SERVER_PROTOCOL"][-1] == "1"):
        raise problems.Malformed


def _is_chunked(environ: Environ) -> bool:
    coding = environ.get("HTTP_TRANSFER_ENCODING")
    if coding is not None and coding.lower() != "chunked":
        raise problems.Malformed
    return coding is not None


def _length(environ: Environ) -> int:
    digits = environ.get("CONTENT_LENGTH", "0")
    if len(digits) > _MOST_DIGITS:
        raise problems.Malformed
    return int(digits)


def _framing(environ: Environ) -> bytes:
    """A head that says of the body what the request has said, and no more."""
    length = environ.get("CONTENT_LENGTH")
    framing = f"Content-Length: {length}" if length else "Transfer-Encoding: chunked"
    return f"POST / HTTP/1.1\r\n{framing}\r\n\r\n".encode()


def cause(error: Exception) -> Any:
    """What a callback raised, where httptools has only passed it on."""
    is_ours = isinstance(error, httptools.HttpParserCallbackError)
    return error.__context__ if is_ours else error
