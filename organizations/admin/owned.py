"""The admin of every model that an organization owns."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from fluxrate.admin.query_values import parse_uuid
from fluxrate.history.admin import HistoryAdmin
from fluxrate.models import Owned
from organizations.models import Organization

TIMES = ("created_at", "updated_at")
MAX_CHOICES = 15


class OrganizationFilter(admin.SimpleListFilter):
    """The first organizations by name; the page of any other links to its lists."""

    title = parameter_name = "organization"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[str, str]]:
        selected = parse_uuid(request.GET.get("organization", ""))
        first = Organization.objects.order_by("name", "id")[:MAX_CHOICES]
        names = {row.pk: row.name for row in first}
        if selected and selected not in names:
            rows = Organization.objects.filter(pk=selected)
            names |= dict(rows.values_list("pk", "name"))
        return [(str(pk), name) for pk, name in names.items()]

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        organization_id = parse_uuid(self.value() or "")
        if organization_id is None:
            raise IncorrectLookupParameters
        return queryset.filter(organization_id=organization_id)


class OwnedAdmin(HistoryAdmin):
    """The organization is chosen when a record is added, and never changes."""

    list_filter: ClassVar[tuple[type[admin.ListFilter] | str, ...]] = (
        OrganizationFilter,
    )
    list_select_related: ClassVar[tuple[str, ...]] = ("organization",)
    autocomplete_fields: ClassVar[tuple[str, ...]] = ("organization",)
    readonly_fields: ClassVar[tuple[str, ...]] = ("id", "revision", *TIMES)
    # Ids are in the order of creation, and each table has an index of them.
    sortable_by: ClassVar[tuple[str, ...]] = ("created",)

    @admin.display(ordering="id", description="created")
    def created(self, record: Owned) -> datetime:
        return record.created_at

    def label(self, record: Any) -> str:
        return f"{record} — {record.organization}"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Autocomplete can be limited to an organization, as the list can."""
        organization_id = parse_uuid(request.GET.get("organization", ""))
        if organization_id is not None:
            queryset = queryset.filter(organization_id=organization_id)
        return super().get_search_results(request, queryset, search_term)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str, ...]:
        names = tuple(super().get_readonly_fields(request, obj))
        return names if obj is None else (*names, "organization")
