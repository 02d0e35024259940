"""The base of every ModelAdmin: bounded work, and each error shown to the user."""

import secrets
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import connection, models
from django.forms import Field
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from fluxrate.text import normalized

from . import errors, idempotency
from .action_views import ActionsAdmin
from .actions import ModelAction
from .changelist import BoundedPaginator
from .deletion import DeletionAdmin
from .fields import ISODateTimeField, LinesField
from .forms import AdminModelForm
from .query_values import parse_uuid, valid_initial
from .requests import state_of
from .widgets import OrganizationAutocomplete

Fieldsets = Iterable[tuple[Any, Any]]

REVISION = "_revision"
"""The hidden field with the revision that the page showed."""
INVALID_FILTER = "The filter was not understood. This is the whole list."
MAX_SEARCH_LENGTH = 1_000
REASON_FIELDSET = ("Why", {"fields": ("reason",)})
# A query string has no notation for their values.
UNFILTERABLE = (models.BinaryField, models.JSONField, ArrayField)


class BaseAdmin(ActionsAdmin, DeletionAdmin):
    """Subclasses name columns, fields and actions; `search` finds rows by a text."""

    form = AdminModelForm
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    save_on_top = False
    search_fields = ("id",)

    def search(
        self, request: HttpRequest, queryset: models.QuerySet, text: str
    ) -> models.QuerySet:
        """The rows that match a text other than an id; the query needs an index."""
        return queryset.none()

    def author(self, request: HttpRequest, record: models.Model) -> str:
        """Who has changed the record since the form was opened."""
        return "somebody else"

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        text = normalized(search_term)
        rows = self.without_search(request, queryset, text)
        if rows is None:
            rows = self.search(request, queryset, text)
        return rows, False

    def without_search(
        self, request: HttpRequest, queryset: models.QuerySet, text: str
    ) -> models.QuerySet | None:
        """The rows for an empty text, a refused text or an id; None for other texts."""
        if not text:
            return queryset
        if "\0" in text or state_of(request).search_refused:
            return queryset.none()
        pk = parse_uuid(text)
        return None if pk is None else queryset.filter(pk=pk)

    def get_fieldsets(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> list[tuple[Any, Any]]:
        """The form to add a record has none of the read-only fields."""
        fieldsets: Fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            fieldsets = without(fieldsets, self.readonly_fields)
        return self.with_reason(request, obj, fieldsets)

    def with_reason(
        self, request: HttpRequest, obj: models.Model | None, fieldsets: Fieldsets
    ) -> list[tuple[Any, Any]]:
        """The fieldsets, and one for the reason if the user may save the form."""
        allowed = obj is None or self.has_change_permission(request, obj)
        return [*fieldsets, REASON_FIELDSET] if allowed else list(fieldsets)

    def get_form(
        self,
        request: HttpRequest,
        obj: models.Model | None = None,
        change: bool = False,
        **options: Any,
    ) -> type[AdminModelForm]:
        form: Any = super().get_form(request, obj, change=change, **options)
        # modelform_factory has made this class for this request only.
        form.database_checks = True
        form.save_error = state_of(request).save_error
        form.author = staticmethod(partial(self.author, request))
        form_class: type[AdminModelForm] = form
        return form_class

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> models.Model | None:
        """The record, locked if the request is about to save it."""
        rows = self.get_queryset(request)
        if self._is_saving(request):
            rows = rows.select_for_update(of=["self"], no_key=True)
        try:
            record: models.Model = rows.get(**{from_field or "pk": object_id})
        except (ObjectDoesNotExist, ValidationError, ValueError):
            return None
        return record

    def _is_saving(self, request: HttpRequest) -> bool:
        """False when a rejected form is shown again: that must not wait for a lock."""
        return (
            request.method == "POST"
            and connection.in_atomic_block
            and state_of(request).save_error is None
            and self.has_change_permission(request)
        )

    def save_model(
        self,
        request: HttpRequest,
        obj: models.Model,
        form: AdminModelForm,
        change: bool,
    ) -> None:
        """Save the edited columns, and name those that others have changed."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        warnings = list(self._merge_warnings(request, obj, form))
        obj.save(update_fields=_with_timestamps(obj, form.update_fields))
        for warning in warnings:
            self.message_user(request, warning, messages.WARNING)

    def _merge_warnings(
        self, request: HttpRequest, record: models.Model, form: AdminModelForm
    ) -> Iterator[str]:
        fields = form.changed_elsewhere
        author = self.author(request, record) if fields else ""
        for bound in fields:
            values = (
                f"{bound.display(bound.page_value)} → {bound.display(bound.initial)}"
            )
            yield f"Meanwhile {author} changed {bound.label}: {values}. It stays."

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **options: Any
    ) -> Field | None:
        if isinstance(db_field, models.DateTimeField):
            options.setdefault("form_class", ISODateTimeField)
        elif isinstance(db_field, models.TextField):
            options.setdefault("form_class", LinesField)
        return super().formfield_for_dbfield(db_field, request, **options)

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **options: Any
    ) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            widget = OrganizationAutocomplete(db_field, self.admin_site)
            options.setdefault("widget", widget)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Save once; an error of PostgreSQL is shown on the form."""
        view = partial(
            super().changeform_view, request, object_id, form_url, extra_context
        )
        if request.method != "POST":
            return view()
        try:
            return idempotency.save_once(request, view)
        except errors.SAVE_ERRORS as error:
            state_of(request).save_error = error
            return view()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return valid_initial(self.model, super().get_changeform_initial_data(request))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse filters by a hash: their results would reveal it bit by bit."""
        name = lookup.partition("__")[0]
        fields = (
            field for field in self.opts.fields if isinstance(field, UNFILTERABLE)
        )
        if name in {field.name for field in fields}:
            return False
        return super().lookup_allowed(lookup, value, request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A filter whose value no column can hold redirects to the whole list."""
        self._refuse_search(request)
        query = request.GET
        if any("\0" in value for values in query.lists() for value in values[1]):
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        if ERROR_FLAG in query:
            self.message_user(request, INVALID_FILTER, messages.WARNING)
        title = {"title": str(self.opts.verbose_name_plural).capitalize()}
        return super().changelist_view(request, title | (extra_context or {}))

    def _refuse_search(self, request: HttpRequest) -> None:
        """Warn about a text that no record can contain, and find nothing."""
        text = request.GET.get(SEARCH_VAR, "")
        if "\0" in text:
            warning = "No record contains a NUL character, so the list is empty."
        elif len(text) > MAX_SEARCH_LENGTH:
            warning = f"A search text has at most {MAX_SEARCH_LENGTH:,} characters."
        else:
            return
        self.message_user(request, warning, messages.WARNING)
        state_of(request).search_refused = True
        query = request.GET.copy()
        query[SEARCH_VAR] = text.replace("\0", "\ufffd")[:MAX_SEARCH_LENGTH]
        request.GET = query  # type: ignore[assignment]

    def object_actions(
        self, request: HttpRequest, record: models.Model
    ) -> list[ModelAction]:
        """The actions that the user may do to the record in its state."""
        if not self.has_change_permission(request, record):
            return []
        return [
            action
            for action in self.actions or ()
            if isinstance(action, ModelAction) and action.available(record)
        ]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: models.Model | None = None,
    ) -> HttpResponse:
        form_id = request.POST.get(idempotency.FORM_ID) or secrets.token_urlsafe(16)
        revision = request.POST.get(REVISION) or getattr(obj, "revision", "")
        context |= {"form_id": form_id, "form_revision": revision}
        if obj is not None:
            context["object_actions"] = self.object_actions(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)


def without(fieldsets: Fieldsets, names: Iterable[str]) -> Iterator[tuple[Any, Any]]:
    """The fieldsets without these fields, and without fieldsets that become empty."""
    removed = set(names)
    for title, options in fieldsets:
        lines = [
            [line] if isinstance(line, str) else line for line in options["fields"]
        ]
        shown = [tuple(name for name in line if name not in removed) for line in lines]
        if any(shown):
            yield title, {**options, "fields": [line for line in shown if line]}


def _with_timestamps(record: models.Model, names: list[str]) -> list[str]:
    """The columns to save, and the `auto_now` columns unless nothing is saved."""
    timestamps = [
        field.name
        for field in record._meta.concrete_fields
        if getattr(field, "auto_now", False)
    ]
    return [*names, *timestamps] if names else []
