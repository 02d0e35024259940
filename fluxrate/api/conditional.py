"""ETag, If-Match and If-None-Match (RFC 9110, section 13): a tag is a revision."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

PRECONDITIONS = ("If-Match", "If-None-Match")
_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
# A list may have empty elements (RFC 9110, 5.6.1).
_ELEMENT = re.compile(rf"[ \t,]*({_TAG})[ \t]*(?=,|\Z)")
_REST = re.compile(r"[ \t,]*")
# The forms that compressing servers give to a tag: W/"3" (nginx), "3-gzip" (Apache),
# "3;gzip", "3--gzip" (Jetty). A revision identifies the object in every coding.
_REVISION = re.compile(
    r'(?:W/)?"([0-9]+)(?:(?:--?|[;:])(?:gzip|br|zstd|deflate))?"', re.ASCII
)


class Stale(APIException):
    """If-Match does not name the current revision, which the ETag header has."""

    status_code = 412
    default_code = "stale"
    default_detail = "The object has changed since the revision in If-Match."

    def __init__(self, tag: str | None = None, detail: str | None = None) -> None:
        super().__init__(detail)
        self.headers = {"ETag": tag} if tag else {}


class BadPrecondition(APIException):
    """A malformed precondition: the request is refused rather than run without it."""

    status_code = 400
    default_code = "invalid_precondition"

    def __init__(self, header: str) -> None:
        super().__init__(
            f'{header} is a list of entity tags in quotes, such as "3", or one *.'
        )


class ObjectResponse(Response):
    """A response that shows one object; its ETag is the object's revision."""

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        revision: int,
        status: int = status.HTTP_200_OK,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        tagged = {**(headers or {}), "ETag": entity_tag(revision)}
        super().__init__(data, status=status, headers=tagged)


def entity_tag(revision: int) -> str:
    return f'"{revision}"'


def entity_tags(request: Request, header: str) -> set[str] | None:
    """The strong, uncoded tags in a header; {"*"} for any, None without the header.

    Raises BadPrecondition (400) for a malformed header.
    """
    text = request.headers.get(header)
    if text is None:
        return None
    tags = parse_tags(text)
    if tags is None:
        raise BadPrecondition(header)
    return tags


def parse_tags(text: str) -> set[str] | None:
    """The tags of a header's value; None if it is malformed."""
    text = text.strip(" \t")
    if text == "*":
        return {"*"}
    tags, end = set(), 0
    while match := _ELEMENT.match(text, end):
        tags.add(_strong(match[1]))
        end = match.end()
    return tags if tags and _REST.fullmatch(text, end) else None


def _strong(tag: str) -> str:
    revision = _REVISION.fullmatch(tag)
    return f'"{revision[1]}"' if revision else tag


def is_conditional(request: Request) -> bool:
    return any(header in request.headers for header in PRECONDITIONS)


def refuse_malformed(request: Request) -> None:
    """Raise BadPrecondition for a malformed header, whatever the request does."""
    for header in PRECONDITIONS:
        entity_tags(request, header)


def refuse_stale(request: Request, instance: Any) -> None:
    """Raise Stale (412) if If-Match or If-None-Match rules the instance's revision out.

    The row must be locked, so that it does not change between check and write.
    """
    current = entity_tag(instance.revision)
    wanted, unwanted = (entity_tags(request, header) for header in PRECONDITIONS)
    if wanted is not None and not wanted & {"*", current}:
        raise Stale(current)
    if unwanted is not None and unwanted & {"*", current}:
        raise Stale(current, "There is an object that If-None-Match rules out.")


def refuse_if_match(request: Request) -> None:
    """Raise Stale if the request has If-Match, but no object exists to match."""
    if "If-Match" in request.headers:
        raise Stale(detail="There is no object that If-Match could name.")


def apply_if_none_match(request: Request, response: Response) -> Response:
    """Turn the response to a safe method into 304 if the client has its ETag."""
    current = response.headers.get("ETag")
    if current is None or request.method not in SAFE_METHODS:
        return response
    if (entity_tags(request, "If-None-Match") or set()) & {"*", current}:
        response.data, response.status_code = None, status.HTTP_304_NOT_MODIFIED
    return response
