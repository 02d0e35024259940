"""Responses as bytes of HTTP/1.1."""

from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from time import time

from fluxrate import __version__
from fluxrate.api.content_coding import encode

# Statuses whose responses have neither a body nor a length (RFC 9110, 8.6).
_WITHOUT_BODY = {"204", "304"}


@dataclass(slots=True)
class Response:
    """`head` lacks its last lines: Connection and the empty line."""

    head: bytes
    body: bytes


def serialize(
    status: str,
    headers: list[tuple[str, str]],
    body: bytes,
    *,
    accept_encoding: str = "",
    has_body: bool = True,
) -> Response:
    headers, body = encode(headers, body, accept_encoding)
    lines = [f"HTTP/1.1 {status}\r\n{_date_and_server(int(time()))}"]
    lines += [
        f"{name}: {value}\r\n"
        for name, value in headers
        if name.lower() != "content-length"
    ]
    if status[:3] in _WITHOUT_BODY:
        body = b""
    else:
        lines.append(f"Content-Length: {_length(headers, body)}\r\n")
    return Response("".join(lines).encode("latin-1"), body if has_body else b"")


def stream_head(
    status: str, headers: list[tuple[str, str]], *, is_chunked: bool
) -> bytes:
    """The head of a response whose length is unknown."""
    lines = [f"HTTP/1.1 {status}\r\n{_date_and_server(int(time()))}"]
    lines += [f"{name}: {value}\r\n" for name, value in headers]
    lines += ["Transfer-Encoding: chunked\r\n"] * is_chunked
    return "".join(lines).encode("latin-1")


@lru_cache(maxsize=1)
def _date_and_server(second: int) -> str:
    date = formatdate(second, usegmt=True)
    return f"Date: {date}\r\nServer: Fluxrate/{__version__}\r\n"


def _length(headers: list[tuple[str, str]], body: bytes) -> str:
    """The body's length; for HEAD the length that the application names."""
    if body:
        return str(len(body))
    for name, value in headers:
        if name.lower() == "content-length":
            return value
    return "0"
