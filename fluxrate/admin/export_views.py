"""The page of an export of a list, and its file."""

import uuid
from collections.abc import Mapping
from typing import ClassVar

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext

from .changelist import BaseChangeList
from .export import ExportForm, export
from .list_views import ListAdmin
from .password_again import require_password


class ExportAdmin(ListAdmin):
    """Needs the permission `export_…` of the model.

    `export_columns` has fields by the name of their column; `__` follows foreign keys.
    """

    export_columns: ClassVar[Mapping[str, str]] = {}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", view, name=name), *super().get_urls()]

    def has_export_permission(self, request: HttpRequest) -> bool:
        right = f"{self.opts.app_label}.export_{self.opts.model_name}"
        return request.user.has_perm(right) and self.has_view_permission(request)

    def export_url(self, request: HttpRequest) -> str:
        if not self.has_export_permission(request):
            return ""
        return f"{reverse(self._url_name('export'))}?{request.GET.urlencode()}"

    def export_owner(self, request: HttpRequest) -> uuid.UUID | None:
        """The organization of all rows, which owns the export's event."""
        return None

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """A form; its submission is answered with the chosen columns of all rows."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        back = f"{self.changelist_url()}?{request.GET.urlencode()}"
        try:
            changelist: BaseChangeList = self.get_changelist_instance(request)  # type: ignore[assignment]
        except IncorrectLookupParameters:
            return HttpResponseRedirect(back)
        if changelist.chips.errors:
            return HttpResponseRedirect(back)
        data = request.POST if request.method == "POST" else None
        form = ExportForm(self.export_columns, data)
        if form.is_valid():
            require_password(request)
            names = form.cleaned_data["columns"]
            columns = {n: f for n, f in self.export_columns.items() if n in names}
            owner = self.export_owner(request)
            return export(request, changelist.all_rows(), columns, owner=owner)
        context = self.admin_site.each_context(request) | {
            "title": gettext("Export %s") % self.opts.verbose_name_plural,
            "opts": self.opts,
            "cl": changelist,
            "form": form,
            "return_url": back,
        }
        return TemplateResponse(request, "admin/export.html", context)
