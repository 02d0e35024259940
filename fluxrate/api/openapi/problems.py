"""The error responses of the document, one for each status."""

import re
from http import HTTPStatus

from django.conf import settings

from fluxrate.api.problems import MAX_ERRORS, TITLES, BodyTooLarge

from .components import Node

BODY_TOO_LARGE = str(BodyTooLarge.default_detail)
DESCRIPTIONS = {
    400: "The JSON is malformed, or a query parameter is unknown or has a bad value.",
    401: "There are no credentials, or they are not valid.",
    403: "The caller lacks the permission.",
    404: "The caller's organization has no such object.",
    406: "The API answers JSON only.",
    409: "A value is taken, or the present state forbids the action.",
    412: "If-Match or If-None-Match does not allow the object's revision.",
    413: BODY_TOO_LARGE,
    415: "The body is not application/json.",
    422: "A field is unknown, missing or has a bad value.",
    429: "Too many requests; Retry-After says how long to wait.",
    503: "The database is unavailable or busy; try again.",
}
EXAMPLES = {
    400: ("invalid_parameter", "page: A whole number from 1 to 1000000000 is needed."),
    401: ("not_authenticated", "Log in, or send an API key."),
    403: ("permission_denied", "This needs the scope customers.write."),
    404: ("not_found", "Customer not found"),
    406: (
        "not_acceptable",
        "The API answers application/json only: accept that type.",
    ),
    409: ("external_id_taken", "Another customer has this external_id."),
    412: ("stale", "The object has changed since the revision in If-Match."),
    413: ("body_too_large", BODY_TOO_LARGE),
    415: ("unsupported_media_type", "Send the body as application/json."),
    422: (
        "validation_error",
        "email: Enter a valid email address, such as ada@example.com.",
    ),
    429: ("rate_limited", "Too many requests. Try again in 12 seconds."),
    503: ("database_unavailable", "The database is unavailable. Try again."),
}
HEADERS = {
    412: ["X-Request-ID", "ETag"],
    401: ["X-Request-ID", "WWW-Authenticate"],
    429: ["X-Request-ID", "Retry-After"],
    503: ["X-Request-ID", "Retry-After"],
}
FIELD_ERROR = {
    "type": "object",
    "required": ["field", "code", "message"],
    "properties": {
        "field": {
            "type": "string",
            "description": "The field (dotted if nested) or the parameter; empty if "
            "several fields are wrong together.",
        },
        "code": {"type": "string"},
        "message": {"type": "string"},
    },
}


def name(status: int) -> str:
    """`BadRequest`: the component of a status."""
    return _title(status).replace(" ", "")


def _title(status: int) -> str:
    return TITLES.get(status) or HTTPStatus(status).phrase


def schema() -> Node:
    """Problem details (RFC 9457) with our members."""
    return {
        "type": "object",
        "description": "Problem details of RFC 9457, with further members.",
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "properties": {
            "type": {"type": "string", "enum": ["about:blank"]},
            "title": {"type": "string", "description": "The status in words."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "A sentence for people."},
            "code": {
                "type": "string",
                "description": "Stable, for programs.",
                "x-extensible-enum": documented_codes(),
            },
            "request_id": {"type": "string"},
            "errors": {
                "type": "array",
                "description": "The error of each field or parameter.",
                "items": {"$ref": "#/components/schemas/FieldError"},
            },
            "more_errors": {
                "type": "integer",
                "minimum": 1,
                "description": "The number of errors that are not listed: `errors` "
                f"has at most {MAX_ERRORS}.",
            },
            "available_actions": {
                "type": "array",
                "description": "The actions that the object's state allows.",
                "items": {"type": "object"},
            },
        },
    }


def response(status: int) -> Node:
    content = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "example": _example(status),
    }
    return {
        "description": DESCRIPTIONS[status],
        "headers": {
            header: {"$ref": f"#/components/headers/{header}"}
            for header in HEADERS.get(status, ["X-Request-ID"])
        },
        "content": {
            "application/json": content,
            "application/problem+json": content,
        },
    }


def _example(status: int) -> dict[str, object]:
    code, detail = EXAMPLES[status]
    example: dict[str, object] = {
        "type": "about:blank",
        "title": _title(status),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": "0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c",
    }
    if status == 409:
        example["errors"] = [{"field": "external_id", "code": code, "message": detail}]
    if status in {400, 422}:
        field, message = detail.split(": ", 1)
        example["errors"] = [{"field": field, "code": "invalid", "message": message}]
    return example


def documented_codes() -> list[str]:
    """The codes in the tables of docs/errors.md."""
    text = (settings.BASE_DIR / "docs" / "errors.md").read_text()
    return re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)
