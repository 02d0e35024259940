"""Actions on rows: they lead to a question, which is a page of its own."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from fluxrate.text import reason_text

from . import links, refusals
from .deletion import DELETE
from .selection import PARAMETER, Selection
from .verbs import MOST, Verb

TOO_MANY = (
    f"At most {MOST:,} are done at a time. Narrow the list with the search or a "
    "filter, or go page by page."
)
EXPIRED = "What was selected is not known any more. Select it again."


class Actions(admin.ModelAdmin):
    """`verbs` of the model, and the deletion of several rows."""

    verbs: tuple[Verb, ...] = ()

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.question_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_action"
        return [path("action/<str:action>/", view, name=name), *super().get_urls()]

    def get_actions(self, request: Any) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        if DELETE.name in actions:
            _, name, label = actions[DELETE.name]
            actions[DELETE.name] = (DELETE, name, label)
        if self.has_change_permission(request):
            actions |= {each.name: (each, each.name, each.label) for each in self.verbs}
        return actions

    def response_action(
        self, request: Any, queryset: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """At most 1,000 records at a time; a refusal is told above the list."""
        try:
            chosen = request.POST.getlist("_selected_action")
            if not links.are_ids(self.model, chosen):
                raise ValidationError("Nothing has such an id.")
            across = request.POST.get("select_across") == "1"
            if len(chosen) > MOST or (across and _more(queryset, MOST)):
                raise ValidationError(TOO_MANY)
            reason_text(request.POST.get("reason", ""))
            return super().response_action(request, queryset, *args, **kwargs)
        except (ValidationError, *refusals.Refusal) as error:
            return self.told(request, error, request.get_full_path())

    def question_view(self, request: Any, action: str) -> HttpResponse:
        """The page that asks about the selected rows."""
        known = self.get_actions(request).get(action)
        if known is None:
            raise PermissionDenied
        selection = Selection.find(request, self.opts.label)
        if selection is None:
            self.message_user(request, EXPIRED, messages.WARNING)
            return HttpResponseRedirect(self.changelist_url())
        rows = self.get_queryset(request).filter(pk__in=selection.ids)
        if not rows.exists():
            gone = "What was selected is not there any more."
            self.message_user(request, gone, messages.WARNING)
            return HttpResponseRedirect(self.changelist_url())
        answer: HttpResponse = known[0].question(self, request, rows, selection)
        return answer

    def selected(self, request: Any, records: list[Any]) -> Selection:
        ids = [str(record.pk) for record in records]
        return Selection.keep(request, self.opts.label, ids)

    def lead_to_question(
        self, request: Any, action: str, records: list[Any]
    ) -> HttpResponse:
        if not records:
            gone = "What was selected is not there any more."
            self.message_user(request, gone, messages.WARNING)
            return HttpResponseRedirect(self.changelist_url())
        selection = self.selected(request, records)
        return HttpResponseRedirect(self.question_url(action, selection))

    def question_url(self, action: str, selection: Selection) -> str:
        info = f"{self.opts.app_label}_{self.opts.model_name}"
        page = reverse(f"{self.admin_site.name}:{info}_action", args=[action])
        return f"{page}?{PARAMETER}={selection.key}"

    def told(self, request: Any, error: Any, back: str) -> HttpResponse:
        told = error if isinstance(error, ValidationError) else refusals.words(error)
        self.message_user(request, " ".join(told.messages), messages.ERROR)
        return HttpResponseRedirect(back)

    def changelist_url(self) -> str:
        info = f"{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{self.admin_site.name}:{info}_changelist")

    def change_url(self, pk: Any) -> str:
        info = f"{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{self.admin_site.name}:{info}_change", args=[pk])


def _more(queryset: Any, bound: int) -> bool:
    return bool(queryset.order_by()[: bound + 1].count() > bound)
