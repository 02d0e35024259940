"""Every error becomes a response here: RFC 9457 problem details."""

import http
import logging
import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import psycopg
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, SuspiciousOperation
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    connections,
)
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.fields import get_error_detail
from rest_framework.response import Response

from fluxrate.context import current
from fluxrate.errors import InvalidValue, RuleBroken
from fluxrate.metrics.failures import report
from fluxrate.postgres.constraints import violated_constraint, violation
from fluxrate.postgres.failures import failure
from fluxrate.text import truncated

from .renderers import PROBLEM, JSONRenderer

logger = logging.getLogger("fluxrate.problems")
RETRY_SECONDS = 2
# Nobody frees a disk within seconds.
STORAGE_RETRY_SECONDS = 60
# Bounds of a response, whatever the size of the request.
MAX_ERRORS, MAX_FIELD_LENGTH, MAX_MESSAGE_LENGTH = 20, 200, 500
# Titles that Python's http.HTTPStatus has in an older wording.
# The page of error codes, each with an anchor. It is the same at every address of the
# site, so that responses are, too.
TYPES = "/docs/guides/errors"
TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}


class BadParameter(exceptions.APIException):
    """A query parameter is unknown, repeated or has a bad value."""

    status_code = 400
    default_code = "invalid_parameter"

    def __init__(self, parameter: str, message: str, code: str = "invalid") -> None:
        field = truncated(parameter, MAX_FIELD_LENGTH)
        super().__init__(f"{field}: {message}")
        self.errors = [{"field": field, "code": code, "message": message}]


class Malformed(exceptions.APIException):
    """The request line or a header cannot be read."""

    status_code = 400
    default_code = "bad_request"
    default_detail = "The request is malformed."


class BadHost(Malformed):
    default_detail = "The server does not serve the host in the Host header."


class BadPath(Malformed):
    default_detail = "The path is not UTF-8."


class UnsupportedCoding(exceptions.APIException):
    """`Accept-Encoding` lists the supported codings (RFC 9110, 15.5.16)."""

    status_code = 415
    default_code = "unsupported_content_encoding"
    default_detail = "Send the body without Content-Encoding."
    headers: ClassVar = {"Accept-Encoding": "identity"}


class BodyTooLarge(exceptions.APIException):
    status_code = 413
    default_code = "body_too_large"
    default_detail = (
        f"A body has at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0:,} bytes."
    )


class RequestTimeout(exceptions.APIException):
    status_code = 408
    default_code = "request_timeout"
    default_detail = "The request did not arrive in full in time. Send it again."


class URITooLong(exceptions.APIException):
    status_code = 414
    default_code = "uri_too_long"
    default_detail = "A URL has at most 65,536 bytes with its query."


class HeadersTooLarge(exceptions.APIException):
    status_code = 431
    default_code = "headers_too_large"
    default_detail = "A request has at most 200 headers, of 131,072 bytes in all."


class MethodNotImplemented(exceptions.APIException):
    status_code = 501
    default_code = "not_implemented"
    default_detail = "The server does not implement this method."


class ServerBusy(exceptions.APIException):
    status_code = 503
    default_code = "busy"
    default_detail = "The server is receiving too much data. Try again."
    headers = {"Retry-After": str(RETRY_SECONDS)}


class VersionNotSupported(exceptions.APIException):
    status_code = 505
    default_code = "http_version_not_supported"
    default_detail = "Use HTTP/1.1."


class HttpsRequired(exceptions.APIException):
    status_code = 403
    default_code = "https_required"
    default_detail = "Use https. The credentials were sent unencrypted: replace them."


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    **members: object,
) -> Response:
    """Problem details; `members` are further ones, such as `errors`."""
    body = {
        "type": f"{TYPES}#{code}",
        "title": TITLES.get(status) or http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": current().request_id,
        **members,
    }
    return Response(body, status=status, headers=headers)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER."""
    response = _response(error, context.get("view"))
    request = context.get("request")
    if request is not None and PROBLEM in request.META.get("HTTP_ACCEPT", ""):
        response.content_type = PROBLEM
    response.exception = True
    return response


def as_django_response(request: HttpRequest, response: Response) -> HttpResponse:
    """`response` rendered without DRF, for errors outside of DRF's views."""
    accepts = PROBLEM in request.META.get("HTTP_ACCEPT", "")
    rendered = HttpResponse(
        JSONRenderer().render(response.data),
        status=response.status_code,
        content_type=PROBLEM if accepts else JSONRenderer.media_type,
    )
    # The log names its code.
    vars(rendered)["data"] = response.data
    # The middleware that sets it may not have run.
    rendered.headers["Content-Length"] = str(len(rendered.content))
    for name, value in response.headers.items():
        rendered.headers.setdefault(name, value)
    return rendered


def _response(error: Exception, view: object) -> Response:
    match error:
        case RuleBroken():
            return _rule_broken(error)
        case Http404() | exceptions.NotFound() | ObjectDoesNotExist():
            return problem(404, "not_found", f"{_noun(view)} not found")
        case DjangoPermissionDenied():
            return _api_exception(exceptions.PermissionDenied())
        case SuspiciousOperation():
            return _api_exception(Malformed())
        case exceptions.ValidationError():
            return _invalid(list(_flatten(error.detail)))
        case DjangoValidationError():
            return _invalid(list(_flatten(get_error_detail(error))))
        case exceptions.APIException():
            return _api_exception(error)
        case DatabaseError() | InterfaceError():
            return _database(error)
    return _unexpected(error)


