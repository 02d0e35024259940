"""ETag, If-Match and If-None-Match (RFC 9110, section 13): a tag is a revision."""

import re
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')


class Stale(APIException):
    """The object is not any more what the caller has seen; `ETag` says what it is."""

    status_code = 412
    default_code = "stale"
    default_detail = "The object has changed since the revision in If-Match."

    def __init__(self, tag: str | None = None) -> None:
        super().__init__()
        self.headers = {"ETag": tag} if tag else {}


def tag(revision: int) -> str:
    return f'"{revision}"'


def refuse_stale(request: Any, instance: Any) -> None:
    """Stale unless If-Match, where it is given, names the instance's revision.

    The row must be locked, so that nobody changes it between this and the write.
    """
    given = request.headers.get("If-Match", "").strip()
    current = tag(instance.revision)
    if given and given != "*" and current not in _TAG.findall(given):
        raise Stale(current)


def refuse_missing(request: Any) -> None:
    """Stale where If-Match is given and there is no object that it could name."""
    if "If-Match" in request.headers:
        raise Stale


def tagged(request: Any, response: Response) -> Response:
    """The answer with its tag, where it is one object; 304 where the caller has it."""
    data = response.data
    revision = data.get("revision") if isinstance(data, dict) else None
    if not isinstance(revision, int) or not status.is_success(response.status_code):
        return response
    current = tag(revision)
    response.headers["ETag"] = current
    if request.method in SAFE_METHODS and _seen(request, current):
        response.data, response.status_code = None, status.HTTP_304_NOT_MODIFIED
    return response


def _seen(request: Any, current: str) -> bool:
    given = request.headers.get("If-None-Match", "").strip()
    tags = [found.removeprefix("W/") for found in _TAG.findall(given)]
    return given == "*" or current in tags
