"""ETag, If-Match and If-None-Match (RFC 9110, section 13): a tag is a revision."""

import re
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response

GUARDS = ("If-Match", "If-None-Match")
_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
# A list may have empty elements (RFC 9110, 5.6.1).
_ELEMENT = re.compile(rf"[ \t,]*({_TAG})[ \t]*(?=,|\Z)")
_REST = re.compile(r"[ \t,]*")
# What compressing servers make of a tag: W/"3" (nginx), "3-gzip" (Apache), "3;gzip",
# "3--gzip" (Jetty). A revision names its object wholly, however it is coded.
_REVISION = re.compile(
    r'(?:W/)?"([0-9]+)(?:(?:--?|[;:])(?:gzip|br|zstd|deflate))?"', re.ASCII
)


class Stale(APIException):
    """The object is not any more what the caller has seen; `ETag` says what it is."""

    status_code = 412
    default_code = "stale"
    default_detail = "The object has changed since the revision in If-Match."

    def __init__(self, tag: str | None = None, detail: str | None = None) -> None:
        super().__init__(detail)
        self.headers = {"ETag": tag} if tag else {}


class BadPrecondition(APIException):
    """A guard that cannot be read is refused: nobody is served without their guard."""

    status_code = 400
    default_code = "invalid_precondition"

    def __init__(self, header: str) -> None:
        super().__init__(
            f'{header} is a list of entity tags in quotes, such as "3", or one *.'
        )


def tag(revision: int) -> str:
    return f'"{revision}"'


def tags(request: Any, header: str) -> set[str] | None:
    """The tags that a header names, strong and as of the object itself; None where
    there is no header, {"*"} for any. BadPrecondition for what is neither.
    """
    given = request.headers.get(header)
    if given is None:
        return None
    text = given.strip(" \t")
    if text == "*":
        return {"*"}
    named, end = set(), 0
    while match := _ELEMENT.match(text, end):
        named.add(_strong(match[1]))
        end = match.end()
    if not named or not _REST.fullmatch(text, end):
        raise BadPrecondition(header)
    return named


def _strong(given: str) -> str:
    revision = _REVISION.fullmatch(given)
    return f'"{revision[1]}"' if revision else given


def is_guarded(request: Any) -> bool:
    return any(header in request.headers for header in GUARDS)


def refuse_unreadable(request: Any) -> None:
    """BadPrecondition for a guard that cannot be read, whatever is done with it."""
    for header in GUARDS:
        tags(request, header)


def refuse_stale(request: Any, instance: Any) -> None:
    """Stale unless If-Match names the instance's revision, where it is given, and
    If-None-Match does not.

    The row must be locked, so that nobody changes it between this and the write.
    """
    current = tag(instance.revision)
    wanted, unwanted = (tags(request, header) for header in GUARDS)
    if wanted is not None and not wanted & {"*", current}:
        raise Stale(current)
    if unwanted is not None and unwanted & {"*", current}:
        raise Stale(current, "There is an object that If-None-Match rules out.")


def refuse_missing(request: Any) -> None:
    """Stale where If-Match is given and there is no object that it could name."""
    if "If-Match" in request.headers:
        raise Stale(detail="There is no object that If-Match could name.")


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
    return bool((tags(request, "If-None-Match") or set()) & {"*", current})
