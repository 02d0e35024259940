"""Deprecated operations: the headers that announce their end."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.http import http_date


@dataclass(frozen=True, slots=True)
class Deprecation:
    """An operation is deprecated since a time, and may be removed after another.

    `document` is the URL of a page that names the alternative.
    """

    since: datetime
    sunset: datetime
    document: str

    def headers(self) -> dict[str, str]:
        """Deprecation (RFC 9745), Sunset (RFC 8594), and a link to the page."""
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": http_date(self.sunset.timestamp()),
            "Link": f'<{self.document}>; rel="deprecation"; type="text/html"',
        }
