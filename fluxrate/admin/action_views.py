"""Actions on selected rows: the list redirects to a confirmation page."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path

from fluxrate.text import reason_text

from . import errors
from .actions import MAX_RECORDS, ConfirmedAction
from .batches import batch_of_action
from .password_again import MAX_WITHOUT_PASSWORD, require_password
from .query_values import are_primary_keys
from .selection import Selection
from .urls import NOTHING_LEFT, AdminURLs

TOO_MANY = (
    f"An action runs on at most {MAX_RECORDS:,} records. Narrow the list with the "
    "search or a filter, or go page by page."
)
EXPIRED = "The selection has expired. Select the records again."


class ActionsAdmin(AdminURLs):
    """`actions` are instances of ConfirmedAction."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.confirmation_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_action"
        return [path("action/<str:action>/", view, name=name), *super().get_urls()]

    def response_action(
        self, request: HttpRequest, queryset: QuerySet, *args: Any, **options: Any
    ) -> HttpResponse | None:
        """Run the chosen action on at most `MAX_RECORDS`; show an error on the list."""
        try:
            ids = request.POST.getlist("_selected_action")
            if not are_primary_keys(self.model, ids):
                raise ValidationError("No record has such an id.")
            across = request.POST.get("select_across") == "1"
            if len(ids) > MAX_RECORDS or (across and _exceeds(queryset, MAX_RECORDS)):
                raise ValidationError(TOO_MANY)
            reason_text(request.POST.get("reason", ""))
            return super().response_action(request, queryset, *args, **options)
        except (ValidationError, *errors.SAVE_ERRORS) as error:
            return self.redirect_with_error(request, error, request.get_full_path())

    def confirmation_view(self, request: HttpRequest, action: str) -> HttpResponseBase:
        function: object = (self.get_actions(request).get(action) or [None])[0]
        if not isinstance(function, ConfirmedAction):
            raise PermissionDenied
        selection = Selection.from_request(request, self.opts.label)
        if selection is None:
            return self.redirect_to_list(request, EXPIRED)
        rows = self.get_queryset(request).filter(pk__in=selection.ids)
        if not rows.exists():
            return self.redirect_to_list(request, NOTHING_LEFT)
        if request.method == "POST" and len(selection.ids) > MAX_WITHOUT_PASSWORD:
            require_password(request)
        with batch_of_action(request, action, self.model, selection.ids):
            return function.confirm(self, request, rows, selection)


def _exceeds(queryset: QuerySet, bound: int) -> bool:
    return queryset.order_by()[: bound + 1].count() > bound
