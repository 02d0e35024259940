"""The password again, before what is dangerous or leads to all rights.

A view calls `require_password(request)` once it would carry out a valid form. If the
user has not entered the password within ten minutes, the view stops, its transaction is
rolled back, and a page asks for it. The page carries the form as it was submitted, and
then the view runs with it.
"""

import time
from collections.abc import Callable

from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from fluxrate.api.client_ip import client_address
from fluxrate.models import write_event

SECONDS = 600
# An action on more rows needs the password.
MAX_WITHOUT_PASSWORD = 50
# In the session: when the password was entered. In the form: the password.
ENTERED_AT, FIELD = "password_entered_at", "_password"
WRONG = _("This is not your password.")


class PasswordNeeded(Exception):
    pass


def remember_password(request: HttpRequest) -> None:
    request.session[ENTERED_AT] = time.time()


def require_password(request: HttpRequest) -> None:
    """Raises PasswordNeeded unless the user has entered it within ten minutes."""
    if time.time() - request.session.get(ENTERED_AT, 0) > SECONDS:
        raise PasswordNeeded


def with_password(
    request: HttpRequest,
    view: Callable[[], HttpResponseBase],
    context: Callable[[HttpRequest], dict[str, object]],
) -> HttpResponseBase:
    """The view's response, or the page that asks for the password. `context` makes the
    context of a page of the site.
    """
    entered = FIELD in request.POST and request.user.is_authenticated
    error = _enter(request) if entered else ""
    if not error:
        try:
            return view()
        except PasswordNeeded:
            pass
    return _page(request, error, context(request))


def _enter(request: HttpRequest) -> str:
    """Take the password out of the form; a sentence unless it is right."""
    form = request.POST.copy()
    password = str(form.pop(FIELD)[-1])
    request.POST = form  # type: ignore[assignment]
    try:
        email = request.user.get_username()
        user = authenticate(request, username=email, password=password)
    except APIException as error:
        return str(error.detail)
    if user is None or user.pk != request.user.pk:
        data = {"address": client_address(request), "step": "password_again"}
        write_event("user.login_refused", object_id=request.user.pk, data=data)
        return str(WRONG)
    remember_password(request)
    return ""


def _page(request: HttpRequest, error: str, context: dict[str, object]) -> HttpResponse:
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    context |= {
        "title": gettext("Your password again"),
        "error": error,
        "fields": fields,
        "minutes": SECONDS // 60,
        "return_url": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/password_again.html", context)
