"""The error responses of the document, one for each status."""

import re
from http import HTTPStatus

from django.conf import settings

from fluxrate.api.problems import MAX_ERRORS, TITLES, TYPES, BodyTooLarge

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
RATE_LIMIT = ["RateLimit", "RateLimit-Policy"]
HEADERS = {
    412: ["X-Request-ID", "ETag"],
    401: ["X-Request-ID", "WWW-Authenticate", "RateLimit-Policy"],
    429: ["X-Request-ID", "Retry-After", *RATE_LIMIT],
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
        "code": {"$ref": "#/components/schemas/FieldErrorCode"},
        "message": {"type": "string", "description": "A sentence for people."},
    },
}


def name(status: int) -> str:
    """`BadRequest`: the component of a status."""
    return _title(status).replace(" ", "")


def _title(status: int) -> str:
    return TITLES.get(status) or HTTPStatus(status).phrase


def _text(description: str) -> Node:
    return {"type": "string", "description": description}


def _list(component: str, description: str) -> Node:
    items = {"$ref": f"#/components/schemas/{component}"}
    return {"type": "array", "items": items, "description": description}


# Problem details (RFC 9457) with our members.
PROBLEM = {
    "type": "object",
    "description": "Problem details of RFC 9457, with further members.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": _text("The entry of `code` in the page of errors."),
        "title": _text("The status in words."),
        "status": {
            "type": "integer",
            "minimum": 400,
            "maximum": 599,
            "description": "The HTTP status.",
        },
        "detail": _text("A sentence for people."),
        "code": {"$ref": "#/components/schemas/ErrorCode"},
        "request_id": _text("The id of the request, as in the log."),
        "errors": _list("FieldError", "The error of each field or parameter."),
        "more_errors": {
            "type": "integer",
            "minimum": 1,
            "description": "The number of errors that are not listed: `errors` has at "
            f"most {MAX_ERRORS}.",
        },
        "available_actions": _list(
            "AvailableAction", "The actions that the object's state allows."
        ),
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
        "type": f"{TYPES}#{code}",
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


def codes(heading: str, description: str) -> Node:
    """The codes in a table of docs/errors.md; later versions may have more."""
    text = (settings.DOCUMENTS_DIR / "docs" / "errors.md").read_text()
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return {
        "type": "string",
        "description": description,
        "x-extensible-enum": re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE),
    }
