"""The language and the time zone of a user."""

import zoneinfo
from datetime import tzinfo

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation


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
