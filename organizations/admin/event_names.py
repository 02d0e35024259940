"""The names of the actors and objects of events, on a list and on a page."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.html import format_html

from fluxrate.admin.changelist import BaseChangeList
from fluxrate.history.timeline import Entry
from fluxrate.models import Event

from .timeline import entries, object_url


class EventChangeList(BaseChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        add_names(request, self.result_list)


def add_names(request: HttpRequest, events: Iterable[Event]) -> None:
    """Store each event's entry; one statement reads the names."""
    for entry in entries(request, events):
        entry.event.entry = entry  # type: ignore[attr-defined]


def actor_link(event: Event) -> str:
    entry = _entry(event)
    return _link(entry.who_url, entry.who)


def object_link(event: Event) -> str:
    """The object's name at the time of the event, or the beginning of its id."""
    entry = _entry(event)
    return _link(entry.url, entry.subject or f"{str(event.object_id)[:8]}…")


def object_history_url(request: HttpRequest, event: Event) -> str:
    return object_url(request, event, history=True)


def _entry(event: Event) -> Entry:
    entry: Entry = event.entry  # type: ignore[attr-defined]
    return entry


def _link(url: str, text: str) -> str:
    return format_html('<a href="{}">{}</a>', url, text) if url else text
