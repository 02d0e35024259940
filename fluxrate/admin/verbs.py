"""Verbs of a model, offered on its list and on a record's page, and asked first."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html

from fluxrate.errors import RuleBroken
from fluxrate.postgres.attribution import acting

from . import refusals
from .forms import ReasonField
from .labels import link
from .once import began
from .once import refused as let_go
from .selection import Selection
from .staff import on_behalf

MOST, SHOWN = 1_000, 20


class VerbForm(forms.Form):
    """What the verb needs to know; most need nothing but a reason."""

    reason = ReasonField()

    def __init__(self, *args: Any, records: Any = (), **options: Any) -> None:
        super().__init__(*args, **options)


class Gone(RuleBroken):
    code = "not_found"
    message = "It has been deleted meanwhile."


def always(_record: Any) -> bool:
    return True


def wall_clock(_record: Any) -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Verb:
    """`do(record, at=…, **cleaned data)` is called for each record, locked.

    `clock` tells the time that counts for a record, and is asked before the record is
    locked: so does the API, and nobody waits in a circle. `done` is the participle of
    the message: “3 subscriptions canceled.”
    """

    name: str
    label: str
    done: str
    do: Callable[..., None]
    form: type[VerbForm] = VerbForm
    offered: Callable[[Any], bool] = field(default=always)
    clock: Callable[[Any], datetime] = field(default=wall_clock)
    # Templates call what they can.
    do_not_call_in_templates: ClassVar[bool] = True

    def __call__(self, admin: Any, request: Any, queryset: Any) -> HttpResponse:
        """Django's action: lead to the question, or do what was confirmed."""
        records = list(queryset[:MOST])
        if "confirmed" not in request.POST:
            answer: HttpResponse = admin.lead_to_question(request, self.name, records)
            return answer
        form = self.form(request.POST, records=records)
        if not form.is_valid():
            asked = admin.selected(request, records)
            return self._ask_again(admin, request, asked, form.errors)
        return self._carried_out(admin, request, records, form)

    def question(
        self, admin: Any, request: HttpRequest, queryset: Any, selection: Selection
    ) -> HttpResponse:
        """The page that asks, and what its form leads to."""
        records = list(queryset[:MOST])
        if request.method != "POST":
            return self._page(admin, request, records, selection)
        form = self.form(request.POST, records=records)
        if not form.is_valid():
            return self._ask_again(admin, request, selection, form.errors)
        return self._carried_out(admin, request, records, form, selection)

    def _carried_out(
        self,
        admin: Any,
        request: Any,
        records: list[Any],
        form: forms.Form,
        selection: Selection | None = None,
    ) -> HttpResponse:
        """Back to the record or the list; to the form where nothing could be done."""
        back = _back(admin, records)
        if twice := began(request, back):
            return twice
        refused = self._do_all(admin, request, records, form.cleaned_data)
        if records and len(refused) == len(records):
            let_go(request)
            asked = selection or admin.selected(request, records)
            return self._ask_again(admin, request, asked, _errors(form, refused))
        self._report(admin, request, len(records) - len(refused), refused)
        return HttpResponseRedirect(back)

    def _do_all(
        self, admin: Any, request: Any, records: list[Any], given: Any
    ) -> list[tuple[Any, Exception]]:
        """Each record for itself: one that is refused does not stop the others."""
        refused: list[tuple[Any, Exception]] = []
        for record in records:
            try:
                with acting(on_behalf(request)):
                    self._one(admin, record, given)
            except refusals.Refusal as error:
                refused.append((record, error))
        return refused

    def _one(self, admin: Any, record: Any, given: Any) -> None:
        at = self.clock(record)
        rows = admin.model.objects.select_for_update(no_key=True)
        locked = rows.filter(pk=record.pk).first()
        if locked is None:
            raise Gone
        self.do(locked, at=at, **given)

    def _ask_again(
        self, admin: Any, request: Any, selection: Selection, errors: Any
    ) -> HttpResponse:
        """The question once more, as it was typed and with what was wrong."""
        refusal = {name: [str(each) for each in errors[name]] for name in errors}
        selection.keep_refused(request.POST, refusal)
        return HttpResponseRedirect(admin.question_url(self.name, selection))

    def _report(
        self, admin: Any, request: Any, done: int, refused: list[tuple[Any, Exception]]
    ) -> None:
        opts = admin.opts
        noun = opts.verbose_name if done == 1 else opts.verbose_name_plural
        if done:
            admin.message_user(request, f"{done} {noun} {self.done}.", messages.SUCCESS)
        for record, error in refused[:SHOWN]:
            words = " ".join(refusals.words(error).messages)
            sentence = format_html("{}: {}", link(record, admin.label(record)), words)
            admin.message_user(request, sentence, messages.ERROR)
        if len(refused) > SHOWN:
            more = f"… and {len(refused) - SHOWN} more were refused."
            admin.message_user(request, more, messages.ERROR)

    def _page(
        self, admin: Any, request: Any, records: list[Any], selection: Selection
    ) -> TemplateResponse:
        typed, refusal = selection.take_refused()
        form = self.form(typed, records=records)
        if typed is not None:
            form.full_clean()
            form.errors.clear()
            for name, sentences in refusal.items():
                form.add_error(name if name in form.fields else None, sentences)
        context = admin.admin_site.each_context(request) | {
            "title": self.label.rstrip("…"),
            "opts": admin.opts,
            "form": form,
            "form_token": secrets.token_urlsafe(16),
            "records": records,
            "shown": [link(record, admin.label(record)) for record in records[:SHOWN]],
            "hidden_count": max(0, len(records) - SHOWN),
            "back": _back(admin, records),
            "media": admin.media + form.media,
        }
        return TemplateResponse(request, "admin/verb.html", context)


def _back(admin: Any, records: list[Any]) -> str:
    """The page of the one record, or the list."""
    alone = len(records) == 1
    return str(admin.change_url(records[0].pk) if alone else admin.changelist_url())


def _errors(form: forms.Form, refused: list[tuple[Any, Exception]]) -> dict[str, Any]:
    """The refusals by the field that can mend them, each sentence once."""
    found: dict[str, Any] = {}
    for _, error in refused:
        name = refusals.form_field(error) or ""
        field = form.fields.get(name)
        for sentence in refusals.words(error).messages:
            words = sentence
            if field is not None and sentence.startswith(name):
                label = field.label or name.replace("_", " ").capitalize()
                words = f"{label}{sentence.removeprefix(name)}"
            sentences = found.setdefault(name if field else "__all__", [])
            if words not in sentences:
                sentences.append(words)
    return found
