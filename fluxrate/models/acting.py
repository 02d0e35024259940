"""What a shell does in one block: one transaction, one reason, one batch."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from fluxrate.context import current
from fluxrate.ids import uuid7
from fluxrate.postgres.attribution import atomic_as
from fluxrate.text import reason_text

from .batch_transaction import changes_of, describe_batch
from .event import INSTALLATION

KIND = "shell"


@contextmanager
def acting(*, reason: str, actor: str = "") -> Iterator[uuid.UUID]:
    """A transaction whose changes have the reason, and are one batch: yields its id.

    The default actor is the process's own: in `manage.py shell`, the system user.
    ValidationError if the reason has two lines or over 500 characters. Within another
    block, the changes belong to the batch of the outer one.
    """
    outer = current().batch
    batch_id = uuid.UUID(outer) if outer else uuid7()
    name = actor or current().actor
    with atomic_as(name, reason=reason_text(reason), batch=str(batch_id)):
        yield batch_id
        if not outer:
            _describe(batch_id)


def _describe(batch_id: uuid.UUID) -> None:
    """Write `batch.created` for each organization whose rows have changed."""
    changes = changes_of(batch_id).exclude(organization_id=INSTALLATION)
    for owner in changes.values_list("organization_id", flat=True).distinct():
        describe_batch(batch_id, owner, KIND)
