"""Error pages for browsers; they use neither the database nor a session."""

from collections.abc import Mapping

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext
from rest_framework.exceptions import APIException

from fluxrate.context import current

from . import problems

# The page may load its style sheet, whatever its URL.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ADMIN = "/admin/"
TITLES = {429: "Too many attempts", 503: "Not right now"}


def error_page(
    request: HttpRequest,
    status: int,
    title: str,
    message: str,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A page with the request's id and a link back, which caches do not store."""
    in_admin = request.path_info.startswith(ADMIN)
    page = render_to_string(
        "error.html",
        {
            "title": title,
            "message": message,
            "back": ADMIN if in_admin else "/",
            "back_label": gettext("Back to the admin")
            if in_admin
            else gettext("Back to the front page"),
            "request_id": current().request_id,
        },
    )
    policy = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return HttpResponse(page, status=status, headers=policy | dict(headers or {}))


def temporary_error_page(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The page for 429 and 503; None for other errors."""
    if not isinstance(error, APIException | OperationalError | InterfaceError):
        return None
    response = problems.exception_handler(error, {})
    message = response.data["detail"]
    if response.data["code"] == "timeout":
        message += (
            " Ask for less: choose an organization, or search for more characters."
        )
    title = TITLES.get(response.status_code, response.data["title"])
    page = error_page(request, response.status_code, title, message, response.headers)
    # The log names its code.
    vars(page)["data"] = response.data
    return page
