"""Middleware: request ids, protective headers, probes, refusals, the admin's locale."""

import re
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import timezone, translation
from rest_framework.exceptions import APIException, NotFound

from fluxrate.context import context
from fluxrate.health import PROBES
from fluxrate.ids import uuid7
from fluxrate.locale import language_of, zone_of

from . import problems
from .error_pages import ADMIN, temporary_error_page
from .wsgi_request import PATH_IS_UTF_8

GetResponse = Callable[[HttpRequest], HttpResponse]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# URLs by which a caller of the API may mean it, such as `//api/v1` and `/API`.
_API = re.compile(r"/+api(/|\Z)", re.IGNORECASE)
# The name of the URL pattern that matches the rest of /api.
NOT_FOUND = "api-not-found"

_NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
_DATA = f"{_NOTHING}; form-action 'none'; sandbox"
# JSON is neither a page nor part of one.
_JSON = "default-src 'none'; frame-ancestors 'none'"
_PAGE = (
    f"{_NOTHING}; form-action 'self'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'"
)
# Swagger UI and ReDoc write style elements; ReDoc searches in a worker.
_DOCS = _PAGE.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
_DOCS += "; worker-src 'self' blob:"
_POLICIES = (
    ("/admin", _PAGE),
    ("/static/", _PAGE),
    ("/docs", _DOCS),
    ("/redoc", _DOCS),
)
_FEATURES = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "microphone",
    "payment",
    "usb",
)
_PERMISSIONS = ", ".join(f"{feature}=()" for feature in _FEATURES)
# Headers about pages. The Content-Security-Policy of the API includes X-Frame-Options.
_OF_PAGES = (
    *("Cross-Origin-Opener-Policy", "Permissions-Policy"),
    *("Referrer-Policy", "X-Frame-Options"),
)


def is_api(request: HttpRequest) -> bool:
    return _API.match(request.path_info) is not None


def request_id(header: str) -> str:
    """The client's own id of its request if it is well-formed, else a new one."""
    return header if _REQUEST_ID.fullmatch(header) else str(uuid7())


class RequestIDMiddleware:
    """Outermost, so that every response has the request's id."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        identity = request_id(request.META.get("HTTP_X_REQUEST_ID", ""))
        with context(request_id=identity):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = identity
        return response


class SecurityHeadersMiddleware:
    """Adds the policies that Django's SecurityMiddleware, which runs within, lacks.

    A view may set its own Content-Security-Policy. A response of the API has no headers
    about pages.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if is_api(request):
            headers.setdefault("Content-Security-Policy", _JSON)
            for name in _OF_PAGES:
                headers.pop(name, None)
            return response
        headers.setdefault("Content-Security-Policy", _content_security_policy(path))
        # Swagger UI's view allows OAuth windows, which we do not use.
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers.setdefault("Permissions-Policy", _PERMISSIONS)
        headers.setdefault("X-Frame-Options", "DENY")
        return response


def _content_security_policy(path: str) -> str:
    """The policy of a page of ours; any other response may load nothing."""
    for prefix, policy in _POLICIES:
        if path.startswith(prefix):
            return policy
    return _DATA


class ProbeMiddleware:
    """Answers probes whatever the Host header is.

    Load balancers and orchestrators address a machine by its IP, which ALLOWED_HOSTS
    does not name. A probe's response does not depend on the host.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info)
        return probe(request) if probe else self.get_response(request)


class RefusalMiddleware:
    """Refuses requests that no view under /api can read."""

    def __init__(self, get_response: GetResponse) -> None:
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
        """A page for 429 and 503 that says when to try again."""
        return None if is_api(request) else temporary_error_page(request, exception)


class LocaleMiddleware:
    """Applies the user's language and time zone in the admin. The browser's language
    is the default.

    Outside the admin nothing is translated: the API's messages stay as documented.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(ADMIN):
            return self.get_response(request)
        language = language_of(request)
        with translation.override(language), timezone.override(zone_of(request)):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def _require_utf8(request: HttpRequest) -> None:
    """Forms are UTF-8 (WHATWG); Django would use the charset of the Content-Type."""
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.strip("\"' ").lower() not in {"utf-8", "utf8"}:
        raise BadRequest("A form is sent in UTF-8.")


def _drop_slash(request: HttpRequest) -> None:
    """Tolerate a trailing slash, unless a route needs it."""
    if resolve(request.path_info).url_name == NOT_FOUND:
        request.path_info = request.path_info[:-1]
        request.path = request.path[:-1]


def _refusal(request: HttpRequest) -> APIException | None:
    """The refusal of a request that a view cannot or should not read."""
    if settings.HTTPS and not request.is_secure():
        return problems.HttpsRequired()
    refusal = _unreadable(request) or _unreadable_body(request)
    if refusal is None and not request.path_info.startswith("/api"):
        return NotFound()
    return refusal


def _unreadable(request: HttpRequest) -> APIException | None:
    """The refusal of a malformed path or a host that is not ours."""
    if not request.META.get(PATH_IS_UTF_8, True):
        return problems.BadPath()
    try:
        request.get_host()
    except DisallowedHost:
        return problems.BadHost()
    return None


def _unreadable_body(request: HttpRequest) -> APIException | None:
    """The refusal of a body that is too large, encoded, or without a length."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and request.META.get("HTTP_TRANSFER_ENCODING"):
        # Another web server left it in chunks: Django would read it as empty.
        return problems.Malformed()
    if length.isdecimal() and int(length) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
        return problems.BodyTooLarge()
    codings = request.META.get("HTTP_CONTENT_ENCODING", "identity").lower().split(",")
    if {coding.strip() for coding in codings} != {"identity"}:
        return problems.UnsupportedCoding()
    return None
