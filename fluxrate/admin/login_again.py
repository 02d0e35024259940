"""A login on the page whose form was sent after the session had ended."""

from collections.abc import Callable
from functools import wraps

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from rest_framework.exceptions import APIException, PermissionDenied

from fluxrate.api import error_views
from fluxrate.api.cross_site import refuse_cross_site

from .idempotency import FORM_ID
from .sessions import use
from .typed_forms import store_typed

# The prefix of the typed form's fields beside the fields of the login.
PREFIX = "typed-"

View = Callable[..., HttpResponseBase]


def is_typed(request: HttpRequest) -> bool:
    """Whether somebody may have typed the form, and where it was shown is known."""
    names = {FORM_ID, PREFIX + FORM_ID}
    return request.method == "POST" and not names.isdisjoint(request.POST)


def with_login(site: admin.AdminSite, view: View) -> View:
    """The view; a typed form without a login is answered by a login that carries it."""

    @wraps(view)
    def logged_in(
        request: HttpRequest, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        if is_typed(request) and not site.has_permission(request):
            return log_in_here(site, request)
        return view(request, *args, **kwargs)

    return logged_in


def log_in_here(
    site: admin.AdminSite, request: HttpRequest
) -> HttpResponseRedirect | TemplateResponse:
    """The login form; after a login, the page with the form as it was typed."""
    is_login = PREFIX + FORM_ID in request.POST
    typed = _typed(request)
    form_class = site.login_form or AdminAuthenticationForm
    form = form_class(request, data=request.POST if is_login else None)
    error = ""
    try:
        if is_login and form.is_valid():
            login(request, form.get_user())
            store_typed(request, typed)
            return HttpResponseRedirect(request.get_full_path())
    except APIException as refusal:
        error = str(refusal.detail)
        form = form_class(request)
    context = site.each_context(request) | {
        "title": gettext("Log in"),
        "form": form,
        "error": error,
        "app_path": request.get_full_path(),
        "username": request.user.get_username(),
        "typed": [
            (PREFIX + name, value) for name, values in typed.lists() for value in values
        ],
    }
    return TemplateResponse(request, "admin/login_again.html", context)


def _typed(request: HttpRequest) -> QueryDict:
    """The typed form, also out of a login that carries it."""
    if PREFIX + FORM_ID not in request.POST:
        return request.POST
    typed = QueryDict(mutable=True)
    for name, values in request.POST.lists():
        if name.startswith(PREFIX):
            typed.setlist(name.removeprefix(PREFIX), list(values))
    return typed


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page again with what was typed: a login elsewhere has changed the token.

    A page of another site cannot have a form shown so.
    """
    try:
        refuse_cross_site(request)
    except PermissionDenied:
        return error_views.csrf_failure(request, reason)
    site = admin.site
    if not request.path.startswith("/admin/") or not is_typed(request):
        return error_views.csrf_failure(request, reason)
    use(request)
    if not site.has_permission(request):
        response = log_in_here(site, request)
        return response.render() if isinstance(response, TemplateResponse) else response
    store_typed(request, _typed(request))
    return HttpResponseRedirect(request.get_full_path())
