"""A record's history in the admin: its events, instead of a log of the admin's own."""

import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from fluxrate.admin.base import REVISION, BaseAdmin
from fluxrate.admin.changelist import BoundedPaginator
from fluxrate.admin.query_values import parse_uuid
from fluxrate.models import Event
from fluxrate.postgres.triggers import object_type

PER_PAGE = 50
MOST_READ, SHOWN = 20, 3


class HistoryAdmin(BaseAdmin):
    """Events tell who changed what and why, whichever way; so nothing is logged twice,
    and no name of a deleted customer stays behind in a log."""

    def log_addition(self, *args: Any, **kwargs: Any) -> Any:
        return None

    def log_change(self, *args: Any, **kwargs: Any) -> Any:
        return None

    def log_deletions(self, *args: Any, **kwargs: Any) -> Any:
        return None

    def history_key(self, object_id: str) -> uuid.UUID | None:
        """The `object_id` of the record's events; None for what is no id."""
        return parse_uuid(object_id)

    def author(self, request: Any, record: Any) -> str:
        """Who has changed the record since the revision that the form was made of."""
        since = str(request.POST.get(REVISION, ""))
        if not (since.isascii() and since.isdecimal() and len(since) < 10):
            return super().author(request, record)
        events = Event.objects.filter(object_id=record.pk, revision__gt=int(since))
        actors = events.order_by("id").values_list("actor", flat=True)[:MOST_READ]
        names = [_name(actor) for actor in dict.fromkeys(actors)]
        return " and ".join(names[:SHOWN]) or super().author(request, record)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Newest first; for a record that is gone, too."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        key = self.history_key(object_id)
        if key is None:
            return HttpResponseRedirect(self.changelist_url())
        record = self.get_object(request, object_id)
        # A right to view customers is none to read the history of a user.
        mine = Event.objects.filter(object_id=key, object_type=object_type(self.model))
        events = mine.order_by("-id")
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
    """The address of the person whom an event names by an id; else as it names them."""
    kind, _, pk = actor.partition(":")
    known = parse_uuid(pk) if kind in {"staff", "user"} else None
    emails = get_user_model().objects.filter(pk=known).values_list("email", flat=True)
    return (known and emails.first()) or actor or "somebody else"
