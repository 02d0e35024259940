"""The history of a record in the admin: its events, instead of Django's log entries."""

import uuid
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.db.models.options import Options
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fluxrate.admin.base import REVISION, BaseAdmin
from fluxrate.admin.query_values import parse_uuid
from fluxrate.admin.urls import AdminURLs
from fluxrate.history.timeline import Entry
from fluxrate.models import DeletionEvent, Event
from fluxrate.postgres.triggers import object_type

from .actor import actors
from .history_filter import HistoryFilter, filter_query
from .history_paginator import HistoryPaginator
from .timeline import entries

PER_PAGE = 50
DELETED = _("This record has been deleted. Its history remains.")
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
        texts = dict.fromkeys(events.values_list("actor", flat=True)[:MAX_EVENTS])
        names = [actor.name for actor in actors(texts).values()]
        conjunction = gettext("and")
        shown = f" {conjunction} ".join(names[:MAX_AUTHORS])
        return shown or super().author(request, record)

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: "Options[Model]", object_id: str
    ) -> HttpResponse:
        """The history of a deleted record, if it has one that the user may see."""
        pk = self.event_object_id(object_id)
        events = Event.objects.filter(object_id=pk, object_type=object_type(self.model))
        if pk is None or not self.has_view_permission(request) or not events.exists():
            response: HttpResponse = super()._get_obj_does_not_exist_redirect(  # type: ignore[misc]
                request, opts, object_id
            )
            return response
        self.message_user(request, DELETED, messages.WARNING)
        return HttpResponseRedirect(self.history_url(object_id))

    def history_events(self, request: HttpRequest, pk: uuid.UUID) -> list[QuerySet]:
        """The events of the record, and of others that belong to its history.

        The type is compared, too: a permission to view customers must not show the
        history of a user.
        """
        events = Event.objects.filter(object_type=object_type(self.model))
        return [events.filter(object_id=pk)]

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
        own, *others = self.history_events(request, event_object_id)
        form = HistoryFilter(request.GET)
        kinds = list(map(form.filtered, (own, *others)))
        paginator = HistoryPaginator(kinds, PER_PAGE)
        page = paginator.get_page(request.GET.get("p"))
        timeline = entries(request, page)
        names = (entry.subject for entry in timeline if entry.subject)
        context = self.admin_site.each_context(request) | {
            "title": gettext("History"),
            "subtitle": str(record or next(names, object_id)),
            "opts": self.opts,
            "object": record,
            "page": page,
            "filter": form,
            "filter_query": filter_query(request, form),
            "timeline": timeline if record else list(map(_without_form, timeline)),
            "restore_url": ""
            if record
            else _restore_url(request, own.order_by("-id").first()),
        }
        return TemplateResponse(request, "admin/history.html", context)


def _without_form(entry: Entry) -> Entry:
    """A deleted record has no form that could show an earlier value."""
    return replace(entry, restorable=frozenset())


def _restore_url(request: HttpRequest, event: Event | None) -> str:
    """The page that restores what the event has deleted; "" for none."""
    urls = admin.site.get_model_admin(DeletionEvent)
    if event is None or not isinstance(urls, AdminURLs):
        return ""
    deletions = urls.get_queryset(request).filter(pk=event.pk)
    is_shown = urls.has_view_permission(request) and deletions.exists()
    return urls.change_url(event.pk) if is_shown else ""
