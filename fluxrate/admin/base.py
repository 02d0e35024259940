"""The base of every ModelAdmin: bounded work, and each error shown to the user."""

import secrets
from collections.abc import Iterable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import connection, models
from django.forms import Field, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from . import errors, idempotency
from .action_views import ActionsAdmin
from .actions import ModelAction
from .deletion import DeletionAdmin
from .fields import ISODateTimeField, LinesField, ListedChoiceField
from .forms import AdminModelForm
from .list_views import ListAdmin
from .query_values import valid_initial
from .recent import remember
from .requests import state_of
from .restored_values import FILLED_IN, restored_values
from .typed_forms import NotSavedYet, pop_typed
from .unsaved import DISCARD, UnsavedEdits, chosen_action
from .widgets import OrganizationAutocomplete, SeveralAutocomplete

Fieldsets = Iterable[tuple[Any, Any]]

REVISION = "_revision"
"""The hidden field with the revision that the page showed."""
REASON_FIELDSET = (_("Why"), {"fields": ("reason",)})


class BaseAdmin(ListAdmin, ActionsAdmin, DeletionAdmin):
    """Subclasses name columns, fields and actions; `search` finds rows by a text."""

    form = AdminModelForm
    # The fields of the form whose earlier values a timeline offers.
    restorable_fields: ClassVar[tuple[str, ...]] = ()
    # The name of a record and what tells it apart, where the first page lists it.
    title_columns: ClassVar[tuple[str, ...]] = ()
    save_on_top = False

    def author(self, request: HttpRequest, record: models.Model) -> str:
        """Who has changed the record since the form was opened."""
        return gettext("somebody else")

    def heading(self, record: models.Model) -> str:
        """The heading of the record's page."""
        return str(record)

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
        form.prefilled = restored_values(request, obj)
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
            text = gettext("Meanwhile %(who)s changed %(what)s. It stays.")
            yield text % {"who": author, "what": f"{bound.label}: {values}"}

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **options: Any
    ) -> Field | None:
        if isinstance(db_field, models.DateTimeField):
            options.setdefault("form_class", ISODateTimeField)
        elif isinstance(db_field, models.TextField):
            options.setdefault("form_class", LinesField)
        elif db_field.choices:
            options.setdefault("choices_form_class", ListedChoiceField)
        return super().formfield_for_dbfield(db_field, request, **options)

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **options: Any
    ) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            widget = OrganizationAutocomplete(db_field, self.admin_site)
            options.setdefault("widget", widget)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField, request: HttpRequest, **options: object
    ) -> ModelMultipleChoiceField | None:
        if db_field.name in self.get_autocomplete_fields(request):
            widget = SeveralAutocomplete(db_field, self.admin_site)
            options.setdefault("widget", widget)
        field: ModelMultipleChoiceField | None = super().formfield_for_manytomany(
            db_field, request, **options
        )
        return field

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Save once; an error of PostgreSQL is shown on the form, and so is a form that
        was typed before a login.
        """
        view = partial(
            super().changeform_view, request, object_id, form_url, extra_context
        )
        if request.method != "POST":
            if typed := pop_typed(request):
                request.method, request.POST = "POST", typed  # type: ignore[assignment]
                state_of(request).save_error = NotSavedYet()
            elif "restore" in request.GET:
                self.message_user(request, FILLED_IN, messages.INFO)
            return view()
        if chosen_action(request):
            return self._leave_form(request, object_id) or view()
        try:
            return idempotency.save_once(request, view)
        except errors.SAVE_ERRORS as error:
            state_of(request).save_error = error
            return view()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        if request.method == "GET" and response.status_code == HTTPStatus.OK:
            self.remember(request, response, object_id)
        return response

    def remember(
        self, request: HttpRequest, response: HttpResponse, pk: object
    ) -> None:
        """Let the first page list the record that is opened."""
        if self.title_columns:
            remember(request, response, self.model, pk)

    def _leave_form(
        self, request: HttpRequest, object_id: str | None
    ) -> HttpResponse | None:
        """The question of the chosen action; None to show the form with its edits."""
        record = object_id and self.get_object(request, object_id)
        if not isinstance(record, models.Model):
            return None
        action = self.action(request, chosen_action(request))
        if DISCARD not in request.POST and self._has_edits(request, record):
            state_of(request).save_error = UnsavedEdits()
            return None
        rows = self.get_queryset(request).filter(pk=record.pk)
        return self.redirect_to_confirmation(request, action.name, rows)

    def _has_edits(self, request: HttpRequest, record: models.Model) -> bool:
        form_class = self.get_form(request, record, change=True)
        form = form_class(request.POST, request.FILES, instance=record)
        formsets, _ = self._create_formsets(request, record, change=True)  # type: ignore[attr-defined]
        return form.has_changed() or any(each.has_changed() for each in formsets)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return valid_initial(self.model, super().get_changeform_initial_data(request))

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
            actions = self.object_actions(request, obj)
            context["object_actions"] = actions
            context["subtitle"] = self.heading(obj)
            left = [each for each in actions if each.name == chosen_action(request)]
            context["action_without_saving"] = next(iter(left), None)
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
