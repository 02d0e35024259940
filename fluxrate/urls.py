"""The root URL configuration."""

from django.contrib import admin
from django.urls import include, path, re_path

from customers.admin.find import find
from fluxrate.admin.names import translate_names
from fluxrate.api import error_views
from fluxrate.api.middleware import NOT_FOUND
from fluxrate.api.not_found import NotFoundView
from fluxrate.api.openapi.document import openapi
from fluxrate.guides import views as guides
from fluxrate.pages import (
    AcceptInvitationPage,
    ConfirmEmailPage,
    Favicon,
    HomePage,
    ReDoc,
    ResetPasswordPage,
    SwaggerUI,
)
from organizations.admin.preferences import preferences

# Every page of the admin is registered now.
translate_names()

urlpatterns = [
    path("", HomePage.as_view(), name="home"),
    path("favicon.ico", Favicon.as_view()),
    path("join", AcceptInvitationPage.as_view(), name="join-page"),
    path("reset-password", ResetPasswordPage.as_view(), name="reset-password-page"),
    path("confirm-email", ConfirmEmailPage.as_view(), name="confirm-email-page"),
    path("api/v1/", include("fluxrate.history.urls")),
    path("api/v1/", include("organizations.urls")),
    path("api/v1/", include("customers.urls")),
    re_path("^api(/(?s:.*))?$", NotFoundView.as_view(), name=NOT_FOUND),
    path("openapi.yaml", openapi, name="schema"),
    path("docs", SwaggerUI.as_view(), name="docs"),
    path("docs/guides", guides.page, name="guides"),
    path("docs/guides/<path:name>.md", guides.markdown, name="guide-markdown"),
    path("docs/guides/<path:name>", guides.page, name="guide"),
    path("llms.txt", guides.llms, name="llms"),
    path("llms-full.txt", guides.llms_full, name="llms-full"),
    path("redoc", ReDoc.as_view(), name="redoc"),
    path("admin/search", admin.site.admin_view(find), name="admin-search"),
    path(
        "admin/preferences/",
        admin.site.admin_view(preferences),
        name="admin-preferences",
    ),
    path("admin/", include("organizations.admin.urls")),
    path("admin/actions/", include("organizations.admin.bulk_urls")),
    path("admin/", admin.site.urls),
]

handler400 = error_views.bad_request
handler403 = error_views.permission_denied
handler404 = error_views.page_not_found
handler500 = error_views.server_error
