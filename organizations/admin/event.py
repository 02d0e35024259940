import json
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from fluxrate.admin.base import BaseAdmin
from fluxrate.admin.query_values import parse_uuid
from fluxrate.models import INSTALLATION, Event
from fluxrate.postgres.triggers import object_types
from organizations.models import Organization

from .owned import OrganizationFilter

# What erasing and pruning leave is the event of no row.
BESIDE_ROWS = ("history",)


class OwnerFilter(OrganizationFilter):
    """Of the installation, too: users, groups, logins of staff."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        installation = (str(INSTALLATION), "The installation")
        return [installation, *super().lookups(request, model_admin)]


class KindFilter(admin.SimpleListFilter):
    title, parameter_name = "object", "object_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, kind) for kind in (*object_types(), *BESIDE_ROWS)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        return queryset.filter(object_type=value) if value else queryset


@admin.register(Event)
class EventAdmin(BaseAdmin):
    """To be read only: PostgreSQL's triggers write events, and nobody changes them."""

    list_display = ("created_at", "type", "what", "actor", "reason", "owner")
    list_display_links = ("created_at",)
    list_filter = (KindFilter, OwnerFilter)
    ordering = ("-id",)
    sortable_by = ()
    search_help_text = "The id of the object it happened to, or the event's number."
    fields: ClassVar[Any] = (
        ("created_at", "type"),
        ("object_type", "what", "revision"),
        ("owner", "actor"),
        ("request_id", "reason"),
        "changed",
        "after",
    )
    readonly_fields = ("owner", "what", "changed", "after")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """An object's id finds its events; both columns have an index."""
        text = search_term.strip()
        if (pk := parse_uuid(text)) is not None:
            return queryset.filter(object_id=pk), False
        if text.isascii() and text.isdecimal() and len(text) < 19:
            return queryset.filter(pk=int(text)), False
        return (queryset.none() if text else queryset), False

    @admin.display(description="organization")
    def owner(self, event: Event) -> str:
        """Its name; its id where it is gone."""
        if event.organization_id == INSTALLATION:
            return "The installation"
        return str(getattr(event, "owner_name", None) or event.organization_id)

    def get_queryset(self, request: HttpRequest) -> Any:
        """A join would hide the events of what is no organization, or none any more."""
        named = Organization.objects.filter(pk=OuterRef("organization_id"))
        owner = Subquery(named.values("name")[:1])
        return super().get_queryset(request).annotate(owner_name=owner)

    @admin.display(description="object")
    def what(self, event: Event) -> str:
        if event.object_id is None:
            return self.get_empty_value_display()
        address = f"{self.changelist_url()}?q={event.object_id}"
        return format_html('<a href="{}">{}</a>', address, event.object_id)

    @admin.display(description="changes")
    def changed(self, event: Event) -> str:
        """Each field with its old and its new value."""
        rows = format_html_join(
            "",
            "<tr><th>{}</th><td>{}</td><td>{}</td></tr>",
            ((name, *map(_text, pair)) for name, pair in event.changes.items()),
        )
        return format_html(
            '<table class="changes"><thead><tr><th>Field</th><th>Before</th>'
            "<th>After</th></tr></thead><tbody>{}</tbody></table>",
            rows,
        )

    @admin.display(description="the record then")
    def after(self, event: Event) -> str:
        text = json.dumps(event.data, ensure_ascii=False, indent=2)
        return format_html('<pre class="data">{}</pre>', text)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
