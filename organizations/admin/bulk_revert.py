"""The take-back of a bulk action: the reverts of its batches, chunk by chunk."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import HttpRequest

from fluxrate.admin.bulk import INLINE
from fluxrate.admin.requests import staff_id
from fluxrate.history.changed_object import Left
from fluxrate.history.revert import NotRevertible, Outcome, revert
from fluxrate.ids import uuid7
from fluxrate.models import Batch, BulkAction, BulkActionChunk
from organizations.models import Organization


def begin_revert(
    request: HttpRequest, bulk_action: BulkAction, reason: str
) -> BulkAction:
    """Save the take-back, which the worker runs; a small one runs at once.

    The running transaction must have locked the bulk action.
    """
    new = BulkAction.objects.create(
        user_id=staff_id(request),
        model=bulk_action.model,
        action="take_back",
        status=BulkAction.Status.WAITING,
        reason=reason,
        reverts=bulk_action,
    )
    changed = bulk_action.chunks.filter(changed__gt=0)
    chunks = BulkActionChunk.objects.bulk_create(
        BulkActionChunk(
            id=uuid7(),
            bulk_action=new,
            number=chunk.number,
            ids=[str(chunk.pk)],
            total=chunk.changed,
        )
        for chunk in changed.only("number", "changed")
    )
    new.total = sum(chunk.total for chunk in chunks)
    new.save(update_fields=["total"])
    if new.total <= INLINE:
        for chunk in chunks:
            revert_chunk(chunk)
        BulkAction.objects.filter(pk=new.pk).finish()
    return new


def revert_chunk(chunk: BulkActionChunk) -> None:
    """Revert the batches of the chunk, one of each organization; store what stays."""
    left = list(_revert(chunk))
    objects = {each.object_id for each in left}
    refused = [[str(each.object_id or ""), _sentence(each)] for each in left]
    chunk.finish(max(0, chunk.total - len(objects)), refused)


def _revert(chunk: BulkActionChunk) -> Iterator[Left]:
    bulk_action = chunk.bulk_action
    for batch in batches_of(chunk.ids):
        try:
            yield from _outcome(bulk_action, batch).left
        except NotRevertible as error:
            yield Left(bulk_action.model, None, "not_revertible", details=str(error))


def _outcome(bulk_action: BulkAction, batch: Batch) -> Outcome:
    organization = Organization.objects.get(pk=batch.organization_id)
    return revert(
        batch, organization, actor=bulk_action.actor, reason=bulk_action.reason
    )


def batches_of(chunk_ids: list[str]) -> QuerySet:
    batches: QuerySet = Batch.objects.filter(object_id__in=chunk_ids).order_by("id")
    return batches


def preview(bulk_action: BulkAction) -> list[Left]:
    """What the take-back of a small bulk action would leave."""
    ids = [str(pk) for pk in bulk_action.chunks.values_list("pk", flat=True)]
    left: list[Left] = []
    for batch in batches_of(ids):
        organization = Organization.objects.get(pk=batch.organization_id)
        outcome = revert(batch, organization, actor=bulk_action.actor, dry_run=True)
        left += outcome.left
    return left


def _sentence(left: Left) -> str:
    return f"{left.field}: {left.message}" if left.field else left.message
