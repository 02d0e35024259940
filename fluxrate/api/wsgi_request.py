"""Django's WSGI request, with bounds on the time that parsing a header takes."""

from contextlib import suppress
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest, get_str_from_wsgi
from django.utils.functional import cached_property

from .cookies import parse_cookies

# The type of a body whose Content-Type cannot be parsed (RFC 9110, 8.3).
BYTES = "application/octet-stream"
MAX_CONTENT_TYPE_LENGTH = 1_000
PATH_IS_UTF_8 = "fluxrate.path_is_utf_8"


class StrictWSGIRequest(WSGIRequest):
    """Records whether the path is UTF-8.

    Django percent-encodes the bytes that are not UTF-8, so that it reads `caf%E9` as
    `caf%25E9`.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        environ[PATH_IS_UTF_8] = _is_utf_8(environ.get("PATH_INFO", ""))
        super().__init__(environ)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        """Treat a Content-Type as binary if it is too long or has an unknown charset.

        Python parses a long one for a second, and raises ValueError for a charset that
        it does not know (`x*=none''y`).
        """
        if len(meta.get("CONTENT_TYPE", "")) <= MAX_CONTENT_TYPE_LENGTH:
            with suppress(ValueError):
                super()._set_content_type_params(meta)  # type: ignore[misc]
                return
        meta["CONTENT_TYPE"] = self.content_type = BYTES
        self.content_params = {}

    @cached_property
    def COOKIES(self) -> dict[str, str]:  # type: ignore[override] # noqa: N802
        return parse_cookies(get_str_from_wsgi(self.environ, "HTTP_COOKIE", ""))


def _is_utf_8(path: str) -> bool:
    """Whether the bytes of a path, decoded as Latin-1 by WSGI (PEP 3333), are UTF-8."""
    try:
        path.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True


class StrictWSGIHandler(WSGIHandler):
    request_class = StrictWSGIRequest
