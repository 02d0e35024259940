"""Timelines in the admin: events with the names and pages of actors and objects."""

from collections.abc import Iterable

from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from fluxrate.admin.base import BaseAdmin
from fluxrate.admin.urls import AdminURLs
from fluxrate.history.timeline import Entry
from fluxrate.models import Event
from fluxrate.postgres.triggers import object_type

from .actor import actors, user_of


def entries(request: HttpRequest, events: Iterable[Event]) -> list[Entry]:
    """The events as entries; one statement reads the names of all actors."""
    events = list(events)
    known = actors({text for event in events for text in (event.actor, user_of(event))})
    return [
        Entry(
            event,
            known[event.actor].name,
            known[event.actor].url(request),
            object_url(request, event),
            *_form(request, event),
            known[user_of(event)].row_name,
        )
        for event in events
    ]


def _form(request: HttpRequest, event: Event) -> tuple[str, frozenset[str]]:
    """The address of the object's form if the user may change it, and its fields."""
    model = _models().get(event.object_type)
    urls = admin.site.get_model_admin(model) if model else None
    if not isinstance(urls, BaseAdmin) or not urls.has_change_permission(request):
        return "", frozenset()
    return urls.change_url(event.object_id), frozenset(urls.restorable_fields)


def object_url(request: HttpRequest, event: Event, *, history: bool = False) -> str:
    """The page of the event's object, or its history; the history of a deleted one;
    "" for none.
    """
    model = _models().get(event.object_type)
    if model is None or event.object_id is None:
        return ""
    urls = admin.site.get_model_admin(model)
    if not isinstance(urls, AdminURLs) or not urls.has_view_permission(request):
        return ""
    pk = event.object_id
    return urls.history_url(pk) if history or event.is_deletion else urls.page_url(pk)


def _models() -> dict[str, type[Model]]:
    """The registered models by the type of their events' objects."""
    registered = filter(admin.site.is_registered, apps.get_models())
    return {object_type(model): model for model in registered}
