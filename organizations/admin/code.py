"""The second step of a login to the admin: a code of the app, or a recovery code."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fluxrate.admin.sessions import FACTOR, Factor
from organizations.models.second_factor import kind_of_code, recovery_codes_left

from .session import own_user, write_login_event

WRONG = _(
    "This code is wrong, or has been used. Wait for the next one: after each wrong "
    "code the wait doubles, from one second."
)


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "size": 20}
        ),
    )


def code_view(request: HttpRequest) -> HttpResponse:
    if request.session.get(FACTOR) != Factor.PENDING:
        return HttpResponseRedirect(next_url(request))
    if "log_out" in request.POST:
        logout(request)
        return HttpResponseRedirect(reverse("admin:login"))
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if _accepts(request, form.cleaned_data["code"]):
            return HttpResponseRedirect(next_url(request))
        form.add_error("code", WRONG)
    context = admin.site.each_context(request) | {
        "title": gettext("Second step"),
        "form": form,
        "next": next_url(request),
    }
    return TemplateResponse(request, "admin/code.html", context)


def _accepts(request: HttpRequest, code: str) -> bool:
    user = own_user(request)
    kind = kind_of_code(user, code)
    if kind is None:
        write_login_event("login_refused", request, user, step="second_factor")
        return False
    request.session.cycle_key()
    request.session[FACTOR] = Factor.PASSED
    write_login_event("login", request, user, second_factor=kind)
    if kind == "recovery_code":
        left = recovery_codes_left(user)
        messages.warning(request, gettext("Recovery codes left: %s.") % left)
    return True


def next_url(request: HttpRequest) -> str:
    """The page that was asked for before the login."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()})
    return url if is_ours else reverse("admin:index")
