"""Batches: the changes of one request or admin action, which can be reverted at once.

A batch has no row. Its changes are the events with its id; `batch.created` describes
it, and `batch.reverted` says that it was reverted and by which batch.
"""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self, cast

from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils.timezone import now

from .event import Event, EventQuerySet

NOUN = "batch"
CREATED, REVERTED = f"{NOUN}.created", f"{NOUN}.reverted"
REVERTIBLE_FOR = timedelta(days=7)


class BatchQuerySet(EventQuerySet):
    def with_revert(self) -> Self:
        """Batches with the id and the time of their revert, which may be null."""
        reverts = Event.objects.filter(
            organization_id=OuterRef("organization_id"),
            object_id=OuterRef("object_id"),
            type=REVERTED,
        )
        return self.annotate(
            reverted_by=Subquery(reverts.values("batch_id")[:1]),
            reverted_at=Subquery(reverts.values("created_at")[:1]),
        )


class BatchManager(
    models.Manager.from_queryset(BatchQuerySet)  # type: ignore[misc]
):
    def get_queryset(self) -> BatchQuerySet:
        rows: BatchQuerySet = super().get_queryset()
        return rows.filter(type=CREATED).with_revert()


class Batch(Event):
    """The event that describes a batch; `object_id` is the batch's id.

    `data` has `kind` (what made the changes), `counts` (event type → number of changes)
    and, for a revert, `reverts` (the id of the other batch).
    """

    reverted_by: uuid.UUID | None
    reverted_at: datetime | None

    objects: ClassVar = BatchManager()

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name_plural = "batches"

    @property
    def kind(self) -> str:
        return str(self.data.get("kind", ""))

    @property
    def counts(self) -> dict[str, int]:
        return dict(self.data.get("counts", {}))

    @property
    def reverts(self) -> str | None:
        return cast(str | None, self.data.get("reverts"))

    @property
    def revertible_until(self) -> datetime:
        return self.created_at + REVERTIBLE_FOR

    @property
    def state(self) -> str:
        if self.reverted_by is not None:
            return "reverted"
        return "revertible" if now() < self.revertible_until else "expired"

    @property
    def object_types(self) -> set[str]:
        return {name.rpartition(".")[0] for name in self.counts}
