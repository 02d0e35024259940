"""Errors as pages for people: they need neither the database nor a session."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from fluxrate.context import current

# Even on addresses that are no pages of ours, the page may load its style sheet.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ADMIN = "/admin/"


def error_page(
    request: HttpRequest,
    status: int,
    title: str,
    words: str,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A page with the request's id and a way back; it is stored nowhere."""
    in_admin = request.path_info.startswith(ADMIN)
    page = render_to_string(
        "error.html",
        {
            "title": title,
            "words": words,
            "back": ADMIN if in_admin else "/",
            "back_label": "Back to the admin" if in_admin else "Back to the front page",
            "request_id": current().request_id,
        },
    )
    policy = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return HttpResponse(page, status=status, headers=policy | dict(headers or {}))
