from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, TypeVar, cast

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver

from fluxrate.context import context

from .deletion import DeleteSelected
from .limits import limited, within_limit
from .password_again import with_password
from .requests import change_reason, staff_actor
from .urls import AdminURLs

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class AutocompleteView(AutocompleteJsonView):
    """Labels that tell two records of the same name apart."""

    model_admin: AdminURLs

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        label = self.model_admin.label(obj)
        return {"id": str(getattr(obj, to_field_name)), "text": label}


class Site(admin.AdminSite):
    site_title = site_header = "Fluxrate"
    index_title = "Overview"
    site_url = "/docs"
    empty_value_display = "—"

    # Functions that add to the context of the first page.
    index_parts: ClassVar[list[Callable[[HttpRequest], dict[str, object]]]] = []

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.add_action(DeleteSelected())

    def index(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> TemplateResponse:
        context = extra_context or {}
        for part in self.index_parts:
            context |= part(request)
        return super().index(request, context)

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """In the order of `AppConfig.admin_position`; an app without one comes last."""
        app_list = super().get_app_list(request, app_label)
        return sorted(app_list, key=lambda app: _position(app["app_label"]))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Without `view_on_site`, since no record has a page outside the admin."""
        urls = super().get_urls()
        return [url for url in urls if getattr(url, "name", "") != "view_on_site"]

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Attribute every event of the view to the user, with the form's reason; limit
        every query to the user's organizations; ask for the password where needed.
        """
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def attributed(
            request: HttpRequest, *args: object, **kwargs: object
        ) -> HttpResponseBase:
            def view_within_limit() -> HttpResponseBase:
                with limited(request):
                    return within_limit(inner(request, *args, **kwargs))

            actor, reason = staff_actor(request), change_reason(request)
            with context(actor=actor, reason=reason):
                return with_password(request, view_within_limit, self.each_context)

        return cast("View", attributed)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast("HttpResponse", AutocompleteView.as_view(admin_site=self)(request))


def _position(app_label: str) -> int:
    last = len(apps.app_configs)
    position: int = getattr(apps.get_app_config(app_label), "admin_position", last)
    return position
