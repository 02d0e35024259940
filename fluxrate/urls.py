"""The roof: which address leads where."""

from django.contrib import admin
from django.urls import include, path, re_path

from fluxrate.api import fallbacks
from fluxrate.api.document import openapi
from fluxrate.documentation import ReDoc, SwaggerUI
from fluxrate.home import Favicon, Home
from fluxrate.letters import ConfirmEmail, Join, ResetPassword

urlpatterns = [
    path("", Home.as_view(), name="home"),
    path("favicon.ico", Favicon.as_view()),
    path("join", Join.as_view(), name="join-page"),
    path("reset-password", ResetPassword.as_view(), name="reset-password-page"),
    path("confirm-email", ConfirmEmail.as_view(), name="confirm-email-page"),
    path("api/v1/", include("organizations.urls")),
    path("api/v1/", include("customers.urls")),
    re_path("^api(/(?s:.*))?$", fallbacks.UnknownAddress.as_view()),
    path("openapi.yaml", openapi, name="schema"),
    path("docs", SwaggerUI.as_view(), name="docs"),
    path("redoc", ReDoc.as_view(), name="redoc"),
    path("admin/", admin.site.urls),
]

handler400 = fallbacks.bad_request
handler403 = fallbacks.permission_denied
handler404 = fallbacks.page_not_found
handler500 = fallbacks.server_error
