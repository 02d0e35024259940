"""What a deletion takes along, counted by PostgreSQL instead of loaded and listed."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.actions import delete_selected
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from fluxrate.postgres.attribution import acting
from fluxrate.text import reason_text

from . import refusals
from .staff import on_behalf

SHOWN = 20


class DeleteSelected:
    """Django's action, whose question is a page of its own."""

    name = "delete_selected"

    def __call__(self, admin: Any, request: Any, queryset: Any) -> Any:
        if request.POST.get("post"):
            return delete_selected(admin, request, queryset)
        return admin.lead_to_question(request, self.name, list(queryset))

    def question(
        self, admin: Any, request: Any, queryset: Any, selection: Any
    ) -> HttpResponse:
        try:
            reason_text(request.POST.get("reason", ""))
            answer = delete_selected(admin, request, queryset)
        except (ValidationError, *refusals.Refusal) as error:
            selection.keep_refused(request.POST, {})
            told: HttpResponse = admin.told(request, error, request.get_full_path())
            return told
        if answer is None:
            return HttpResponseRedirect(admin.changelist_url())
        typed, _ = selection.take_refused()
        answer.context_data["typed_reason"] = typed["reason"] if typed else ""  # type: ignore[index]
        return answer


DELETE = DeleteSelected()


class Deletion(admin.ModelAdmin):
    """Its confirmation is as fast for a record with 50,000 children as without any."""

    def forbidding(self, records: list[Any]) -> list[str]:
        """Sentences that say why these records cannot be deleted."""
        return []

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with acting(on_behalf(request)):
            super().delete_queryset(request, queryset)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Django's four: a list for people, counts, lacking rights, obstacles."""
        records = list(objs)
        named = [str(record) for record in records[:SHOWN]]
        if len(records) > SHOWN:
            named.append(f"… and {len(records) - SHOWN:,} more")
        counts = {self._plural(self.model): len(records)}
        lacking = set() if self._may(request, self.model) else {self.opts.verbose_name}
        for model, count in self._taken_along(records):
            counts[self._plural(model)] = count
            if not self._may(request, model):
                lacking.add(model._meta.verbose_name)
        return named, counts, {str(name) for name in lacking}, self.forbidding(records)

    def _taken_along(self, records: list[Any]) -> Iterator[tuple[Any, int]]:
        for relation in self.opts.related_objects:
            if relation.on_delete is models.CASCADE:
                model: Any = relation.related_model
                lookup = {f"{relation.field.name}__in": records}
                count = model.objects.filter(**lookup).count()
                if count:
                    yield model, count

    def _may(self, request: HttpRequest, model: Any) -> bool:
        if not self.admin_site.is_registered(model):
            return True
        return self.admin_site.get_model_admin(model).has_delete_permission(request)

    @staticmethod
    def _plural(model: Any) -> str:
        return str(model._meta.verbose_name_plural)
