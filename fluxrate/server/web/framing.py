"""Target, host and body length of a request (RFC 9112)."""

from urllib.parse import urlsplit

from fluxrate.api import problems

from .environ import Environ

# Content-Length is less than 2**64 (20 digits).
_MAX_LENGTH_DIGITS = 20


def origin_form(target: bytes, environ: Environ) -> bytes:
    """Path and query of a target; the host of an absolute URL replaces the header."""
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


def check_host(environ: Environ) -> None:
    host = environ.get("HTTP_HOST")
    if "," in (host or "") or (host is None and environ["SERVER_PROTOCOL"][-1] == "1"):
        raise problems.Malformed


def is_chunked(environ: Environ) -> bool:
    coding = environ.get("HTTP_TRANSFER_ENCODING")
    if coding is not None and coding.lower() != "chunked":
        raise problems.Malformed
    return coding is not None


def body_length(environ: Environ) -> int:
    digits = environ.get("CONTENT_LENGTH", "0")
    if len(digits) > _MAX_LENGTH_DIGITS:
        raise problems.Malformed
    return int(digits)


def framing_head(environ: Environ) -> bytes:
    """A request head with the framing headers of the body only."""
    length = environ.get("CONTENT_LENGTH")
    framing = f"Content-Length: {length}" if length else "Transfer-Encoding: chunked"
    return f"POST / HTTP/1.1\r\n{framing}\r\n\r\n".encode()
