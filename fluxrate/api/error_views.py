"""Answers where no view was reached: JSON under /api, Django's pages elsewhere."""

import re
import sys

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException

from . import problems
from .error_pages import error_page
from .requests import Request
from .views import Handler, StrictView

# What a caller of the API may have meant, `//api/v1` and `/API` among it.
_API = re.compile(r"/+api(/|\Z)", re.IGNORECASE)
TITLES = {429: "Too many attempts", 503: "Not right now"}


def is_api(request: HttpRequest) -> bool:
    return _API.match(request.path_info) is not None


@extend_schema(exclude=True)
class NotFoundView(StrictView):
    """Answers 404 for every URL under /api that no other route matches."""

    authentication_classes = ()
    permission_classes = ()

    def get_handler(self, request: Request) -> Handler:
        raise Http404


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    if is_api(request):
        return _plain(request, 400, "bad_request", "The request is malformed.")
    words = "The request is malformed, or its form is not in UTF-8."
    return error_page(request, 400, "Bad request", words)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    if is_api(request):
        return _plain(request, 403, "permission_denied", "This is not permitted.")
    words = "This is not permitted with the rights that you have."
    return error_page(request, 403, "Not permitted", words)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Mostly a page that was open while its reader logged in anew in another tab."""
    if is_api(request):
        return _plain(request, 403, "permission_denied", "This is not permitted.")
    words = (
        "You have logged in again since the page was opened, or your browser keeps no "
        "cookies. Nothing was saved. Go back in your browser: what you typed is still "
        "there. Save it again; if this page returns, copy it and load the page anew."
    )
    return error_page(request, 403, "Not saved", words)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    if is_api(request):
        return _plain(request, 404, "not_found", "Resource not found")
    return error_page(request, 404, "Not found", "Nothing is at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Middleware fails here: no view's exception handler sees what it raises."""
    error = sys.exc_info()[1]
    if is_api(request) and isinstance(error, DatabaseError | InterfaceError):
        return problems.as_django_response(
            request, problems.exception_handler(error, {})
        )
    if isinstance(error, Exception) and (page := not_now(request, error)):
        return page
    if is_api(request):
        return _plain(
            request, 500, "server_error", "An unexpected error occurred on the server."
        )
    words = "Something broke on our side. The number below leads to what it was."
    return error_page(request, 500, "An error of ours", words)


def not_now(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The page for what is refused for a while: 429 and 503; None for other errors."""
    if not isinstance(error, APIException | OperationalError | InterfaceError):
        return None
    answer = problems.exception_handler(error, {})
    words = answer.data["detail"]
    if answer.data["code"] == "timeout":
        words += " Ask for less: choose an organization, or search for more characters."
    title = TITLES.get(answer.status_code, answer.data["title"])
    return error_page(request, answer.status_code, title, words, answer.headers)


def _plain(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    return problems.as_django_response(request, problems.problem(status, code, detail))
