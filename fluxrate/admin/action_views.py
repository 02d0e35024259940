"""Actions on selected rows: the list redirects to a confirmation page."""

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from fluxrate.models import BulkAction
from fluxrate.text import reason_text

from . import errors
from .actions import ModelAction
from .confirmation import Confirmation
from .query_values import are_primary_keys
from .question import QuestionAdmin
from .selection import selection_of
from .urls import NOTHING_LEFT

EXPIRED = _("The selection has expired. Select the records again.")


class ActionsAdmin(QuestionAdmin):
    """`actions` are instances of ModelAction."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.confirmation_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_action"
        return [path("action/<str:action>/", view, name=name), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """The whole list is selected without a row, too: scripts select the rows."""
        if (
            request.POST.get("select_across") == "1"
            and ACTION_CHECKBOX_NAME not in request.POST
        ):
            data = request.POST.copy()
            data[ACTION_CHECKBOX_NAME] = ""
            request.POST = data  # type: ignore[assignment]
        return super().changelist_view(request, extra_context)

    def response_action(  # type: ignore[override]
        self, request: HttpRequest, queryset: QuerySet
    ) -> HttpResponse | None:
        """Select the rows, and redirect to the question; errors are for the list."""
        try:
            ids = list(filter(None, request.POST.getlist(ACTION_CHECKBOX_NAME)))
            if not are_primary_keys(self.model, ids):
                raise ValidationError(_("No record has such an id."))
            reason_text(request.POST.get("reason", ""))
            return super().response_action(request, queryset)
        except (ValidationError, *errors.SAVE_ERRORS) as error:
            return self.redirect_with_error(request, error, request.get_full_path())

    def action(self, request: HttpRequest, name: str) -> ModelAction:
        """The action of this name; raises PermissionDenied for any other name."""
        function: object = (self.get_actions(request).get(name) or [None])[0]
        if not isinstance(function, ModelAction):
            raise PermissionDenied
        return function

    def confirmation_view(self, request: HttpRequest, action: str) -> HttpResponseBase:
        function = self.action(request, action)
        selection = selection_of(request, self.opts.label_lower, action)
        if selection is None:
            return self.redirect_to_list(request, EXPIRED)
        if selection.status != BulkAction.Status.SELECTED:
            url = reverse("admin-bulk-action", args=[selection.pk])
            return HttpResponseRedirect(url)
        confirmation = Confirmation(self, request, function, selection)
        if not confirmation.rows.exists():
            return self.redirect_to_list(request, NOTHING_LEFT)
        if request.method != "POST":
            return confirmation.page()
        try:
            return confirmation.confirm()
        except errors.SAVE_ERRORS as error:
            return self.redirect_with_error(request, error, confirmation.url)
