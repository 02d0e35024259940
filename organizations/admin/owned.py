"""The admin of every model that an organization owns."""

import secrets
import uuid
from datetime import datetime
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fluxrate.admin.actions import ModelAction, done
from fluxrate.admin.filter_sets import ListFilterSet
from fluxrate.admin.html import kind_badge, link
from fluxrate.admin.query_values import parse_uuid
from fluxrate.admin.requests import change_reason, staff_actor
from fluxrate.api.confirmation_errors import (
    ConfirmationExpired,
    InvalidConfirmation,
    PreviewStale,
)
from fluxrate.history.deletion_preview import PendingDeletion
from fluxrate.models import Owned
from fluxrate.models.limits import only_organization
from fluxrate.postgres.attribution import atomic_as
from fluxrate.text import normalized
from organizations.models import Organization

from .filter_sets import OwnerFilterSet
from .history import HistoryAdmin
from .saved_views import SavedViewsAdmin

TIMES = ("created_at", "updated_at")
CHANGED = _(
    "Something that this page counts has changed since. Compare the new counts."
)


def searched_organization(request: HttpRequest) -> uuid.UUID | None:
    """The one organization whose rows a list shows; None for several."""
    return parse_uuid(request.GET.get("organization", "")) or only_organization()


class OwnedAdmin(SavedViewsAdmin, HistoryAdmin):
    """The organization is chosen when a record is added, and never changes.

    The page of a deletion shows its preview, and deletes only what it has shown.
    """

    # The action that the page of a deletion offers instead of it.
    instead_of_deletion: ClassVar[str] = ""

    filter_set: ClassVar[type[ListFilterSet] | None] = OwnerFilterSet
    list_select_related: ClassVar[tuple[str, ...]] = ("organization",)
    title_columns = ("name", "organization__name")
    autocomplete_fields: ClassVar[tuple[str, ...]] = ("organization",)
    readonly_fields: ClassVar[tuple[str, ...]] = ("id", "revision", *TIMES)
    columns: ClassVar[tuple[str, ...]] = ("Record", "Organization")
    # Ids are in the order of creation, and each table has an index of them.
    sortable_by: ClassVar[tuple[str, ...]] = ("created",)

    @admin.display(ordering="id", description="created")
    def created(self, record: Owned) -> datetime:
        return record.created_at

    @admin.display(description="organization")
    def owner(self, record: Owned) -> SafeString:
        return owner_name(record.organization)

    def get_list_display(  # type: ignore[override]
        self, request: HttpRequest
    ) -> list[str]:
        """Without the organization if all rows belong to one."""
        names = map(str, super().get_list_display(request))
        is_chosen = searched_organization(request) is not None
        return [name for name in names if not (is_chosen and name == "owner")]

    def export_owner(self, request: HttpRequest) -> uuid.UUID | None:
        return searched_organization(request)

    def cells(self, record: Any) -> list[str]:
        return [link(record), owner_name(record.organization)]

    def label(self, record: Any) -> str:
        return f"{record} — {owner_text(record.organization)}"

    def delete_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        context = extra_context or {}
        if "instead" in request.POST and self.instead_of_deletion:
            return self._do_instead(request, object_id)
        if request.method != "POST" and self.has_delete_permission(request):
            context |= self._preview(request, object_id)
        return super().delete_view(request, object_id, context)

    def ends_live_rows(self, rows: QuerySet) -> bool:
        """Whether the deletion of the rows is dangerous, so that it is confirmed by
        their name or their number.
        """
        return False

    def deletion_confirmation(self, rows: QuerySet, total: int) -> str:
        if not self.ends_live_rows(rows):
            return ""
        return str(total if total > 1 else rows.get())

    def needs_name(self, record: Model) -> bool:
        return self.ends_live_rows(QuerySet(self.model).filter(pk=record.pk))

    def check_deletion(self, request: HttpRequest, object_id: str) -> None:
        record = self.get_object(request, object_id)
        typed = normalized(request.POST.get("name", ""))
        if record is not None and self.needs_name(record) and typed != str(record):
            raise ValidationError(gettext("Type the name as it is: %s.") % record)

    def _do_instead(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Run the other action at once, with the reason that was typed."""
        action = self.action(request, self.instead_of_deletion)
        data = {"reason": change_reason(request)}
        with atomic_as(staff_actor(request)):
            failures = action.perform(self, request, [object_id], data)
        for error in failures.values():
            return self.redirect_with_error(request, error, request.path)
        sentence = done(self.opts, action)
        self.message_user(request, sentence, messages.SUCCESS)
        return HttpResponseRedirect(self.page_url(object_id))

    def _preview(self, request: HttpRequest, object_id: str) -> dict[str, object]:
        record = cast(Owned | None, self.get_object(request, object_id))
        if record is None:
            return {}
        actions = [
            action
            for action in self.actions or ()
            if isinstance(action, ModelAction)
            and action.name == self.instead_of_deletion
            and action.available(record)
            and self.has_change_permission(request, record)
        ]
        return {
            "preview": _pending(request, record).preview(),
            "instead": actions,
            "needs_name": self.needs_name(record),
            "cells": list(zip(self.columns, self.cells(record), strict=True)),
            "form_id": secrets.token_urlsafe(16),
        }

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete only what the page has shown; its token says what that was."""
        token = request.POST.get("confirm")
        try:
            event = _pending(request, cast(Owned, obj)).delete(token, is_required=False)
        except (PreviewStale, InvalidConfirmation, ConfirmationExpired):
            raise ValidationError(CHANGED) from None
        if event is not None:
            url = reverse("admin:fluxrate_deletionevent_change", args=[event.pk])
            message = _(
                'It can be restored under <a href="{}">Deletions</a>. '
                '<a href="{}">Its history</a> remains.'
            )
            history = self.history_url(event.object_id)
            self.message_user(request, format_html(str(message), url, history))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Autocomplete can be limited to an organization, as the list can."""
        organization_id = parse_uuid(request.GET.get("organization", ""))
        if organization_id is not None:
            queryset = queryset.filter(organization_id=organization_id)
        return super().get_search_results(request, queryset, search_term)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str, ...]:
        names = tuple(super().get_readonly_fields(request, obj))
        return names if obj is None else (*names, "organization")


def owner_text(organization: Organization) -> str:
    """The name, marked if it is a test organization."""
    return f"{organization.name} (test)" if organization.is_test else organization.name


def owner_name(organization: Organization) -> SafeString:
    """The name, with a badge of a test or a live organization."""
    kind = kind_badge(organization.is_test)
    return format_html("<span>{} {}</span>", organization.name, kind)


def _pending(request: HttpRequest, record: Owned) -> PendingDeletion:
    return PendingDeletion(record, staff_actor(request), record.organization)
