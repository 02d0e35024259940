"""Actions on records, offered on a model's list and on a record's page."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.timezone import now

from fluxrate.errors import RuleBroken
from fluxrate.postgres.attribution import atomic_as

from . import errors, idempotency
from .fields import ReasonField
from .html import link
from .password_again import require_password
from .requests import staff_actor
from .selection import Selection
from .urls import AdminURLs

MAX_RECORDS, MAX_SHOWN = 1_000, 20

Failure = tuple[Model, Exception]


class ModelActionForm(forms.Form):
    """The action's parameters; subclasses add fields and may narrow their choices."""

    reason = ReasonField()

    def __init__(
        self, data: QueryDict | None = None, *, records: Sequence[Model] = ()
    ) -> None:
        super().__init__(data)


class RecordDeleted(RuleBroken):
    code = "not_found"
    message = "It has been deleted meanwhile."


class ConfirmedAction(ABC):
    """An action of Django's admin with a confirmation page of its own."""

    name: str
    allowed_permissions: ClassVar[Sequence[str]]
    # Templates call what they can.
    do_not_call_in_templates: ClassVar[bool] = True

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(
        self, admin: Any, request: HttpRequest, queryset: QuerySet
    ) -> HttpResponseBase:
        urls: AdminURLs = admin
        return urls.redirect_to_confirmation(request, self.name, queryset[:MAX_RECORDS])

    @abstractmethod
    def confirm(
        self,
        admin: AdminURLs,
        request: HttpRequest,
        queryset: QuerySet,
        selection: Selection,
    ) -> HttpResponseBase:
        """The confirmation page, or the response to its form."""


def always(_record: Any) -> bool:
    return True


def wall_clock(_record: Any) -> datetime:
    return now()


@dataclass(frozen=True)
class ModelAction(ConfirmedAction):
    """An action that runs on each selected record in a transaction of its own.

    `run(record, at=…, **form.cleaned_data)` receives the record locked. `clock` gives
    `at` before the lock is taken: the API locks in the same order, so the two cannot
    deadlock. `past_participle` completes the message “3 subscriptions …”.
    """

    name: str
    label: str
    past_participle: str
    run: Callable[..., None]
    form: type[ModelActionForm] = ModelActionForm
    available: Callable[[Any], bool] = field(default=always)
    clock: Callable[[Any], datetime] = field(default=wall_clock)
    needs_password: bool = False
    allowed_permissions: ClassVar[Sequence[str]] = ("change",)

    @property
    def short_description(self) -> str:
        return self.label

    def confirm(
        self,
        admin: AdminURLs,
        request: HttpRequest,
        queryset: QuerySet,
        selection: Selection,
    ) -> HttpResponseBase:
        records = list(queryset[:MAX_RECORDS])
        if request.method != "POST":
            return self._page(admin, request, records, selection)
        form = self.form(request.POST, records=records)
        if not form.is_valid():
            return self._reject(admin, request, selection, form.errors)
        if self.needs_password:
            require_password(request)
        url = admin.return_url(records)
        if duplicate := idempotency.begin(request, url):
            return duplicate
        failures = self._run_all(admin.model, request, records, form.cleaned_data)
        if records and len(failures) == len(records):
            idempotency.release(request)
            by_field = _errors_by_field(form, admin.model, failures)
            return self._reject(admin, request, selection, by_field)
        self._report(admin, request, len(records) - len(failures), failures)
        return HttpResponseRedirect(url)

    def _run_all(
        self,
        model: type[Model],
        request: HttpRequest,
        records: Sequence[Model],
        data: Mapping[str, object],
    ) -> list[Failure]:
        """An error of one record does not stop the others."""
        failures: list[Failure] = []
        for record in records:
            try:
                with atomic_as(staff_actor(request)):
                    self._run_locked(model, record, data)
            except errors.SAVE_ERRORS as error:
                failures.append((record, error))
        return failures

    def _run_locked(
        self, model: type[Model], record: Model, data: Mapping[str, object]
    ) -> None:
        at = self.clock(record)
        rows: QuerySet[Model] = QuerySet(model).select_for_update(no_key=True)
        locked = rows.filter(pk=record.pk).first()
        if locked is None:
            raise RecordDeleted
        self.run(locked, at=at, **data)

    def _reject(
        self,
        admin: AdminURLs,
        request: HttpRequest,
        selection: Selection,
        by_field: Mapping[str, Sequence[object]],
    ) -> HttpResponseRedirect:
        """Back to the confirmation page, with the submitted values and their errors."""
        sentences = {
            name: [str(error) for error in by_field[name]] for name in by_field
        }
        selection.store_rejected(request.POST, sentences)
        return HttpResponseRedirect(admin.confirmation_url(self.name, selection))

    def _report(
        self,
        admin: AdminURLs,
        request: HttpRequest,
        succeeded: int,
        failures: Sequence[Failure],
    ) -> None:
        opts = admin.opts
        noun = opts.verbose_name if succeeded == 1 else opts.verbose_name_plural
        if succeeded:
            sentence = f"{succeeded} {noun} {self.past_participle}."
            admin.message_user(request, sentence, messages.SUCCESS)
        for record, error in failures[:MAX_SHOWN]:
            reasons = " ".join(errors.as_validation_error(error).messages)
            sentence = format_html("{}: {}", link(record, admin.label(record)), reasons)
            admin.message_user(request, sentence, messages.ERROR)
        if len(failures) > MAX_SHOWN:
            sentence = f"… and {len(failures) - MAX_SHOWN} more were refused."
            admin.message_user(request, sentence, messages.ERROR)

    def _page(
        self,
        admin: AdminURLs,
        request: HttpRequest,
        records: Sequence[Model],
        selection: Selection,
    ) -> TemplateResponse:
        form = self._form_with_errors(*selection.pop_rejected(), records)
        context = admin.admin_site.each_context(request) | {
            "title": self.label.rstrip("…"),
            "opts": admin.opts,
            "form": form,
            "form_id": secrets.token_urlsafe(16),
            "records": records,
            "shown": [link(row, admin.label(row)) for row in records[:MAX_SHOWN]],
            "hidden_count": max(0, len(records) - MAX_SHOWN),
            "return_url": admin.return_url(records),
            "media": admin.media + form.media,
        }
        return TemplateResponse(request, "admin/action_confirmation.html", context)

    def _form_with_errors(
        self,
        data: QueryDict | None,
        by_field: Mapping[str, list[str]],
        records: Sequence[Model],
    ) -> ModelActionForm:
        form = self.form(data, records=records)
        if data is not None:
            form.full_clean()
            form.errors.clear()
            for name, sentences in by_field.items():
                form.add_error(name if name in form.fields else None, sentences)
        return form


def _errors_by_field(
    form: forms.Form, model: type[Model], failures: Sequence[Failure]
) -> dict[str, list[str]]:
    """The failures' sentences by the field that can correct them, each once."""
    by_field: dict[str, list[str]] = {}
    for _, error in failures:
        name = errors.field_name(error, model) or ""
        field = form.fields.get(name)
        sentences = by_field.setdefault(name if field else NON_FIELD_ERRORS, [])
        for sentence in errors.as_validation_error(error).messages:
            text = sentence if field is None else _with_label(sentence, name, field)
            if text not in sentences:
                sentences.append(text)
    return by_field


def _with_label(sentence: str, name: str, field: forms.Field) -> str:
    """The sentence, beginning with the field's label instead of its name."""
    if not sentence.startswith(name):
        return sentence
    label = field.label or name.replace("_", " ").capitalize()
    return f"{label}{sentence.removeprefix(name)}"
