"""Responses to errors outside of views: JSON under /api, pages elsewhere."""

import sys

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from . import problems
from .error_pages import error_page, temporary_error_page
from .middleware import is_api


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    if is_api(request):
        return _problem(request, 400, "bad_request", "The request is malformed.")
    message = gettext("The request is malformed, or its form is not in UTF-8.")
    return error_page(request, 400, gettext("Bad request"), message)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    if is_api(request):
        return _problem(request, 403, "permission_denied", "This is not permitted.")
    message = gettext("Your permissions do not allow this.")
    return error_page(request, 403, gettext("Not permitted"), message)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """The usual cause: the user logged in again in another tab meanwhile."""
    if is_api(request):
        return _problem(request, 403, "permission_denied", "This is not permitted.")
    message = gettext(
        "You have logged in again since the page was opened, or your browser keeps no "
        "cookies. Nothing was saved. Go back in your browser: what you typed is still "
        "there. Save it again; if this page returns, copy it and reload the page."
    )
    return error_page(request, 403, gettext("Not saved"), message)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    if is_api(request):
        return _problem(request, 404, "not_found", "Resource not found")
    return error_page(
        request, 404, gettext("Not found"), gettext("Nothing is at this address.")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """For errors of middleware, which no view's exception handler sees."""
    error = sys.exc_info()[1]
    if is_api(request) and isinstance(error, DatabaseError | InterfaceError):
        response = problems.exception_handler(error, {})
        return problems.as_django_response(request, response)
    if isinstance(error, Exception) and (page := temporary_error_page(request, error)):
        return page
    if is_api(request):
        detail = "An unexpected error occurred on the server."
        return _problem(request, 500, "server_error", detail)
    message = gettext(
        "An unexpected error occurred. Support finds it by the request id below."
    )
    return error_page(request, 500, gettext("Server error"), message)


def _problem(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    return problems.as_django_response(request, problems.problem(status, code, detail))
