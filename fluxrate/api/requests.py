"""A request that remembers what Django forgets of it, and reads no header for long."""

import re
from contextlib import suppress
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest, get_str_from_wsgi
from django.utils.functional import cached_property

# What cannot be read may be taken for bytes of any kind (RFC 9110, 8.3).
BYTES = "application/octet-stream"
LONGEST_TYPE = 1_000
_ESCAPE = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))")
PATH_IS_UTF_8 = "fluxrate.path_is_utf_8"


class Request(WSGIRequest):
    """Notes whether the path is UTF-8: Django takes bytes that are not for the text of
    their percent-encoding, so that `caf%E9` would be the same as `caf%25E9`.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        environ[PATH_IS_UTF_8] = _is_utf_8(environ.get("PATH_INFO", ""))
        super().__init__(environ)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        """Python takes a second for a long one, and raises ValueError for a charset
        that it does not know (`x*=none''y`).
        """
        if len(meta.get("CONTENT_TYPE", "")) <= LONGEST_TYPE:
            with suppress(ValueError):
                super()._set_content_type_params(meta)  # type: ignore[misc]
                return
        meta["CONTENT_TYPE"] = self.content_type = BYTES
        self.content_params = {}

    @cached_property
    def COOKIES(self) -> dict[str, str]:  # type: ignore[override] # noqa: N802
        """As Django reads them, but in time that grows as the header does: a header of
        128 KB kept Python's own way busy for minutes (CVE-2024-7592).
        """
        found = {}
        for part in get_str_from_wsgi(self.environ, "HTTP_COOKIE", "").split(";"):
            name, equals, value = part.partition("=")
            if not equals:
                name, value = "", part
            name, value = name.strip(), value.strip()
            if name or value:
                found[name] = _unquoted(value)
        return found


def _unquoted(value: str) -> str:
    """The text that a quoted value stands for (RFC 2109); any other as it is."""
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return _ESCAPE.sub(
        lambda match: chr(int(match[1], 8)) if match[1] else match[2], value[1:-1]
    )


def _is_utf_8(path: str) -> bool:
    """Whether bytes, which WSGI hands over as Latin-1 (PEP 3333), are UTF-8."""
    try:
        path.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True


class Handler(WSGIHandler):
    request_class = Request
