"""Addresses of the admin about one's own account."""

from typing import cast

from django.contrib import admin
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from fluxrate.admin.sessions import seconds_left, use
from fluxrate.admin.site import Site

from .account import account_view
from .code import code_view
from .forgotten_password import forgotten_password


@require_GET
@never_cache
def session(request: HttpRequest) -> JsonResponse:
    """The seconds until the session ends; `?stay` counts as use of it."""
    if "stay" in request.GET:
        use(request)
    return JsonResponse({"seconds": seconds_left(request)})


site = cast(Site, admin.site)
urlpatterns = [
    path("account/", site.account_view(account_view), name="admin-account"),
    path("account/code/", site.account_view(code_view), name="admin-code"),
    path(
        "forgotten-password/",
        never_cache(forgotten_password),
        name="admin_password_reset",
    ),
    path("session/", session, name="admin-session"),
]
