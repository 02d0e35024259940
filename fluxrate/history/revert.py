"""The revert of a batch: rows and fields go back to their state before it.

What somebody has changed since stays, and so does what a rule forbids by now; the
outcome lists it with the reason.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db.models import Model

from fluxrate.errors import RuleBroken
from fluxrate.models import Owned
from fluxrate.models.batch import REVERTED, Batch
from fluxrate.models.batch_transaction import batch, count_changes
from fluxrate.models.event import write_event
from fluxrate.postgres.advisory_lock import lock_in_transaction
from fluxrate.postgres.triggers import object_type

from .changed_object import Left
from .revert_rows import ModelRevert

KIND = "revert"


class NotRevertible(RuleBroken):
    """`reason` is `already_reverted` or `expired`."""

    code = "not_revertible"
    message = "The batch cannot be reverted any more."


@dataclass
class Outcome:
    """The revert's own batch (None if nothing changed), its counts, and the rest."""

    batch_id: uuid.UUID | None = None
    counts: dict[str, int] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)


def revertible_models() -> dict[str, type[Owned]]:
    """Models whose changes a revert takes back, by object type, parents first."""
    models = [model for model in apps.get_models() if issubclass(model, Owned)]
    return {object_type(model): model for model in models if model.revert_scope}


def revert(
    reverted: Batch,
    organization: Model,
    *,
    actor: object,
    reason: str | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Revert the batch, as a batch of its own; a dry run rolls it back."""
    about = {"reverts": str(reverted.object_id)}
    with batch(
        actor, organization, KIND, reason=reason, dry_run=dry_run, **about
    ) as own:
        _lock(reverted)
        outcome = Outcome(left=list(_revert(reverted, own)))
        outcome.counts = count_changes(own, organization.pk)
        if outcome.counts and not dry_run:
            outcome.batch_id = own
            write_event(REVERTED, organization, object_id=reverted.object_id)
    return outcome


def _lock(reverted: Batch) -> None:
    """Let one revert of the batch run; refuse a second one, or one that is too late."""
    lock_in_transaction(f"batch {reverted.object_id}")
    state = Batch.objects.get(
        pk=reverted.pk, organization_id=reverted.organization_id
    ).state
    if state == "expired":
        message = "A batch can be reverted for seven days."
        raise NotRevertible(message, reason="expired")
    if state == "reverted":
        message = "The batch was reverted already."
        raise NotRevertible(message, reason="already_reverted")


def _revert(reverted: Batch, own: uuid.UUID) -> Iterator[Left]:
    """Delete new rows, restore deleted ones, put fields back; yield what stays."""
    known = revertible_models()
    parts = [
        ModelRevert(model, reverted, own)
        for name, model in known.items()
        if name in reverted.object_types
    ]
    for name in reverted.object_types - known.keys():
        yield Left(name, None, "not_revertible")
    for part in parts:
        part.read()
    for part in reversed(parts):
        part.delete()
    for part in parts:
        part.restore()
    for part in parts:
        part.put_back()
    # A change may have waited for another one.
    for part in parts:
        part.retry()
    for part in parts:
        yield from part.left
