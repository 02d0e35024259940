"""Whatever goes wrong becomes an answer here: RFC 9457 problem details beside
Fluxrate's own `detail`, always a sentence for people."""

import http
import logging
import math
from collections.abc import Iterator
from typing import Any, ClassVar

import psycopg
from django.core.exceptions import ObjectDoesNotExist, SuspiciousOperation
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.fields import get_error_detail
from rest_framework.response import Response

from fluxrate.context import current
from fluxrate.errors import InvalidValue, RuleBroken
from fluxrate.postgres.constraints import broken, refused

from .renderers import PROBLEM, JSONRenderer

logger = logging.getLogger("fluxrate.problems")
RETRY_SECONDS = 2
# An answer does not grow with what was sent.
MOST_ERRORS, LONGEST_FIELD, LONGEST_MESSAGE = 20, 200, 500


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


class BadParameter(exceptions.APIException):
    """A query parameter is unknown, repeated or has a bad value."""

    status_code = 400
    default_code = "invalid_parameter"

    def __init__(self, parameter: str, message: str, code: str = "invalid") -> None:
        field = cut(parameter, LONGEST_FIELD)
        super().__init__(f"{field}: {message}")
        self.errors = [{"field": field, "code": code, "message": message}]


class Malformed(exceptions.APIException):
    """The request line or a header cannot be read."""

    status_code = 400
    default_code = "bad_request"
    default_detail = "The request is malformed."


class BadHost(Malformed):
    default_detail = "The Host header names no host that is served here."


class BadPath(Malformed):
    default_detail = "The path is not UTF-8."


class UnsupportedCoding(exceptions.APIException):
    """`Accept-Encoding` says which codings are read (RFC 9110, 15.5.16)."""

    status_code = 415
    default_code = "unsupported_content_encoding"
    default_detail = "Send the body as it is, without Content-Encoding."
    headers: ClassVar = {"Accept-Encoding": "identity"}


class BodyTooLarge(exceptions.APIException):
    status_code = 413
    default_code = "body_too_large"
    default_detail = "A body has at most 1,000,000 bytes."


class RequestTimeout(exceptions.APIException):
    status_code = 408
    default_code = "request_timeout"
    default_detail = "The request did not come whole in time. Send it again."


class URITooLong(exceptions.APIException):
    status_code = 414
    default_code = "uri_too_long"
    default_detail = "An address has at most 65,536 bytes with its query."


class HeadersTooLarge(exceptions.APIException):
    status_code = 431
    default_code = "headers_too_large"
    default_detail = "A request has at most 200 headers of 131,072 bytes in all."


class NotImplementedHere(exceptions.APIException):
    status_code = 501
    default_code = "not_implemented"
    default_detail = "No such method is known here."


class ServerBusy(exceptions.APIException):
    status_code = 503
    default_code = "busy"
    default_detail = "Too much is being sent at once. Try again."
    headers = {"Retry-After": str(RETRY_SECONDS)}


class VersionNotSupported(exceptions.APIException):
    status_code = 505
    default_code = "http_version_not_supported"
    default_detail = "Speak HTTP/1.1."


class HttpsRequired(exceptions.APIException):
    status_code = 403
    default_code = "https_required"
    default_detail = "Use https. What was sent went over the network in the open."


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    """An answer in our one shape; `more` are further members, such as `errors`."""
    body = {
        "type": "about:blank",
        "title": TITLES.get(status) or http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": current().request_id,
        **more,
    }
    return Response(body, status=status, headers=headers)


TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}


