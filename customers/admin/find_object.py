"""The object with an id, of whichever kind, deleted or not."""

import re
import uuid
from typing import cast

from django.apps import apps
from django.contrib import admin
from django.db.models import Manager, Model, QuerySet, TextField, Value
from django.http import HttpRequest

from customers.search.terms import Terms
from fluxrate.admin.urls import AdminURLs
from fluxrate.models import Event
from organizations.admin import object_url

# The events that are searched for the id of a request.
RECENT = 20_000
_ID = re.compile(r"(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)


def pasted_id(text: str) -> uuid.UUID | None:
    """The only id in a text: bare, quoted, in an address, or in `staff:<id>`."""
    ids = Terms(text).ids
    if ids is not None and ids[0] == ids[1]:
        return ids[0]
    inside = {item.lower() for item in _ID.findall(text)}
    return uuid.UUID(inside.pop()) if len(inside) == 1 else None


def url_of_id(request: HttpRequest, pk: uuid.UUID) -> str:
    """The page of the object, or the history of a deleted one; "" for none."""
    kinds = {model._meta.label: model for model in _viewed(request)}
    rows = [_label(model, pk) for model in kinds.values()]
    if rows:
        first, *others = rows
        for label in first.union(*others, all=True) if others else first:
            urls = admin.site.get_model_admin(kinds[label])
            return urls.page_url(pk) if isinstance(urls, AdminURLs) else ""
    event = Event.objects.filter(object_id=pk).order_by("-id").first()
    return object_url(request, event) if event else _url_of_request(request, pk)


def _url_of_request(request: HttpRequest, pk: uuid.UUID) -> str:
    """The first event of a recent request: no index has the ids of requests."""
    events = admin.site.get_model_admin(Event)
    if not isinstance(events, AdminURLs) or not events.has_view_permission(request):
        return ""
    recent = Event.objects.order_by("-id").values("pk")[:RECENT]
    of_request = Event.objects.filter(pk__in=recent, request_id=str(pk))
    event = of_request.order_by("id").first()
    return events.page_url(event.pk) if event else ""


def _label(model: type[Model], pk: uuid.UUID) -> QuerySet:
    manager = cast("Manager[Model]", model._meta.default_manager)
    rows: QuerySet = manager.filter(pk=pk).order_by()
    label = Value(model._meta.label, TextField())
    labels: QuerySet = rows.annotate(kind=label).values_list("kind", flat=True)
    return labels


def _viewed(request: HttpRequest) -> list[type[Model]]:
    """The registered models with ids that the user may view."""
    return [
        model
        for model in apps.get_models()
        if admin.site.is_registered(model)
        and model._meta.pk.get_internal_type() == "UUIDField"
        and admin.site.get_model_admin(model).has_view_permission(request)
    ]
