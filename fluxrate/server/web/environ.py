"""The WSGI environ of a request (PEP 3333)."""

import sys
from typing import Any
from urllib.parse import unquote_to_bytes

Environ = dict[str, Any]

_NAMES: dict[bytes, str] = {}
# Bounds of the cache: clients can invent any number of names.
_MAX_NAMES, _MAX_NAME_LENGTH = 1_000, 64


def base_environ(server: tuple[str, int]) -> Environ:
    """The WSGI variables that all requests share."""
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def variable(name: bytes) -> str:
    """The WSGI variable of a header; "" for a name with an underscore.

    WSGI would not distinguish `X_Api_Key` from `X-Api-Key`, which a proxy may remove.
    """
    known = _NAMES.get(name)
    if known is None:
        text = name.decode("latin-1").upper().replace("-", "_")
        known = "" if b"_" in name else f"HTTP_{text}"
        if known in {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"}:
            known = text
        if len(_NAMES) < _MAX_NAMES and len(name) <= _MAX_NAME_LENGTH:
            _NAMES[name] = known
    return known


def add_headers(environ: Environ, headers: list[tuple[bytes, bytes]]) -> None:
    """Add headers, decoded as Latin-1 without loss; join repeated ones."""
    for name, value in headers:
        key = variable(name)
        text = value.decode("latin-1").strip(" \t")
        if key in environ:
            text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        if key:
            environ[key] = text


def add_target(environ: Environ, target: bytes) -> None:
    path, _, query = target.partition(b"?")
    if b"%" in path:
        path = unquote_to_bytes(path)
    environ["PATH_INFO"] = path.decode("latin-1")
    environ["QUERY_STRING"] = query.decode("latin-1")