def answer(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER."""
    response = _answer(error, context.get("view"))
    request = context.get("request")
    if request is not None and PROBLEM in request.META.get("HTTP_ACCEPT", ""):
        response.content_type = PROBLEM
    response.exception = True
    return response


def _answer(error: Exception, view: Any) -> Response:
    match error:
        case InvalidValue():
            return _invalid(_errors(error))
        case RuleBroken():
            more: Any = {"errors": _errors(error)} if error.field else {}
            return problem(error.status, error.code, str(error), **more, **error.more)
        case Http404() | exceptions.NotFound() | ObjectDoesNotExist():
            return problem(404, "not_found", f"{_noun(view)} not found")
        case DjangoPermissionDenied():
            return _api_exception(exceptions.PermissionDenied())
        case SuspiciousOperation():
            return _api_exception(Malformed())
        case exceptions.ValidationError():
            return _invalid(list(_flat(error.detail)))
        case DjangoValidationError():
            return _invalid(list(_flat(get_error_detail(error))))
        case exceptions.APIException():
            return _api_exception(error)
        case DatabaseError() | InterfaceError():
            return _database(error)
    return _unexpected(error)


def _database(error: DatabaseError | InterfaceError) -> Response:
    match error:
        case IntegrityError():
            return _integrity(error)
        case DataError():
            return problem(422, "invalid_value", "A value does not fit its column.")
        case OperationalError() | InterfaceError():
            return _database_away(error)
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    logger.error("Unexpected", exc_info=error)
    return problem(500, "server_error", "Something broke on our side.")


def _noun(view: Any) -> str:
    queryset = getattr(view, "queryset", None)
    if queryset is None:
        return "Resource"
    return str(queryset.model._meta.verbose_name).capitalize()


def _api_exception(error: exceptions.APIException) -> Response:
    headers = dict(getattr(error, "headers", {}))
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    more = {"errors": error.errors} if isinstance(error, BadParameter) else {}
    code = str(getattr(error.detail, "code", "") or error.default_code)
    detail = _said(error)
    return problem(error.status_code, code, detail, headers=headers, **more)


def _said(error: exceptions.APIException) -> str:
    """DRF's words, where they tell the caller what to do; else ours."""
    match error:
        case exceptions.UnsupportedMediaType():
            return "Send the body as application/json."
        case exceptions.NotAcceptable():
            return "Only application/json is answered; accept that."
        case exceptions.NotAuthenticated():
            return "Log in, or send an API key."
        case exceptions.MethodNotAllowed():
            return "This address does not take that method; see the Allow header."
    return str(error.detail)


def _flat(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Each error of DRF's nested detail with its field as a dotted path."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            inner = path if key in {"non_field_errors", "__all__"} else f"{path}.{key}"
            yield from _flat(value, inner.lstrip("."))
    elif isinstance(detail, list):
        for position, value in enumerate(detail):
            nested = isinstance(value, dict | list)
            yield from _flat(value, f"{path}.{position}" if nested else path)
    else:
        yield {
            "field": cut(path, LONGEST_FIELD),
            "code": str(detail.code),
            "message": cut(str(detail), LONGEST_MESSAGE),
        }


def _errors(error: RuleBroken) -> list[dict[str, str]]:
    words = {"code": error.code, "message": str(error)}
    return [{"field": error.field or "", **words}]


def _invalid(errors: list[dict[str, str]]) -> Response:
    """The first errors, and how many more there are."""
    named, more = errors[:MOST_ERRORS], len(errors) - MOST_ERRORS
    sentences = [
        f"{error['field']}: {error['message']}" if error["field"] else error["message"]
        for error in named
    ]
    if more <= 0:
        return problem(422, "validation_error", " ".join(sentences), errors=named)
    detail = " ".join([*sentences, f"There are {more} more errors."])
    return problem(422, "validation_error", detail, errors=named, more_errors=more)


def _integrity(error: IntegrityError) -> Response:
    """The constraint's own code and words: 409 where rows conflict, else 422."""
    name, constraint = broken(error)
    if constraint is None:
        logger.error("Undeclared constraint %s", name, exc_info=error)
    code, message, field, conflicts = refused(error)
    errors = [{"field": field or "", "code": code, "message": message}]
    if conflicts:
        return problem(409, code, message, errors=errors)
    return _invalid(errors)


def _database_away(error: DatabaseError | InterfaceError) -> Response:
    cause = error.__cause__
    logger.warning("Database: %s", type(cause or error).__name__)
    headers = {"Retry-After": str(RETRY_SECONDS)}
    match cause:
        case psycopg.errors.QueryCanceled():
            detail = (
                "This took too long and was stopped. Nothing changed. "
                "If it was a list, narrow it: by a filter or a longer search."
            )
            return problem(503, "timeout", detail, headers=headers)
        case (
            psycopg.errors.LockNotAvailable()
            | psycopg.errors.DeadlockDetected()
            | psycopg.errors.SerializationFailure()
        ):
            detail = "Others are changing this right now. Try again."
            return problem(503, "busy", detail, headers=headers)
    detail = "The database is away. Try again."
    return problem(503, "database_unavailable", detail, headers=headers)


def plain(request: HttpRequest, response: Response) -> HttpResponse:
    """`response` rendered without DRF, for what fails before a view is found."""
    accepts = PROBLEM in request.META.get("HTTP_ACCEPT", "")
    rendered = HttpResponse(
        JSONRenderer().render(response.data),
        status=response.status_code,
        content_type=PROBLEM if accepts else JSONRenderer.media_type,
    )
    # Django's middleware, which adds it, may not have been reached.
    rendered.headers["Content-Length"] = str(len(rendered.content))
    for name, value in response.headers.items():
        rendered.headers.setdefault(name, value)
    return rendered
