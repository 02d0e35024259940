"""An action on several records is a batch, with a link to undo it in its message."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from fluxrate.context import context
from fluxrate.ids import uuid7
from fluxrate.models import Event, Owned
from fluxrate.models.batch_transaction import changes_of, describe_batch
from fluxrate.postgres.attribution import atomic_as

from .requests import staff_actor


@contextmanager
def batch_of_action(
    request: HttpRequest, name: str, model: type[Model], ids: list[str]
) -> Iterator[None]:
    """The changes of several records within the block are one batch of each of their
    organizations.
    """
    if request.method != "POST" or len(ids) < 2 or not _is_revertible(model):
        yield
        return
    batch_id = uuid7()
    with context(batch=str(batch_id)):
        yield
        with atomic_as(staff_actor(request)):
            described = _describe(batch_id, f"admin.{name}")
    for event in described:
        url = reverse("admin:fluxrate_event_revert", args=[event.pk])
        sentence = format_html('This can be undone: <a href="{}">Undo</a>.', url)
        messages.info(request, sentence)


def _is_revertible(model: type[Model]) -> bool:
    return issubclass(model, Owned) and bool(model.revert_scope)


def _describe(batch_id: uuid.UUID, kind: str) -> list[Event]:
    owners = changes_of(batch_id).values_list("organization_id", flat=True).distinct()
    events = [describe_batch(batch_id, owner, kind) for owner in sorted(owners)]
    return [event for event in events if event is not None]
