"""Answers where no view was reached: JSON under /api, Django's pages elsewhere."""

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views import defaults
from drf_spectacular.utils import extend_schema

from . import problems
from .views import StrictView

# What a caller of the API may have meant, `//api/v1` and `/API` among it.
_API = re.compile(r"/+api(/|\Z)", re.IGNORECASE)


def is_api(request: HttpRequest) -> bool:
    return _API.match(request.path_info) is not None


@extend_schema(exclude=True)
class UnknownAddress(StrictView):
    """Any other address under /api."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        raise Http404


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return _plain(request, 400, "bad_request", "The request is malformed.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return _plain(request, 403, "permission_denied", "This is not permitted.")
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return _plain(request, 404, "not_found", "Resource not found")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return _plain(request, 500, "server_error", "Something broke on our side.")
    return defaults.server_error(request)


def _plain(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    return problems.plain(request, problems.problem(status, code, detail))
