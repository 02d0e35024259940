"""The page of one's own account in the admin: the second factor, and all sessions."""

import secrets
from base64 import b32encode
from collections.abc import Callable

import segno
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fluxrate.admin import idempotency
from fluxrate.admin.password_again import require_password
from fluxrate.admin.sessions import FACTOR, Factor, begin, is_complete
from organizations.models import end_all_sessions, second_factor

from .code import WRONG, CodeForm
from .session import own_user

LOGGED_OUT = _("You have been logged out in every browser and of the API.")


def account_view(request: HttpRequest) -> HttpResponse:
    if request.session.get(FACTOR) == Factor.PENDING:
        return HttpResponseRedirect(reverse("admin-code"))
    step = _STEPS.get(request.POST.get("step", ""))
    return step(request) if step else _page(request)


def _set_up(request: HttpRequest) -> HttpResponse:
    require_password(request)
    second_factor.begin_app(own_user(request))
    return _back()


def _cancel(request: HttpRequest) -> HttpResponse:
    second_factor.cancel_app(own_user(request))
    return _back()


def _confirm(request: HttpRequest) -> HttpResponse:
    """The app's first code turns the second factor on, and ends all other sessions."""
    if duplicate := idempotency.begin(request, reverse("admin-account")):
        return duplicate
    user, form = own_user(request), CodeForm(request.POST)
    if form.is_valid() and not second_factor.confirm_app(
        user, form.cleaned_data["code"]
    ):
        form.add_error("code", WRONG)
    if form.errors:
        idempotency.release(request)
        return _page(request, form=form)
    end_all_sessions(user, at=now())
    request.session.cycle_key()
    begin(request.session, Factor.PASSED)
    return _page(request, codes=second_factor.new_recovery_codes(user))


def _new_codes(request: HttpRequest) -> HttpResponse:
    require_password(request)
    user = own_user(request)
    if not second_factor.has_second_factor(user):
        raise PermissionDenied
    if duplicate := idempotency.begin(request, reverse("admin-account")):
        return duplicate
    return _page(request, codes=second_factor.new_recovery_codes(user))


def _remove(request: HttpRequest) -> HttpResponse:
    if settings.ADMIN_REQUIRE_SECOND_FACTOR:
        raise PermissionDenied
    require_password(request)
    second_factor.remove_second_factor(own_user(request))
    request.session[FACTOR] = Factor.NONE
    messages.success(request, gettext("The second factor has been removed."))
    return _back()


def _log_out_everywhere(request: HttpRequest) -> HttpResponse:
    end_all_sessions(own_user(request), at=now())
    logout(request)
    messages.success(request, LOGGED_OUT)
    return HttpResponseRedirect(reverse("admin:login"))


_STEPS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "set_up": _set_up,
    "cancel": _cancel,
    "confirm": _confirm,
    "new_codes": _new_codes,
    "remove": _remove,
    "log_out_everywhere": _log_out_everywhere,
}


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin-account"))


def _page(
    request: HttpRequest,
    *,
    form: CodeForm | None = None,
    codes: list[str] | None = None,
) -> HttpResponse:
    user = own_user(request)
    app = second_factor.unconfirmed_app(user)
    has_factor = second_factor.has_second_factor(user)
    context = admin.site.each_context(request) | {
        "title": gettext("Your account"),
        "form": form or CodeForm(),
        "form_id": secrets.token_urlsafe(16),
        "codes": codes,
        "app": app,
        "uri": app and app.config_url,
        "key": app and b32encode(app.bin_key).decode(),
        "qr": app and _qr(app.config_url),
        "has_factor": has_factor,
        "codes_left": second_factor.recovery_codes_left(user) if has_factor else 0,
        "is_required": settings.ADMIN_REQUIRE_SECOND_FACTOR,
        "is_complete": is_complete(request),
    }
    return TemplateResponse(request, "admin/account.html", context)


def _qr(uri: str) -> dict[str, object]:
    """The width and the path of an SVG. Its quiet zone is four modules wide."""
    rows = [*segno.make(uri, error="m", micro=False).matrix_iter(border=4)]
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, module in enumerate(row)
        if module
    )
    return {"size": len(rows), "path": path}
