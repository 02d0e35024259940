"""What every request gets: an id, a bounded body, the headers that protect it."""

import re
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from rest_framework.exceptions import APIException, NotFound

from fluxrate.context import context
from fluxrate.ids import uuid7

from . import problems
from .error_views import NotFoundView, is_api, not_now
from .wsgi_request import PATH_IS_UTF_8

SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestMiddleware:
    """Outermost, so that an answer to anything carries the request's id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if SAFE_ID.fullmatch(given) else str(uuid7())
        with context(request_id=request_id):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        return response


class RefusalMiddleware:
    """What is refused under /api before a view is looked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            _require_utf8(request)
            return self.get_response(request)
        refusal = _refusal(request)
        if refusal is None and request.path_info.endswith("/"):
            _drop_slash(request)
        if refusal is not None:
            response = problems.as_django_response(
                request, problems.exception_handler(refusal, {})
            )
        else:
            response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """A page that may not be had right now says so, and when to try again."""
        return None if is_api(request) else not_now(request, exception)


def _require_utf8(request: HttpRequest) -> None:
    """A form is UTF-8 (WHATWG); Django would read it as what its type names."""
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.strip("\"' ").lower() not in {"utf-8", "utf8"}:
        raise BadRequest("A form is sent in UTF-8.")


def _drop_slash(request: HttpRequest) -> None:
    """Tolerate a trailing slash, unless the address has a meaning with it."""
    if getattr(resolve(request.path_info).func, "cls", None) is NotFoundView:
        request.path_info = request.path_info[:-1]
        request.path = request.path[:-1]


def _refusal(request: HttpRequest) -> APIException | None:
    """What no view could read rightly, or should not read at all."""
    if settings.HTTPS and not request.is_secure():
        return problems.HttpsRequired()
    refusal = _unreadable(request) or _unreadable_body(request)
    if refusal is None and not request.path_info.startswith("/api"):
        return NotFound()
    return refusal


def _unreadable(request: HttpRequest) -> APIException | None:
    """A path or a host that is none."""
    if not request.META.get(PATH_IS_UTF_8, True):
        return problems.BadPath()
    try:
        request.get_host()
    except DisallowedHost:
        return problems.BadHost()
    return None


def _unreadable_body(request: HttpRequest) -> APIException | None:
    """A body without a length would be read as empty; one too large, not at all."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and request.META.get("HTTP_TRANSFER_ENCODING"):
        # Another server than ours has left it in chunks: it would be read as empty.
        return problems.Malformed()
    if length.isdecimal() and int(length) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
        return problems.BodyTooLarge()
    codings = request.META.get("HTTP_CONTENT_ENCODING", "identity").lower().split(",")
    if {coding.strip() for coding in codings} != {"identity"}:
        return problems.UnsupportedCoding()
    return None
