import json
from typing import ClassVar

from django.contrib import admin
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext

from fluxrate.admin.filter_sets import ListFilterSet
from fluxrate.admin.html import kind_badge
from fluxrate.admin.query_values import parse_uuid
from fluxrate.history.timeline import Entry
from fluxrate.models import INSTALLATION, Event
from fluxrate.models.batch import CREATED
from organizations.models import Organization

from .batch import revert_view
from .event_names import (
    EventChangeList,
    actor_link,
    add_names,
    object_history_url,
    object_link,
)
from .filter_sets import EventFilterSet
from .saved_views import SavedViewsAdmin


@admin.register(Event)
class EventAdmin(SavedViewsAdmin):
    """Read-only: triggers write events, and PostgreSQL rejects a change of them."""

    list_display: tuple[str, ...] = (
        "created_at",
        "type",
        "what",
        "who",
        "reason",
        "owner",
    )
    list_display_links = ("created_at",)
    filter_set: ClassVar[type[ListFilterSet] | None] = EventFilterSet
    ordering = ("-id",)
    sortable_by = ()
    search_help_text = "The id of an object, or the number of an event."
    fields: ClassVar[tuple[str | tuple[str, ...], ...]] = (
        ("created_at", "type"),
        ("object_type", "what", "revision"),
        ("owner", "who"),
        ("request_id", "reason"),
        "batch_id",
        "changed",
        "after",
    )
    readonly_fields: ClassVar[tuple[str, ...]] = (
        "owner",
        "what",
        "who",
        "changed",
        "after",
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.revert_view)
        name = "fluxrate_event_revert"
        return [path("<int:pk>/revert/", view, name=name), *super().get_urls()]

    def revert_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Undo the batch that the event describes."""
        return revert_view(request, pk, self.admin_site.each_context(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """By the object's id or the event's, which both have an index."""
        text = search_term.strip()
        if (pk := parse_uuid(text)) is not None:
            return queryset.filter(object_id=pk), False
        if text.isascii() and text.isdecimal() and len(text) < 19:
            return queryset.filter(pk=int(text)), False
        return (queryset.none() if text else queryset), False

    @admin.display(description="organization")
    def owner(self, event: Event) -> str:
        """The organization's name; its id after its deletion."""
        if event.organization_id == INSTALLATION:
            return gettext("The installation")
        name = getattr(event, "owner_name", None)
        if name is None:
            return str(event.organization_id)
        is_test = getattr(event, "owner_is_test", False)
        return format_html("<span>{} {}</span>", name, kind_badge(is_test))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """A join would hide events of the installation and of deleted organizations."""
        events: QuerySet = (
            super()
            .get_queryset(request)
            .annotate(owner_name=of_owner("name"), owner_is_test=of_owner("is_test"))
        )
        return events

    def get_changelist(
        self, request: HttpRequest, **kwargs: object
    ) -> type[EventChangeList]:
        return EventChangeList

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Model | None:
        event = super().get_object(request, object_id, from_field)
        if isinstance(event, Event):
            add_names(request, [event])
        return event

    def heading(self, record: Model) -> str:
        entry: Entry = record.entry  # type: ignore[attr-defined]
        return f"{gettext(entry.title)} {entry.subject}".strip()

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """An event never changes: its history is that of its object."""
        event = self.get_object(request, object_id)
        url = object_history_url(request, event) if isinstance(event, Event) else ""
        return HttpResponseRedirect(url or self.changelist_url())

    @admin.display(description="actor")
    def who(self, event: Event) -> str:
        return actor_link(event)

    @admin.display(description="object")
    def what(self, event: Event) -> str:
        if event.object_id is None:
            return self.get_empty_value_display()
        url = f"{self.changelist_url()}?q={event.object_id}"
        items = [format_html('<a href="{}">{}</a>', url, gettext("its events"))]
        if event.type == CREATED:
            undo = reverse("admin:fluxrate_event_revert", args=[event.pk])
            items.append(format_html('<a href="{}">{}</a>', undo, gettext("undo")))
        return format_html(
            "<span>{} ({})</span>",
            object_link(event),
            format_html_join(", ", "{}", ((item,) for item in items)),
        )

    @admin.display(description="changes")
    def changed(self, event: Event) -> str:
        """A table of the fields with their old and new values."""
        changes = Entry(event, "").changes
        if not changes:
            return self.get_empty_value_display()
        row = "<tr><th>{}</th><td>{}</td><td>{}</td></tr>"
        rows = format_html_join("", row, changes)
        return format_html(
            '<table class="changes"><thead><tr><th>{}</th><th>{}</th>'
            "<th>{}</th></tr></thead><tbody>{}</tbody></table>",
            gettext("Field"),
            gettext("Before"),
            gettext("After"),
            rows,
        )

    @admin.display(description="the record then")
    def after(self, event: Event) -> str:
        text = json.dumps(event.data, ensure_ascii=False, indent=2)
        return format_html('<pre class="data">{}</pre>', text)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


def of_owner(field: str) -> Subquery:
    """A field of the organization of an event; null after its deletion."""
    organizations = Organization.objects.filter(pk=OuterRef("organization_id"))
    return Subquery(organizations.values(field)[:1])
