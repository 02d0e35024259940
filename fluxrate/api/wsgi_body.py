"""The body of a WSGI response (PEP 3333)."""

from collections.abc import Iterable


def body_of(response: Iterable[bytes]) -> bytes:
    """The response's parts, joined; the response is closed."""
    try:
        return b"".join(response)
    finally:
        close = getattr(response, "close", None)
        if close is not None:
            close()
