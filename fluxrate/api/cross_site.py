"""Pages of other origins cannot act with a visitor's cookies."""

from typing import Any

from django.conf import settings
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def refuse_cross_site(request: Any) -> None:
    """403 for an unsafe request that a page of another origin makes with our cookie.

    Browsers say who asks in Sec-Fetch-Site and Origin (Fetch Standard) and let no page
    change them; curl sends neither. The answer to `Origin: null` (a sandboxed frame, a
    file) is no. Origins that the settings name may act.
    """
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() in _named():
        return
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in {"same-origin", "none"} or not _is_own(origin, request):
        raise PermissionDenied(
            "A page of another site cannot act with this cookie.", "cross_site"
        )


def _named() -> set[str]:
    named = {*settings.CORS_ALLOWED_ORIGINS, settings.PUBLIC_URL}
    return {origin.lower() for origin in named if origin}


def _is_own(origin: str | None, request: Any) -> bool:
    """Whether the page came from the host that it calls.

    Without HTTPS of ours, a proxy in front may still speak it: either scheme is right.
    """
    if origin is None:
        return True
    schemes = ("https",) if settings.HTTPS else ("http", "https")
    host = request.get_host().lower()
    return any(_normal(scheme, host) == origin.lower() for scheme in schemes)


def _normal(scheme: str, host: str) -> str:
    """An origin as browsers write it: without the scheme's own port."""
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS[scheme])}"
