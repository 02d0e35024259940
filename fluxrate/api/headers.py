"""Headers that tell browsers what an answer may never do."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
_DATA = f"{_NOTHING}; form-action 'none'; sandbox"
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


def content_security_policy(path: str) -> str:
    """What is not a page of ours may load, run and frame nothing at all."""
    for prefix, policy in _POLICIES:
        if path.startswith(prefix):
            return policy
    return _DATA


class SecurityHeadersMiddleware:
    """Policies beside those of Django's SecurityMiddleware (HSTS, nosniff, referrer,
    opener). A view may say its own Content-Security-Policy.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", content_security_policy(path))
        # Swagger UI's view opens itself to OAuth windows, which we have none of.
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", _PERMISSIONS)
        headers.setdefault("X-Frame-Options", "DENY")
        return response
