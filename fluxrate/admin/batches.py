"""The batches that describe what a transaction of staff changed."""

import uuid

from fluxrate.models import Event
from fluxrate.models.batch_transaction import changes_of, describe_batch


def describe(batch_id: uuid.UUID, kind: str) -> list[Event]:
    """Describe the batch to each organization whose rows it changed."""
    owners = changes_of(batch_id).values_list("organization_id", flat=True).distinct()
    events = [describe_batch(batch_id, owner, kind) for owner in sorted(owners)]
    return [event for event in events if event is not None]
