"""What the admin of every record shares: bounded work, and no refusal unanswered."""

import secrets
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from fluxrate.postgres.attribution import acting
from fluxrate.text import normalized, reason_text

from . import links, refusals
from .actions import Actions
from .dates import ISODateTimeField
from .deletion import Deletion
from .forms import LinesField, RecordForm
from .once import saved_once
from .pages import BoundedPaginator
from .staff import on_behalf
from .tracked import MARK
from .widgets import Suggest

REVISION = "_revision"
NO_FILTER = "The filter was not understood. This is the whole list."
# In the session: the page of a deletion, and the reason that was refused there.
TYPED = "typed_reason"
# Characters of a text that is searched for.
LONGEST = 1_000
REASON: Any = ("Why", {"fields": ("reason",)})


# An address cannot compare them.
UNASKED = (models.BinaryField, models.JSONField, ArrayField)


class RecordAdmin(Actions, Deletion, admin.ModelAdmin):
    """Subclasses name columns, fields and verbs; `search` finds rows by a text."""

    form = RecordForm
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    save_on_top = False
    search_fields = ("id",)

    def label(self, record: Any) -> str:
        """How a list of suggestions names the record."""
        return str(record)

    def search(self, request: HttpRequest, queryset: Any, text: str) -> Any:
        """The rows that a text matches, by an index."""
        return queryset.none()

    def without_search(self, request: HttpRequest, queryset: Any, text: str) -> Any:
        """The rows where a text needs no search: all, none, or the one of an id."""
        if not text:
            return queryset
        if "\0" in text or getattr(request, "is_unsearchable", False):
            return queryset.none()
        pk = as_uuid(text)
        return None if pk is None else queryset.filter(pk=pk)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """An id finds its record; `search` finds another text."""
        text = normalized(search_term)
        rows = self.without_search(request, queryset, text)
        if rows is None:
            rows = self.search(request, queryset, text)
        return rows, False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What a record gets only by being saved is not shown on the form to add it."""
        sets = super().get_fieldsets(request, obj)
        if obj is None:
            sets = list(without(sets, self.readonly_fields))
        return self.with_reason(request, obj, sets)

    def with_reason(self, request: HttpRequest, obj: Any, sets: Any) -> list[Any]:
        """The fieldsets, and one for the reason where something can be changed."""
        allowed = obj is None or self.has_change_permission(request, obj)
        return [*sets, REASON] if allowed else list(sets)

    def get_form(
        self, request: Any, obj: Any = None, *args: Any, **options: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, *args, **options)
        # A class of this request only: modelform_factory has just made it.
        form.refusal = getattr(request, "refusal", None)
        form.author = staticmethod(partial(self.author, request))
        return form

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The record; locked where it is about to be written."""
        writes = request.method == "POST" and self.has_change_permission(request)
        # What was refused is shown again and not written: others may hold the lock.
        writes = writes and getattr(request, "refusal", None) is None
        request.locks = writes and connection.in_atomic_block  # type: ignore[attr-defined]
        try:
            return super().get_object(request, *args, **kwargs)
        finally:
            request.locks = False  # type: ignore[attr-defined]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        if getattr(request, "locks", False):
            return rows.select_for_update(of=["self"], no_key=True)
        return rows

    def author(self, request: Any, record: Any) -> str:
        """Who has changed the record since the form was opened."""
        return "somebody else"

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """Write what was edited, and say what others have changed beside it."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        notes = list(self._notes(request, obj, form))
        obj.save(update_fields=_with_times(obj, form.written))
        for note in notes:
            self.message_user(request, note, messages.WARNING)

    def _notes(self, request: Any, record: Any, form: Any) -> Iterator[str]:
        author = self.author(request, record) if form.beside else ""
        for bound in form.beside:
            values = f"{bound.text(bound.shown)} → {bound.text(bound.initial)}"
            yield f"Meanwhile {author} changed {bound.label}: {values}. It stays."

    def formfield_for_dbfield(self, db_field: Any, request: Any, **options: Any) -> Any:
        if isinstance(db_field, models.DateTimeField):
            options.setdefault("form_class", ISODateTimeField)
        elif isinstance(db_field, models.TextField):
            options.setdefault("form_class", LinesField)
        return super().formfield_for_dbfield(db_field, request, **options)

    def formfield_for_foreignkey(
        self, db_field: Any, request: Any, **options: Any
    ) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            options.setdefault("widget", Suggest(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **options)

    def changeform_view(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """What is refused on saving comes back as an error on the form."""
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)
        save = partial(super().changeform_view, request, *args, **kwargs)
        try:
            return saved_once(request, save)
        except refusals.Refusal as error:
            request.refusal = error
            return super().changeform_view(request, *args, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A link fills the form in as far as its values fit."""
        return links.fitting(self.model, super().get_changeform_initial_data(request))

    def lookup_allowed(self, lookup: str, value: Any, request: Any) -> bool:
        """Neither a hash, which could be guessed so, nor what a text cannot say."""
        asked = lookup.partition("__")[0]
        fields = (field for field in self.opts.fields if isinstance(field, UNASKED))
        if asked in {field.name for field in fields}:
            return False
        return super().lookup_allowed(lookup, value, request)

    def _refuse_search(self, request: Any) -> None:
        """A text that no record can have finds none, and the page says why."""
        text = request.GET.get(SEARCH_VAR, "")
        if "\0" in text:
            refusal = "No record has a NUL character, so none was looked for."
        elif len(text) > LONGEST:
            refusal = f"At most {LONGEST:,} characters are searched for."
        else:
            return
        self.message_user(request, refusal, messages.WARNING)
        request.is_unsearchable = True
        request.GET = request.GET.copy()
        request.GET[SEARCH_VAR] = text.replace("\0", "\ufffd")[:LONGEST]

    def changelist_view(
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """A filter whose value no column can hold leads back to the whole list, which
        says so.
        """
        self._refuse_search(request)
        query = request.GET
        if any("\0" in value for values in query.lists() for value in values[1]):
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        if ERROR_FLAG in query:
            self.message_user(request, NO_FILTER, messages.WARNING)
        title = {"title": str(self.opts.verbose_name_plural).capitalize()}
        return super().changelist_view(request, title | (extra_context or {}))

    def delete_view(
        self, request: Any, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        if request.method != "POST":
            typed = {"typed_reason": _typed(request)}
            return super().delete_view(
                request, object_id, (extra_context or {}) | typed
            )
        try:
            reason_text(request.POST.get("reason", ""))
            with acting(on_behalf(request)):
                return super().delete_view(request, object_id, extra_context)
        except ValidationError as error:
            request.session[TYPED] = [request.path, request.POST.get("reason", "")]
            return self.told(request, error, request.get_full_path())
        except refusals.Refusal as error:
            return self.told(request, error, self.change_url(object_id))

    def render_change_form(
        self, request: Any, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        record = kwargs.get("obj")
        context |= {
            "form_token": request.POST.get(MARK) or secrets.token_urlsafe(16),
            "form_revision": request.POST.get(REVISION)
            or getattr(record, "revision", ""),
        }
        if record is not None and self.has_change_permission(request, record):
            context["verbs"] = [each for each in self.verbs if each.offered(record)]
        return super().render_change_form(request, context, *args, **kwargs)


def _typed(request: Any) -> str:
    """The reason that was refused on this very page; shown once."""
    path, reason = request.session.get(TYPED, ("", ""))
    if path != request.path:
        return ""
    del request.session[TYPED]
    return str(reason)


def as_uuid(text: str) -> uuid.UUID | None:
    """The id that a text writes in one of the usual ways."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def without(sets: Any, names: Any) -> Iterator[Any]:
    """The fieldsets without these names, and without those that are empty then."""
    for title, options in sets:
        lines = [
            [each] if isinstance(each, str) else each for each in options["fields"]
        ]
        kept = [tuple(name for name in line if name not in names) for line in lines]
        if any(kept):
            yield title, {**options, "fields": [line for line in kept if line]}


def _with_times(record: Any, names: list[str]) -> list[str]:
    """The names, and those of the times that every change sets."""
    times = [
        field.name
        for field in record._meta.concrete_fields
        if getattr(field, "auto_now", False)
    ]
    return [*names, *times] if names else []
