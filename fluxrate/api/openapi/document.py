"""The OpenAPI document as a whole: its words, its tags, its problems, its file."""

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from .components import consolidate

DESCRIPTION = """\
Customers, plans and subscriptions of an organization.

**Who is asking.** Programs send an API key as `Authorization: Bearer org_live_…`, or in
the header `X-API-Key`. People log in (`POST /api/v1/auth/login`) and send the cookie
`access_token`.

**Input** is read strictly: unknown fields and parameters, duplicate keys and values of
another type are refused by name. Strings are trimmed and kept in Unicode normal form
C; an empty optional string means null. An object may be sent back whole: read-only
fields are ignored as long as they are unchanged.

**Lists** are pages: `page` and `page_size` in, `meta` and a `Link` header out.
`meta.next` is the address of the next page. A parameter that takes a list is repeated
or holds commas; a value with a comma in it is put in double quotes. Other parameters
stand once. In a query, write a plus as `%2B`: a bare one is a space.

**Problems** have `detail` for people and `code` for programs, beside the other members
of RFC 9457; `errors` says what is wrong field by field. Send
`Accept: application/problem+json` to have them under that content type.
"""
# Where an operation holds the description of its tag until `complete` collects it.
TAG_DESCRIPTION = "x-tag-description"
PROBLEMS: dict[int, tuple[str, str]] = {
    400: ("BadRequest", "Malformed JSON, or an unknown or bad query parameter."),
    401: ("Unauthorized", "Nobody is logged in, or the credentials do not stand."),
    403: ("Forbidden", "The caller may not do this."),
    404: ("NotFound", "There is no such object in the caller's organization."),
    406: ("NotAcceptable", "Only JSON is answered."),
    409: ("Conflict", "A value is taken, or the present state forbids this."),
    412: ("PreconditionFailed", "If-Match or If-None-Match rules the object out."),
    413: ("ContentTooLarge", "The body has over 1,000,000 bytes."),
    415: ("UnsupportedMediaType", "The body is not application/json."),
    422: ("UnprocessableContent", "A field is unknown, missing or has a bad value."),
    429: ("TooManyRequests", "Too many requests; Retry-After says how long to wait."),
    503: ("ServiceUnavailable", "The database is away or busy; try again."),
}
HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "X-Request-ID": (
        "The request's id: the caller's own, when it is short and safe.",
        {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    ),
    "Location": ("Where the new object is.", {"type": "string"}),
    "Link": (
        (
            "The pages `first`, `prev`, `next` and `last` (RFC 8288): `<…>; "
            'rel="next"`. Beyond 2,000 bytes, `last`, `first`, `prev` and `next` are '
            "left out in this order: proxies give up longer headers. `meta.next` is "
            "always there."
        ),
        {"type": "string"},
    ),
    "ETag": ('The revision in quotes: `"3"`.', {"type": "string"}),
    "Idempotency-Replayed": (
        "`true` where this answer was given before to the same Idempotency-Key.",
        {"type": "string", "enum": ["true"]},
    ),
    "Retry-After": ("Seconds to wait.", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": ("How to authenticate (RFC 9110).", {"type": "string"}),
}
PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "If-Match": (
        "Change the object only while this is its tag; else 412.",
        {"type": "string", "example": '"3"'},
    ),
    "If-None-Match": (
        "Answer 304 while this is the object's tag.",
        {"type": "string", "example": '"3"'},
    ),
    "Idempotency-Key": (
        "A POST takes effect once for each key; for 24 hours, its answer is repeated.",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    ),
    "X-Change-Reason": (
        "Why, for the record: it stands in the events. UTF-8, percent-encoded or not.",
        {"type": "string", "maxLength": 500},
    ),
}
PROBLEM_HEADERS = {
    412: ["X-Request-ID", "ETag"],
    401: ["X-Request-ID", "WWW-Authenticate"],
    429: ["X-Request-ID", "Retry-After"],
    503: ["X-Request-ID", "Retry-After"],
}
PROBLEM = {
    "type": "object",
    "description": "What went wrong: RFC 9457 problem details, and our own members.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "enum": ["about:blank"]},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "A sentence for people."},
        "code": {"type": "string", "description": "Stable, for programs."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "What is wrong, field by field or parameter by parameter.",
            "items": {"$ref": "#/components/schemas/FieldError"},
        },
        "more_errors": {
            "type": "integer",
            "minimum": 1,
            "description": "How many errors are not listed: `errors` has 20 at most.",
        },
        "available_actions": {
            "type": "array",
            "description": "What the object's state allows instead.",
            "items": {"type": "object"},
        },
    },
}
FIELD_ERROR = {
    "type": "object",
    "required": ["field", "code", "message"],
    "properties": {
        "field": {
            "type": "string",
            "description": "The field (dotted where nested) or the parameter; "
            "empty where several are concerned.",
        },
        "code": {"type": "string"},
        "message": {"type": "string"},
    },
}
EXAMPLES = {
    400: ("invalid_parameter", "page: A whole number from 1 to 1000000000 is needed."),
    401: ("not_authenticated", "Log in, or send an API key."),
    403: ("permission_denied", "This needs the scope customers.write."),
    404: ("not_found", "Customer not found"),
    406: ("not_acceptable", "The API answers application/json only: accept that type."),
    409: ("external_id_taken", "Another customer has this external_id."),
    412: ("stale", "The object has changed since the revision in If-Match."),
    413: ("body_too_large", "A body has at most 1,000,000 bytes."),
    415: ("unsupported_media_type", "Send the body as application/json."),
    422: (
        "validation_error",
        "email: Enter a valid email address, such as ada@example.com.",
    ),
    429: ("rate_limited", "Too many requests. Try again in 12 seconds."),
    503: ("database_unavailable", "The database is unavailable. Try again."),
}


