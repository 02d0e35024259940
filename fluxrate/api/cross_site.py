"""Protection against cross-site request forgery by Fetch metadata and Origin."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def refuse_cross_site(request: Request | HttpRequest) -> None:
    """Raise PermissionDenied (403) for an unsafe request from a page of another origin.

    Browsers send Sec-Fetch-Site and Origin (Fetch Standard), which no page can change;
    curl sends neither. `Origin: null` (a sandboxed frame, a file) is refused. The
    origins in CORS_ALLOWED_ORIGINS and PUBLIC_URL are allowed.
    """
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() in _allowed_origins():
        return
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in {"same-origin", "none"} or not _is_own(origin, request):
        raise PermissionDenied(
            "A page of another site cannot act with this cookie.", "cross_site"
        )


def _allowed_origins() -> set[str]:
    origins = {*settings.CORS_ALLOWED_ORIGINS, settings.PUBLIC_URL}
    return {origin.lower() for origin in origins if origin}


def _is_own(origin: str | None, request: Request | HttpRequest) -> bool:
    """Whether the page came from the host that it calls.

    Without the setting HTTPS, a proxy in front may still use it: both schemes match.
    """
    if origin is None:
        return True
    schemes = ("https",) if settings.HTTPS else ("http", "https")
    host = request.get_host().lower()
    return any(_origin(scheme, host) == origin.lower() for scheme in schemes)


def _origin(scheme: str, host: str) -> str:
    """An origin as browsers write it: without the scheme's default port."""
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS[scheme])}"
