"""The language and the time zone of the admin's pages."""

import zoneinfo
from collections.abc import Callable
from datetime import tzinfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from fluxrate.api.error_pages import ADMIN


class LocaleMiddleware:
    """Applies the preferences of the user; the language's default is the browser's.

    Outside the admin nothing is translated: the API's messages stay as documented.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(ADMIN):
            return self.get_response(request)
        language = language_of(request)
        with translation.override(language), timezone.override(zone_of(request)):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def language_of(request: HttpRequest) -> str:
    """A code of LANGUAGES."""
    preferred: str = getattr(request.user, "language", "")
    if preferred in dict(settings.LANGUAGES):
        return preferred
    return translation.get_language_from_request(request)


def zone_of(request: HttpRequest) -> tzinfo:
    """UTC without a preference, and if this system does not know the zone."""
    name: str = getattr(request.user, "time_zone", "") or settings.TIME_ZONE
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError):
        return zoneinfo.ZoneInfo(settings.TIME_ZONE)
