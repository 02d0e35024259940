"""The admin's own face: its name, and what its autocompletion answers."""

from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import HttpRequest, JsonResponse

from fluxrate.context import context

from .staff import on_behalf, reason

APPS = ["customers", "organizations", "fluxrate", "auth"]
NAMES = {"auth": "Rights of staff"}


class Suggestions(AutocompleteJsonView):
    """Names each record as its own admin does, so that two of a name differ."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        admin: Any = self.model_admin
        return {"id": str(getattr(obj, to_field_name)), "text": admin.label(obj)}


class Site(admin.AdminSite):
    site_title = site_header = "Fluxrate"
    index_title = "Records"
    site_url = "/docs"
    empty_value_display = "—"

    def get_app_list(self, request: HttpRequest, app_label: Any = None) -> Any:
        """What staff come for first, before who may do what."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = NAMES.get(app["app_label"], app["name"])
        return sorted(apps, key=lambda app: _rank(app["app_label"]))

    def get_urls(self) -> list[Any]:
        """Without the way to a record's page on the site: none of ours has one."""
        named = super().get_urls()
        return [each for each in named if getattr(each, "name", "") != "view_on_site"]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Whatever a page writes is recorded as done by who is logged in, and why."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def attributed(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            with context(actor=on_behalf(request), reason=reason(request)):
                return inner(request, *args, **kwargs)

        return attributed

    def autocomplete_view(self, request: HttpRequest) -> JsonResponse:
        return Suggestions.as_view(admin_site=self)(request)  # type: ignore[return-value]


def _rank(app_label: str) -> int:
    """An app that is not named comes last."""
    return APPS.index(app_label) if app_label in APPS else len(APPS)