def _rule_broken(error: RuleBroken) -> Response:
    errors = [{"field": error.field or "", "code": error.code, "message": str(error)}]
    if isinstance(error, InvalidValue):
        return _invalid(errors)
    response = problem(error.status, error.code, str(error))
    response.data |= {"errors": errors} if error.field else {}
    response.data |= error.more
    return response


def _database(error: DatabaseError | InterfaceError) -> Response:
    match error:
        case IntegrityError():
            return _integrity(error)
        case DataError():
            return problem(422, "invalid_value", "A value does not fit its column.")
        case OperationalError() | InterfaceError():
            return _unavailable(error)
        case InternalError() if failure(error)["class"] == "read_only":
            return _unavailable(error)
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    logger.error("Unexpected", exc_info=error)
    return problem(500, "server_error", "An unexpected error occurred on the server.")


def _noun(view: object) -> str:
    queryset = getattr(view, "queryset", None)
    noun = "resource" if queryset is None else queryset.model._meta.verbose_name
    return str(getattr(view, "noun", noun)).capitalize()


def _api_exception(error: exceptions.APIException) -> Response:
    headers = dict(getattr(error, "headers", {}))
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    code = str(getattr(error.detail, "code", "") or error.default_code)
    detail = _detail(error)
    if isinstance(error, BadParameter):
        errors = error.errors
        return problem(error.status_code, code, detail, headers=headers, errors=errors)
    return problem(error.status_code, code, detail, headers=headers)


def _detail(error: exceptions.APIException) -> str:
    """DRF's sentence, or one of ours that says what to do."""
    match error:
        case exceptions.UnsupportedMediaType():
            return "Send the body as application/json."
        case exceptions.NotAcceptable():
            return "The API answers application/json only: accept that type."
        case exceptions.NotAuthenticated():
            return "Log in, or send an API key."
        case exceptions.MethodNotAllowed():
            return "The URL does not support this method; see the Allow header."
    return str(error.detail)


def _flatten(detail: object, path: str = "") -> Iterator[dict[str, str]]:
    """Each error of DRF's nested detail with its field as a dotted path."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            inner = path if key in {"non_field_errors", "__all__"} else f"{path}.{key}"
            yield from _flatten(value, inner.lstrip("."))
    elif isinstance(detail, list):
        for position, value in enumerate(detail):
            nested = isinstance(value, dict | list)
            yield from _flatten(value, f"{path}.{position}" if nested else path)
    elif isinstance(detail, exceptions.ErrorDetail):
        yield {
            "field": truncated(path, MAX_FIELD_LENGTH),
            "code": str(detail.code),
            "message": truncated(str(detail), MAX_MESSAGE_LENGTH),
        }


def _invalid(errors: list[dict[str, str]]) -> Response:
    """The first errors, and the number of the others."""
    listed, others = errors[:MAX_ERRORS], len(errors) - MAX_ERRORS
    sentences = [
        f"{error['field']}: {error['message']}" if error["field"] else error["message"]
        for error in listed
    ]
    if others <= 0:
        return problem(422, "validation_error", " ".join(sentences), errors=listed)
    detail = " ".join([*sentences, f"There are {others} more errors."])
    return problem(422, "validation_error", detail, errors=listed, more_errors=others)


def _integrity(error: IntegrityError) -> Response:
    """The constraint's own code and message: 409 for conflicting rows, else 422."""
    name, constraint = violated_constraint(error)
    if constraint is None:
        logger.error("Undeclared constraint %s", name, exc_info=error)
    code, message, field, conflicts = violation(error)
    errors = [{"field": field or "", "code": code, "message": message}]
    if conflicts:
        return problem(409, code, message, errors=errors)
    return _invalid(errors)


def _unavailable(error: DatabaseError | InterfaceError) -> Response:
    cause = error.__cause__
    report(error, logger, "Database: %s")
    headers = {"Retry-After": str(RETRY_SECONDS)}
    match cause:
        case psycopg.errors.DiskFull():
            detail = "The database's disk is full. Nothing changed. Reads are served."
            headers["Retry-After"] = str(STORAGE_RETRY_SECONDS)
            return problem(503, "storage_full", detail, headers=headers)
        case psycopg.errors.ReadOnlySqlTransaction():
            # A standby: the next request connects again, to the primary.
            connections["default"].close_at = 0
        case psycopg.errors.QueryCanceled():
            detail = (
                "This took too long and was stopped. Nothing changed. "
                "Narrow a list by a filter or a longer search."
            )
            return problem(503, "timeout", detail, headers=headers)
        case (
            psycopg.errors.LockNotAvailable()
            | psycopg.errors.DeadlockDetected()
            | psycopg.errors.SerializationFailure()
        ):
            detail = "Another request is changing this right now. Try again."
            return problem(503, "busy", detail, headers=headers)
    detail = "The database is unavailable. Try again."
    return problem(503, "database_unavailable", detail, headers=headers)
