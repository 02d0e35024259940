"""The OpenAPI document as a whole: its description, components, tags and file."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from fluxrate.api.documents import Document
from fluxrate.text import REASON_MAX_LENGTH

from . import problems
from .components import Node, consolidate

DESCRIPTION = """\
Customers, plans and subscriptions of an organization.

**Authentication.** Programs send an API key as `Authorization: Bearer org_live_…`, or
in the header `X-API-Key`. People log in (`POST /api/v1/auth/login`) and send the cookie
`access_token`.

**Input** is strict: an unknown field or parameter, a duplicate key and a value of
another type are errors. Strings are trimmed and stored in Unicode normalization form C;
an empty optional string means null. A client may send an object back whole: unchanged
read-only fields are ignored.

**Lists** are pages: the parameters are `page` and `page_size`, the response has `meta`
and a `Link` header. `meta.next` is the URL of the next page. A parameter that takes a
list is repeated or contains commas; a value with a comma stands in double quotes. Every
other parameter takes one value. In a query, write a plus as `%2B`: `+` means a space.

**Errors** have a `detail` for people and a `code` for programs, beside the other
members of RFC 9457; `errors` has the error of each field. Send
`Accept: application/problem+json` for that content type.
"""
HEADERS: dict[str, tuple[str, Node]] = {
    "X-Request-ID": (
        "The id of the request: the caller's own if it is short and safe.",
        {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    ),
    "Deletion-Id": (
        "The deletion, for `GET /deletions/{id}`.",
        {"type": "string", "format": "uuid"},
    ),
    "Location": ("The URL of the new object.", {"type": "string"}),
    "Link": (
        (
            "The pages `first`, `prev`, `next` and `last` (RFC 8288): `<…>; "
            'rel="next"`. Beyond 2,000 bytes, `last`, `first`, `prev` and `next` are '
            "left out in this order, since proxies refuse longer headers. `meta.next` "
            "is always present."
        ),
        {"type": "string"},
    ),
    "ETag": (
        'The revision in quotes: `"3"`, or `W/"3"` if the response is compressed.',
        {"type": "string"},
    ),
    "Idempotency-Replayed": (
        "`true` if this is the stored response of the key's first request.",
        {"type": "string", "enum": ["true"]},
    ),
    "RateLimit-Policy": (
        "At most `q` requests in `w` seconds (draft-ietf-httpapi-ratelimit-headers).",
        {"type": "string", "example": '"default";q=60000;w=60'},
    ),
    "RateLimit": (
        "The requests `r` that remain, and the seconds `t` until all are back.",
        {"type": "string", "example": '"default";r=59982;t=1'},
    ),
    "Retry-After": ("Seconds to wait.", {"type": "integer", "minimum": 1}),
    "Deprecation": (
        "The time since which the operation is deprecated (RFC 9745).",
        {"type": "string", "example": "@1767225600"},
    ),
    "Sunset": (
        "The time after which the operation may be removed (RFC 8594).",
        {"type": "string", "example": "Fri, 01 Jan 2027 00:00:00 GMT"},
    ),
    "WWW-Authenticate": (
        "The authentication scheme (RFC 9110).",
        {"type": "string"},
    ),
}
PARAMETERS: dict[str, tuple[str, Node]] = {
    "If-Match": (
        "Change the object only if this is its ETag; else 412.",
        {"type": "string", "example": '"3"'},
    ),
    "If-None-Match": (
        "Answer 304 if this is the object's ETag.",
        {"type": "string", "example": '"3"'},
    ),
    "Idempotency-Key": (
        "A POST takes effect once for each key, whose response is stored for 24 hours.",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    ),
    "X-Change-Reason": (
        "The reason of the change, for its events. UTF-8, percent-encoded or not.",
        {"type": "string", "maxLength": REASON_MAX_LENGTH},
    ),
}
# The member of an operation that has its tag's description until `complete` runs.
TAG_DESCRIPTION = "x-tag-description"


def header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def complete(
    result: Node,
    **options: object,  # noqa: ARG001
) -> Node:
    """A postprocessing hook of drf-spectacular: everything beyond one operation."""
    components = result["components"]
    result["info"]["description"] = DESCRIPTION
    schemes = components["securitySchemes"]
    components["securitySchemes"] = {"bearer": schemes.pop("bearer"), **schemes}
    components["schemas"] |= {
        "Problem": problems.PROBLEM,
        "FieldError": problems.FIELD_ERROR,
        "ErrorCode": problems.codes("Error codes", "Stable, for programs."),
        "FieldErrorCode": problems.codes("Field codes", "Stable, for programs."),
    }
    components["responses"] = {
        problems.name(status): problems.response(status)
        for status in problems.DESCRIPTIONS
    }
    components["parameters"] = {
        name: {"name": name, "in": "header", "description": text, "schema": schema}
        for name, (text, schema) in PARAMETERS.items()
    }
    components["headers"] = {
        name: {"description": text, "schema": schema}
        for name, (text, schema) in HEADERS.items()
    }
    consolidate(result)
    operations = [
        (method, operation)
        for path in result["paths"].values()
        for method, operation in path.items()
    ]
    for method, operation in operations:
        _add_etag(operation, components["schemas"], is_read=method == "get")
    result["tags"] = _tags([operation for _, operation in operations])
    return result


def _tags(operations: list[Node]) -> list[dict[str, str]]:
    """The tags by name, each with the `tag_description` of one of its views."""
    descriptions: dict[str, str] = {}
    for operation in operations:
        (tag,) = operation["tags"]
        description = operation.pop(TAG_DESCRIPTION, "")
        descriptions[tag] = description or descriptions.get(tag, "")
    return [
        {"name": name, "description": description}
        for name, description in sorted(descriptions.items())
    ]


def _add_etag(operation: Node, schemas: Node, *, is_read: bool) -> None:
    """Document the ETag of responses with a revision, and the 304 of a read."""
    has_etag = False
    for response in operation.get("responses", {}).values():
        content = response.get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if "revision" in schemas.get(name, {}).get("properties", {}):
            response["headers"]["ETag"] = header("ETag")
            has_etag = True
    if has_etag and is_read:
        operation["responses"]["304"] = {"description": "If-None-Match is the ETag."}
        parameter = {"$ref": "#/components/parameters/If-None-Match"}
        operation["parameters"] = [*operation.get("parameters", []), parameter]


@require_safe
def openapi(request: HttpRequest) -> HttpResponseBase:
    """The committed document; a test compares it with the code."""
    return _committed().respond(request)


@cache
def _committed() -> Document:
    text = (settings.DOCUMENTS_DIR / "openapi.yaml").read_text()
    return Document(text, "application/yaml")
