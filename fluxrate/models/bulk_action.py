"""Actions of staff on many rows: the selected rows, and how far the action is."""

from datetime import timedelta
from typing import ClassVar, Self

from django.db import connection, models
from django.db.models import F, Func, Index, Q, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce, Now

from fluxrate.ids import uuid7
from fluxrate.postgres.bounded import BoundedTimes
from fluxrate.postgres.constraints import known_choice

CHUNK = 5_000
"""Rows of one transaction, which is one batch of changes."""

# The ids of a query's rows in chunks. An array keeps 500,000 ids in 100 rows.
_INSERT_CHUNKS = """
    INSERT INTO fluxrate_bulkactionchunk (id, bulk_action_id, number, ids, total)
    SELECT gen_random_uuid(), %s, number, array_agg(id::text ORDER BY id), count(*)
    FROM (
        SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS number
        FROM ({rows}) AS selected (id)
    ) AS numbered GROUP BY number
    RETURNING total
"""


class BulkActionStatus(models.TextChoices):
    SELECTED = "SELECTED", "Not confirmed"
    WAITING = "WAITING", "In progress"
    STOPPED = "STOPPED", "Stopped"
    DONE = "DONE", "Done"


class BulkActionQuerySet(models.QuerySet["BulkAction"]):
    def with_progress(self) -> Self:
        """With the number of rows that are done, changed and refused."""
        return self.annotate(
            done=Coalesce(
                Sum("chunks__total", filter=Q(chunks__done_at__isnull=False)), 0
            ),
            changed=Coalesce(Sum("chunks__changed"), 0),
            refused_count=Coalesce(Sum("chunks__refused_count"), 0),
        )

    def finish(self) -> int:
        """Mark the actions whose last chunk is done; returns how many."""
        waiting = self.filter(status=BulkActionStatus.WAITING)
        finished = waiting.exclude(chunks__done_at__isnull=True)
        return finished.update(status=BulkActionStatus.DONE, finished_at=Now())

    def stale(self) -> Self:
        """Selections of yesterday that nobody confirmed, and results of last month."""
        is_selection = Q(status=BulkActionStatus.SELECTED)
        return self.filter(
            Q(is_selection, created_at__lt=Now() - timedelta(hours=12))
            | Q(finished_at__lt=Now() - timedelta(days=30))
        )


class BulkAction(BoundedTimes):
    """An action on the rows of its chunks: first selected, then confirmed, then done.

    `form_data` is the urlencoded form of the question, `errors` its errors by field.
    The take-back of another bulk action `reverts` that one.
    """

    Status = BulkActionStatus
    done: int
    changed: int
    refused_count: int

    id = models.UUIDField(primary_key=True, default=uuid7)
    user_id = models.UUIDField()
    model = models.TextField()
    action = models.TextField()
    status = models.CharField(
        max_length=8, choices=BulkActionStatus, default=BulkActionStatus.SELECTED
    )
    total = models.PositiveIntegerField(default=0)
    form_data = models.TextField(default="")
    errors = models.JSONField(default=dict)
    reason = models.TextField(default="")
    request_id = models.TextField(default="")
    reverts = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="reversals"
    )
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar = BulkActionQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            known_choice("status", BulkActionStatus, name="bulk_action_status_known")
        ]
        indexes = [
            Index(
                fields=["created_at"],
                condition=Q(status="WAITING"),
                name="bulk_action_waiting",
            ),
            Index(fields=["user_id", "-id"], name="bulk_action_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"

    @property
    def actor(self) -> str:
        return f"staff:{self.user_id}"

    def select(self, rows: QuerySet) -> None:
        """Save the action with the ids of the rows, which one statement copies."""
        self.save(force_insert=True)
        sql, parameters = rows.order_by().values("pk").query.sql_with_params()
        statement = _INSERT_CHUNKS.format(rows=sql)
        with connection.cursor() as cursor:
            cursor.execute(statement, [self.pk, CHUNK, *parameters])
            self.total = sum(total for (total,) in cursor.fetchall())
        self.save(update_fields=["total"])

    def stop(self) -> None:
        """Let no further chunk begin."""
        self._move(BulkActionStatus.WAITING, BulkActionStatus.STOPPED)

    def resume(self) -> None:
        self._move(BulkActionStatus.STOPPED, BulkActionStatus.WAITING)

    def _move(self, before: BulkActionStatus, after: BulkActionStatus) -> None:
        rows = BulkAction.objects.filter(pk=self.pk, status=before)
        finished_at = Now() if after == BulkActionStatus.STOPPED else None
        rows.update(status=after, finished_at=finished_at)

    def rows(self, rows: QuerySet) -> QuerySet:
        """The rows of the query that are selected."""
        pk = type(rows.model._meta.pk)()
        ids = Cast(Func(F("chunks__ids"), function="unnest"), pk)
        own = BulkAction.objects.filter(pk=self.pk)
        selected: QuerySet = rows.filter(pk__in=own.values_list(ids))
        return selected
