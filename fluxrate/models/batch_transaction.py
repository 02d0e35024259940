"""The transaction of a batch."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Count, Model

from fluxrate.ids import uuid7
from fluxrate.postgres.attribution import atomic_as

from .batch import CREATED, NOUN
from .event import Event, EventQuerySet, write_event


def changes_of(batch_id: uuid.UUID) -> EventQuerySet:
    """The events of a batch that are changes of rows."""
    changes = Event.objects.filter(batch_id=batch_id).exclude(object_type=NOUN)
    rows: EventQuerySet = changes.order_by()
    return rows


def count_changes(batch_id: uuid.UUID, organization_id: uuid.UUID) -> dict[str, int]:
    """Event type → the number of the batch's changes of an organization's rows."""
    changes = changes_of(batch_id).filter(organization_id=organization_id)
    return dict(changes.values_list("type").annotate(number=Count("pk")))


@contextmanager
def batch(
    actor: object,
    organization: Model,
    kind: str,
    *,
    reason: str | None = None,
    dry_run: bool = False,
    **data: object,
) -> Iterator[uuid.UUID]:
    """A transaction whose changes are one batch of the organization.

    A batch without changes leaves no event, and a dry run leaves no change.
    """
    batch_id = uuid7()
    with atomic_as(actor, reason=reason, batch=str(batch_id)):
        yield batch_id
        if dry_run:
            transaction.set_rollback(True)
        if not transaction.get_rollback():
            describe_batch(batch_id, organization.pk, kind, **data)


def describe_batch(
    batch_id: uuid.UUID, organization_id: uuid.UUID, kind: str, **data: object
) -> Event | None:
    """Write `batch.created` with the counts of the batch's changes so far, if any."""
    counts = count_changes(batch_id, organization_id)
    if not counts:
        return None
    return write_event(
        CREATED,
        organization_id,
        object_id=batch_id,
        data={"kind": kind, "counts": counts, **data},
    )
