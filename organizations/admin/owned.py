"""What the admin of everything that an organization owns shares."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest

from fluxrate.admin.query_values import parse_uuid
from fluxrate.history.admin import HistoryAdmin
from organizations.models import Organization

TIMES = ("created_at", "updated_at")
SUGGESTED = 15


class OrganizationFilter(admin.SimpleListFilter):
    """Offers a few organizations; the page of each one leads to its own lists."""

    title = parameter_name = "organization"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = parse_uuid(request.GET.get("organization", ""))
        first = Organization.objects.order_by("name", "id")[:SUGGESTED]
        found = {row.pk: row.name for row in first}
        if chosen and chosen not in found:
            found |= dict(
                Organization.objects.filter(pk=chosen).values_list("pk", "name")
            )
        return [(str(pk), name) for pk, name in found.items()]

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() is None:
            return queryset
        chosen = parse_uuid(self.value() or "")
        if chosen is None:
            raise IncorrectLookupParameters
        return queryset.filter(organization_id=chosen)


class OwnedAdmin(HistoryAdmin):
    """Records of an organization: which one is said once, when they are made."""

    list_filter: ClassVar[Any] = (OrganizationFilter,)
    list_select_related: ClassVar[Any] = ("organization",)
    autocomplete_fields: ClassVar[Any] = ("organization",)
    readonly_fields: ClassVar[Any] = ("id", "revision", *TIMES)
    # The id is the order of creation, and is what an index holds for all of them.
    sortable_by: ClassVar[Any] = ("created",)

    @admin.display(ordering="id", description="created")
    def created(self, record: Any) -> Any:
        return record.created_at

    def label(self, record: Any) -> str:
        return f"{record} — {record.organization}"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Suggestions can be narrowed to an organization, as the list is."""
        owner = parse_uuid(request.GET.get("organization", ""))
        if owner is not None:
            queryset = queryset.filter(organization=owner)
        return super().get_search_results(request, queryset, search_term)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "organization") if obj is not None else fixed
