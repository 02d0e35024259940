from datetime import datetime
from typing import Any, TypeAlias, TypedDict, cast

from django.apps import apps
from django.db import connections, models
from django.db.models.functions import Now
from django.db.models.sql import UpdateQuery
from django.utils.translation import override

from fluxrate.errors import RuleBroken
from fluxrate.ids import uuid7
from fluxrate.postgres.bounded import BoundedTimes
from fluxrate.postgres.triggers import history_triggers


class NounCount(TypedDict):
    total: int
    by_status: dict[str, int]


RowCounts: TypeAlias = dict[str, NounCount]
"""Rows by the plural noun: `{"subscriptions": {"total": 2, "by_status": {…}}}`."""


def nouns(model: type[models.Model]) -> str:
    """The model's rows in responses, such as `api_keys`, in any language of staff."""
    with override(None):
        return str(model._meta.verbose_name_plural).lower().replace(" ", "_")


class DeletionWarning(TypedDict):
    code: str
    message: str
    count: int


class Recorded(BoundedTimes):
    """A row whose every change leaves an event.

    Triggers increment `revision` and set `updated_at`, whatever a writer sets there. A
    subclass's Meta must inherit this one or repeat its triggers.

    `save()` writes every column, so it raises StaleRevision if the row has changed
    since it was read; `save(update_fields=…)` writes these columns without that check.
    """

    class StaleRevision(RuleBroken):
        code = "stale_revision"
        message = (
            "Somebody has changed or deleted this since it was read. Read it again "
            "(refresh_from_db), or write single columns (update_fields)."
        )

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.PositiveIntegerField(db_default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True
        triggers = history_triggers()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self} {self.pk}>"

    def history(self) -> models.QuerySet:
        """The events of its changes, newest first."""
        events: models.QuerySet = models.QuerySet(apps.get_model("fluxrate", "Event"))
        return events.filter(object_id=self.pk, revision__gt=0).order_by("-id")

    def deletion_warnings(self, counts: RowCounts) -> list[DeletionWarning]:
        """What to consider before a deletion that deletes so many rows."""
        return []

    def _do_update(  # type: ignore[override]
        self,
        base_qs: models.QuerySet[Any],
        using: str,
        pk_val: Any,
        values: Any,
        update_fields: object,
        forced_update: bool,
    ) -> bool:
        """Django's UPDATE in `save()`, of the revision that was read.

        The statement returns the new revision. A stale object keeps its old revision
        when it writes single columns, since its other columns are old.
        """
        read = self.__dict__.get("revision")
        rows = base_qs.filter(pk=pk_val)
        guarded = not update_fields and not self._state.adding and isinstance(read, int)
        written = _update(
            rows.filter(revision=read) if guarded else rows, values, using
        )
        if guarded and written is None:
            raise self.StaleRevision
        if written is not None and isinstance(read, int) and written[0] <= read + 1:
            self.revision, self.updated_at = written
        return written is not None


def _update(
    rows: models.QuerySet[Any], values: Any, using: str
) -> tuple[int, datetime] | None:
    """The row's revision and updated_at after an UPDATE; None if there is no row."""
    query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
    query.add_update_fields(values)
    sql, parameters = query.get_compiler(using).as_sql()
    with connections[using].cursor() as cursor:
        cursor.execute(f"{sql} RETURNING revision, updated_at", parameters)
        return cast(tuple[int, datetime] | None, cursor.fetchone())
