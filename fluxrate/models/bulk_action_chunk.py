"""The parts of a bulk action: each is one transaction and one batch of changes."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from fluxrate.postgres.bounded import BoundedTimes

from .bulk_action import BulkAction


class BulkActionChunkQuerySet(models.QuerySet["BulkActionChunk"]):
    def claim(self) -> "BulkActionChunk | None":
        """The next chunk of an action that waits, locked until the transaction ends.

        Large and small actions take turns.
        """
        waiting = self.filter(
            done_at__isnull=True, bulk_action__status=BulkAction.Status.WAITING
        )
        locked = waiting.select_for_update(skip_locked=True, of=("self",))
        ordered = locked.select_related("bulk_action").order_by("number", "id")
        return ordered.first()


class BulkActionChunk(BoundedTimes):
    """A part of the rows; its id is that of the batch of its changes.

    `refused` has `[id, sentence]` for each row that was not changed.
    """

    id = models.UUIDField(primary_key=True)
    bulk_action = models.ForeignKey(
        BulkAction, on_delete=models.CASCADE, related_name="chunks", db_index=False
    )
    number = models.PositiveIntegerField()
    ids = ArrayField(models.TextField())
    total = models.PositiveIntegerField()
    changed = models.PositiveIntegerField(db_default=0)
    refused = models.JSONField(db_default=[])
    refused_count = models.PositiveIntegerField(db_default=0)
    attempts = models.PositiveSmallIntegerField(db_default=0)
    done_at = models.DateTimeField(null=True)

    objects: ClassVar = BulkActionChunkQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["bulk_action", "number"],
                name="bulk_action_chunk_number",
                violation_error_code="conflict",
                violation_error_message="The action has a chunk of this number.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.bulk_action_id} {self.number}"

    def finish(self, changed: int, refused: list[list[str]]) -> None:
        """Store the outcome in the transaction of the changes."""
        BulkActionChunk.objects.filter(pk=self.pk).update(
            changed=changed,
            refused=refused,
            refused_count=len(refused),
            done_at=Now(),
        )

    def fail(self, sentence: str, *, is_final: bool) -> None:
        """Count an attempt; after the last one, all rows are refused."""
        if is_final:
            self.finish(0, [[pk, sentence] for pk in self.ids])
        else:
            chunk = BulkActionChunk.objects.filter(pk=self.pk)
            chunk.update(attempts=models.F("attempts") + 1)
