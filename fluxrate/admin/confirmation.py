"""The page of an action: a question, then the action on one record or on many."""

import secrets
from collections.abc import Mapping, Sequence

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fluxrate.models import BulkAction
from fluxrate.postgres.attribution import atomic_as

from . import bulk, errors, idempotency
from .actions import ModelAction, ModelActionForm
from .fields import TypedField
from .password_again import MAX_WITHOUT_PASSWORD, require_password
from .question import MAX_SHOWN, Question, QuestionAdmin
from .requests import staff_actor
from .selection import pop_rejected, store_rejected
from .typed_forms import NotSavedYet, pop_typed

REASON_NEEDED = _("Say why: this changes several records.")


class Confirmation:
    """An action on a selection, for one request."""

    def __init__(
        self,
        admin: QuestionAdmin,
        request: HttpRequest,
        action: ModelAction,
        selection: BulkAction,
    ) -> None:
        self.admin, self.request, self.action = admin, request, action
        self.selection = selection
        self.url = admin.confirmation_url(action.name, selection)
        # Of one record, the form needs the record; of many, the first.
        self.rows = selection.rows(admin.get_queryset(request))

    def page(self) -> TemplateResponse:
        action, admin, total = self.action, self.admin, self.selection.total
        if typed := pop_typed(self.request):
            store_rejected(self.selection, typed, {"": [NotSavedYet.message]})
        records = list(self.rows[:1])
        form = self._form_with_errors(*pop_rejected(self.selection), records)
        question = Question(admin, self.rows, action.why_not)
        is_one = total == 1 and bool(records)
        return_url = action.return_url(admin, records[0]) if is_one else ""
        context = admin.admin_site.each_context(self.request) | {
            "title": action.title,
            "opts": admin.opts,
            "form": form,
            "form_id": secrets.token_urlsafe(16),
            "total": total,
            "question": question,
            "hidden_count": max(0, total - question.refused_count - MAX_SHOWN),
            "details": action.details(admin, self.request, self.rows),
            "is_job": total > bulk.INLINE,
            "return_url": return_url or admin.changelist_url(),
            "media": admin.media + form.media,
        }
        return TemplateResponse(self.request, "admin/action_confirmation.html", context)

    def confirm(self) -> HttpResponse:
        """Run the action with the submitted form, or return to the question."""
        form = self._form(self.request.POST, list(self.rows[:1]))
        if not form.is_valid():
            return self._reject(form.errors)
        if self.action.needs_password or self.selection.total > MAX_WITHOUT_PASSWORD:
            require_password(self.request)
        if self.selection.total == 1:
            return self._confirm_one(form)
        return self._confirm_many(form)

    def _confirm_one(self, form: ModelActionForm) -> HttpResponse:
        request, admin, action = self.request, self.admin, self.action
        record = self.rows.get()
        url = action.return_url(admin, record)
        if duplicate := idempotency.begin(request, url):
            return duplicate
        with atomic_as(staff_actor(request)):
            ids = [str(record.pk)]
            failures = action.perform(admin, request, ids, form.cleaned_data)
        if failures:
            idempotency.release(request)
            return self._reject(_by_field(form, admin.model, failures))
        return action.response(admin, request, url)

    def _confirm_many(self, form: ModelActionForm) -> HttpResponse:
        """Up to `bulk.INLINE` rows at once; the worker does more. The selection is the
        form's key: a second submission finds it confirmed.
        """
        result = reverse("admin-bulk-action", args=[self.selection.pk])
        with atomic_as(staff_actor(self.request)):
            if not bulk.begin(self.selection, self.request):
                messages.info(self.request, idempotency.IGNORED)
                return HttpResponseRedirect(result)
            failures: Mapping[str, Exception] = {}
            if self.selection.total <= bulk.INLINE:
                failures = bulk.run_now(
                    self.admin, self.request, self.action, self.selection, form
                )
            if len(failures) == self.selection.total:
                bulk.cancel(self.selection)
                return self._reject(_by_field(form, self.admin.model, failures))
        return HttpResponseRedirect(result)

    def _form(
        self, data: Mapping[str, object] | None, records: Sequence[Model]
    ) -> ModelActionForm:
        form = self.action.form(data, records=records)  # type: ignore[arg-type]
        if self.selection.total > 1:
            reason = form.fields["reason"]
            reason.required = True
            reason.error_messages["required"] = REASON_NEEDED
        total = self.selection.total
        if expected := self.action.confirmation(self.admin, self.rows, total):
            form.fields = {"typed": TypedField(expected), **form.fields}
        return form

    def _reject(self, by_field: Mapping[str, Sequence[object]]) -> HttpResponseRedirect:
        """Back to the question, with the submitted values and their errors."""
        sentences = {name: list(map(str, by_field[name])) for name in by_field}
        store_rejected(self.selection, self.request.POST, sentences)
        return HttpResponseRedirect(self.url)

    def _form_with_errors(
        self,
        data: Mapping[str, object] | None,
        by_field: Mapping[str, list[str]],
        records: Sequence[Model],
    ) -> ModelActionForm:
        form = self._form(data, records)
        if data is not None:
            form.full_clean()
            form.errors.clear()
            for name, sentences in by_field.items():
                form.add_error(name if name in form.fields else None, sentences)
        return form


def _by_field(
    form: forms.Form, model: type[Model], failures: Mapping[str, Exception]
) -> dict[str, list[str]]:
    """The failures' sentences by the field that can correct them, each once."""
    by_field: dict[str, list[str]] = {}
    for error in failures.values():
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
