"""Read a request from WSGI, as far as a plan needs it."""

import io
import re
import time
from collections.abc import Mapping
from typing import Any, Protocol

from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.permissions import SAFE_METHODS

from fluxrate.api.conditional import parse_tags
from fluxrate.api.cross_site import refuse_cross_site
from fluxrate.api.middleware import request_id
from fluxrate.api.parsers import parse
from fluxrate.api.views import read_reason
from fluxrate.api.wsgi_request import StrictWSGIRequest

from .credentials import Credential
from .plan import Arrival, Key

Environ = Mapping[str, Any]


class ReadCredential(Protocol):
    """The credential of a request, from the database only with `may_query`."""

    def __call__(
        self, environ: Environ, *, may_query: bool = True
    ) -> Credential | None: ...


PREFIX = "/api/v1/"
_METHODS = {"GET", "POST", "PUT", "PATCH"}
_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PATH_ID = re.compile(rf"(?<=/){_ID}(?=/|\Z)")
_AFTER = re.compile(rf"(?:\A|(?<=&))after=({_ID})(?=&|\Z)")
_MAX_LENGTH = 1_000
# Views read a larger body. A plan would read it, too, and probably not accept it.
_MAX_BODY = 16_384
# Requests with one of these headers go the ordinary way.
_UNUSUAL = {"HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING"}
_UNUSUAL_READ = {*_UNUSUAL, "HTTP_IF_MATCH"}
_UNUSUAL_WRITE = {*_UNUSUAL, "HTTP_IF_NONE_MATCH"}
_BROWSERS = {"HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE"}
_REVISION = re.compile(r'"([1-9][0-9]{0,8})"', re.ASCII)


def read_arrival(
    environ: dict[str, Any], read: ReadCredential, *, may_query: bool = True
) -> Arrival | None:
    """The request; None if it is of a kind that no plan answers."""
    began = time.perf_counter()
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    if method not in _METHODS or not path.startswith(PREFIX):
        return None
    is_read = method in SAFE_METHODS
    query = environ["QUERY_STRING"]
    unusual = _UNUSUAL_READ if is_read else _UNUSUAL_WRITE
    if len(path) + len(query) > _MAX_LENGTH or not unusual.isdisjoint(environ):
        return None
    try:
        credential = read(environ, may_query=may_query)
        if credential is None or _is_foreign(environ, credential, is_read=is_read):
            return None
        ids, after = _PATH_ID.findall(path), _AFTER.search(query)
        object_id, last = ids[0] if len(ids) == 1 else "", after[1] if after else ""
        return Arrival(
            key=_key(environ, type(credential), object_id, last),
            path=path,
            credential=credential,
            object_id=object_id,
            after=last,
            tags=_tags(environ.get("HTTP_IF_NONE_MATCH")),
            revisions=_revisions(environ.get("HTTP_IF_MATCH")),
            request_id=request_id(environ.get("HTTP_X_REQUEST_ID", "")),
            traceparent=environ.get("HTTP_TRACEPARENT", ""),
            body=_body(environ, is_read=is_read),
            reason=read_reason(environ.get("HTTP_X_CHANGE_REASON", "")),
            idempotency_key=_idempotency_key(environ, method),
            began=began,
        )
    except (APIException, DatabaseError, SuspiciousOperation, ValueError):
        return None


def _idempotency_key(environ: Environ, method: str) -> str:
    """The key of a creation, or "". Raises ValueError for an empty one."""
    key: str | None = environ.get("HTTP_IDEMPOTENCY_KEY") if method == "POST" else None
    if key == "":
        raise ValueError
    return key or ""


def _tags(header: str | None) -> set[str]:
    """The tags of If-None-Match. Raises ValueError for a malformed one."""
    tags = set() if header is None else parse_tags(header)
    if tags is None:
        raise ValueError
    return tags


def _key(environ: Environ, credential: type, object_id: str, after: str) -> Key:
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    return Key(
        credential,
        environ["REQUEST_METHOD"],
        path.replace(object_id, "{id}") if object_id else path,
        query.replace(after, "{id}") if after else query,
        bool(object_id),
        bool(after),
        environ.get("CONTENT_TYPE"),
        environ.get("HTTP_ACCEPT"),
        environ.get("HTTP_HOST"),
        environ["wsgi.url_scheme"],
        environ.get("HTTP_X_FORWARDED_PROTO"),
        environ.get("HTTP_ORIGIN"),
    )


def _is_foreign(environ: Environ, credential: Credential, *, is_read: bool) -> bool:
    """Whether a browser's page of another site sends a cookie with a write."""
    if is_read or not credential.uses_cookie or _BROWSERS.isdisjoint(environ):
        return False
    try:
        refuse_cross_site(StrictWSGIRequest(dict(environ)))
    except PermissionDenied:
        return True
    return False


def _body(environ: dict[str, Any], *, is_read: bool) -> object:
    """The JSON document of a write. Raises ValueError for an unusual length."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if is_read:
        if length != "0":
            raise ValueError
        return None
    if not length.isdecimal() or not 0 < int(length) <= _MAX_BODY:
        raise ValueError
    data = environ["wsgi.input"].read(int(length))
    # The ordinary way may read it again.
    environ["wsgi.input"] = io.BytesIO(data)
    return parse(data)


def _revisions(header: str | None) -> list[int] | None:
    """The revisions of If-Match, None without it. Raises ValueError for others."""
    if header is None:
        return None
    matches = [_REVISION.fullmatch(tag) for tag in parse_tags(header) or {""}]
    if None in matches:
        raise ValueError
    return [int(match[1]) for match in matches if match]
