"""Verbs of a model, offered on its list and on a record's page, and asked first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse

from fluxrate.postgres.acting import acting

from . import refusals
from .forms import ReasonField
from .staff import on_behalf

MOST, SHOWN = 1_000, 20


class VerbForm(forms.Form):
    """What the verb needs to know; most need nothing but a reason."""

    reason = ReasonField()

    def __init__(self, *args: Any, records: Any = (), **options: Any) -> None:
        super().__init__(*args, **options)


def always(_record: Any) -> bool:
    return True


@dataclass(frozen=True)
class Verb:
    """`do(record, **cleaned data of the form)` is called for each record, locked.

    `done` is the participle of the message: “3 subscriptions canceled.”
    """

    name: str
    label: str
    done: str
    do: Callable[..., None]
    form: type[VerbForm] = VerbForm
    offered: Callable[[Any], bool] = field(default=always)
    # Templates call what they can.
    do_not_call_in_templates: ClassVar[bool] = True

    def __call__(self, admin: Any, request: HttpRequest, queryset: Any) -> Any:
        """Django's action: ask, and once confirmed do it and go back."""
        records = list(queryset[:MOST])
        confirmed = "confirmed" in request.POST
        form = self.form(request.POST if confirmed else None, records=records)
        if not confirmed or not form.is_valid():
            return self._question(admin, request, records, form)
        self._carry_out(admin, request, records, form.cleaned_data)
        alone = len(records) == 1
        back = admin.change_url(records[0].pk) if alone else request.get_full_path()
        return HttpResponseRedirect(back)

    def _carry_out(
        self, admin: Any, request: HttpRequest, records: list[Any], given: Any
    ) -> None:
        """Each record for itself: one that is refused does not stop the others."""
        done, refused = 0, []
        for record in records:
            try:
                with acting(on_behalf(request)):
                    self._one(admin, record.pk, given)
            except refusals.Refusal as error:
                refused.append(f"{record}: {' '.join(refusals.words(error).messages)}")
            else:
                done += 1
        self._report(admin, request, done, refused)

    def _one(self, admin: Any, pk: Any, given: Any) -> None:
        rows = admin.model.objects.select_for_update()
        record = rows.filter(pk=pk).first()
        if record is not None:
            self.do(record, **given)

    def _report(
        self, admin: Any, request: HttpRequest, done: int, refused: list[str]
    ) -> None:
        opts = admin.opts
        noun = opts.verbose_name if done == 1 else opts.verbose_name_plural
        if done:
            admin.message_user(request, f"{done} {noun} {self.done}.", messages.SUCCESS)
        for sentence in refused[:SHOWN]:
            admin.message_user(request, sentence, messages.ERROR)
        if len(refused) > SHOWN:
            more = f"… and {len(refused) - SHOWN} more were refused."
            admin.message_user(request, more, messages.ERROR)

    def _question(
        self, admin: Any, request: HttpRequest, records: list[Any], form: forms.Form
    ) -> TemplateResponse:
        context = admin.admin_site.each_context(request) | {
            "title": self.label.rstrip("…"),
            "opts": admin.opts,
            "verb": self,
            "form": form,
            "records": records,
            "shown": records[:SHOWN],
            "hidden_count": max(0, len(records) - SHOWN),
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "media": admin.media + form.media,
        }
        return TemplateResponse(request, "admin/verb.html", context)
