"""The history of a record in the admin: its events, instead of Django's log entries."""

import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from fluxrate.admin.base import REVISION, BaseAdmin
from fluxrate.admin.changelist import BoundedPaginator
from fluxrate.admin.query_values import parse_uuid
from fluxrate.models import Event
from fluxrate.postgres.triggers import object_type

PER_PAGE = 50
MAX_EVENTS, MAX_AUTHORS = 20, 3


class HistoryAdmin(BaseAdmin):
    """Triggers record every change by any writer as an event. Django's log would
    repeat the admin's changes, and would store the names of deleted customers.
    """

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Model, message: object) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: QuerySet) -> Any:
        return None

    def event_object_id(self, object_id: str) -> uuid.UUID | None:
        """The `object_id` of the record's events; None if the URL's id is malformed."""
        return parse_uuid(object_id)

    def author(self, request: HttpRequest, record: Model) -> str:
        """The users who have changed the record since the form's revision."""
        revision = request.POST.get(REVISION, "")
        if not (revision.isascii() and revision.isdecimal() and len(revision) < 10):
            return super().author(request, record)
        events = Event.objects.filter(
            object_id=record.pk, revision__gt=int(revision)
        ).order_by("id")
        actors = dict.fromkeys(events.values_list("actor", flat=True)[:MAX_EVENTS])
        names = [_name(actor) for actor in actors if actor]
        return " and ".join(names[:MAX_AUTHORS]) or super().author(request, record)

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Newest first, also for a deleted record."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        event_object_id = self.event_object_id(object_id)
        if event_object_id is None:
            return HttpResponseRedirect(self.changelist_url())
        record = self.get_object(request, object_id)
        # The type is compared, too: a permission to view customers must not show the
        # history of a user.
        events = Event.objects.filter(
            object_id=event_object_id, object_type=object_type(self.model)
        ).order_by("-id")
        page = BoundedPaginator(events, PER_PAGE).get_page(request.GET.get("p"))
        context = self.admin_site.each_context(request) | {
            "title": "History",
            "subtitle": str(record or object_id),
            "opts": self.opts,
            "object": record,
            "page": page,
        }
        return TemplateResponse(request, "admin/history.html", context)


def _name(actor: str) -> str:
    """The email of a user; otherwise the actor as the event names it."""
    kind, _, pk = actor.partition(":")
    user_id = parse_uuid(pk) if kind in {"staff", "user"} else None
    if user_id is None:
        return actor
    emails = get_user_model().objects.filter(pk=user_id).values_list("email", flat=True)
    return emails.first() or actor