def header(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/headers/{name}"}


def complete(
    result: dict[str, Any],
    **options: Any,  # noqa: ARG001
) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular: what no single operation can say."""
    components = result["components"]
    result["info"]["description"] = DESCRIPTION
    schemes = components["securitySchemes"]
    components["securitySchemes"] = {"bearer": schemes.pop("bearer"), **schemes}
    components["schemas"] |= {"Problem": PROBLEM, "FieldError": FIELD_ERROR}
    components["schemas"]["Problem"]["properties"]["code"]["x-extensible-enum"] = (
        documented_codes()
    )
    components["responses"] = {
        name: _response(status) for status, (name, _) in PROBLEMS.items()
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
    operations = [one for path in result["paths"].values() for one in path.values()]
    for path in result["paths"].values():
        for method, operation in path.items():
            _tag(operation, components["schemas"], read=method == "get")
    result["tags"] = _tags(operations)
    return result


def _tags(operations: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The tags by name, each with the description that a view of it has."""
    descriptions: dict[str, str] = {}
    for operation in operations:
        (tag,) = operation["tags"]
        described = operation.pop(TAG_DESCRIPTION, "")
        descriptions[tag] = described or descriptions.get(tag, "")
    return [
        {"name": name, "description": text}
        for name, text in sorted(descriptions.items())
    ]


def _tag(operation: dict[str, Any], schemas: Any, *, read: bool) -> None:
    """Say ETag of each answer that has a revision, and of a reading one, 304."""
    tagged = False
    for response in operation.get("responses", {}).values():
        content = response.get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if "revision" in schemas.get(name, {}).get("properties", {}):
            response["headers"]["ETag"] = header("ETag")
            tagged = True
    if tagged and read:
        operation["responses"]["304"] = {"description": "If-None-Match is the ETag."}
        parameter = {"$ref": "#/components/parameters/If-None-Match"}
        operation["parameters"] = [*operation.get("parameters", []), parameter]


def _response(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    code, detail = EXAMPLES[status]
    example = {
        "type": "about:blank",
        "title": re.sub(r"(?<!^)(?=[A-Z])", " ", PROBLEMS[status][0]),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": "0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c",
    }
    if status == 409:
        example["errors"] = [{"field": "external_id", "code": code, "message": detail}]
    if status in {400, 422}:
        field, message = detail.split(": ", 1)
        error = {"field": field, "code": "invalid", "message": message}
        example["errors"] = [error]
    content = {"schema": schema, "example": example}
    return {
        "description": PROBLEMS[status][1],
        "headers": {
            name: header(name) for name in PROBLEM_HEADERS.get(status, ["X-Request-ID"])
        },
        "content": {
            "application/json": content,
            "application/problem+json": content,
        },
    }


def documented_codes() -> list[str]:
    """The codes that docs/errors.md lists, as they stand there."""
    text = (settings.BASE_DIR / "docs" / "errors.md").read_text()
    return re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The committed document; a test keeps it equal to the code."""
    text = (settings.BASE_DIR / "openapi.yaml").read_text()
    return HttpResponse(text, content_type="application/yaml")
