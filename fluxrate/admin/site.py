"""The admin's own face: its name, and what its autocompletion answers."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import HttpRequest, JsonResponse


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

    def autocomplete_view(self, request: HttpRequest) -> JsonResponse:
        return Suggestions.as_view(admin_site=self)(request)  # type: ignore[return-value]
