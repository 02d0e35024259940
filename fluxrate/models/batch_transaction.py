"""The transaction of a batch."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Count, Model

from fluxrate.ids import uuid7
from fluxrate.postgres.attribution import atomic_as

from .batch import CREATED, NOUN
from .event import Event, write_event


def count_changes(batch_id: uuid.UUID) -> dict[str, int]:
    """Event type → the number of the batch's changes."""
    changes = Event.objects.filter(batch_id=batch_id).exclude(object_type=NOUN)
    counts = changes.order_by().values_list("type").annotate(number=Count("pk"))
    return dict(counts)


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
        else:
            describe_batch(batch_id, organization, kind, **data)


def describe_batch(
    batch_id: uuid.UUID, organization: Model, kind: str, **data: object
) -> None:
    """Write `batch.created` with the counts of the batch's changes so far, if any."""
    counts = count_changes(batch_id)
    if counts:
        write_event(
            CREATED,
            organization,
            object_id=batch_id,
            data={"kind": kind, "counts": counts, **data},
        )
