"""A request that remembers what Django forgets of it."""

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

PATH_IS_UTF_8 = "fluxrate.path_is_utf_8"


class Request(WSGIRequest):
    """Notes whether the path is UTF-8: Django takes bytes that are not for the text of
    their percent-encoding, so that `caf%E9` would be the same as `caf%25E9`.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        environ[PATH_IS_UTF_8] = _is_utf_8(environ.get("PATH_INFO", ""))
        super().__init__(environ)


def _is_utf_8(path: str) -> bool:
    """Whether bytes, which WSGI hands over as Latin-1 (PEP 3333), are UTF-8."""
    try:
        path.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True


class Handler(WSGIHandler):
    request_class = Request
