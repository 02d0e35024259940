from typing import Any

from django.db import connections, models
from django.db.models.functions import Now
from django.db.models.sql import UpdateQuery

from fluxrate.errors import RuleBroken
from fluxrate.ids import uuid7
from fluxrate.postgres.bounded import BoundedTimes
from fluxrate.postgres.triggers import history_triggers


class Recorded(BoundedTimes):
    """A row whose every change leaves an event.

    Triggers count `revision` up and set `updated_at`, whoever writes and whatever they
    write there. A Meta of one's own must inherit this one, or name its triggers.

    `save()` writes every column, so it is refused where the row is not any more the one
    that was read; `save(update_fields=…)` writes what it names, whatever else changed.
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

    def _do_update(  # type: ignore[override]
        self,
        base_qs: Any,
        using: Any,
        pk_val: Any,
        values: Any,
        update_fields: Any,
        forced_update: Any,
    ) -> bool:
        """Django's UPDATE of `save()`, under the revision that the object has.

        The same statement returns the new revision. An object that was behind stays so
        when it writes single columns: its other columns are old.
        """
        seen = self.__dict__.get("revision")
        rows = base_qs.filter(pk=pk_val)
        guarded = not update_fields and not self._state.adding and isinstance(seen, int)
        written = _update(
            rows.filter(revision=seen) if guarded else rows, values, using
        )
        if guarded and written is None:
            raise self.StaleRevision
        if written is not None and isinstance(seen, int) and written[0] <= seen + 1:
            self.revision, self.updated_at = written
        return written is not None


def _update(rows: Any, values: Any, using: str) -> Any:
    """The revision and the time that a row has after an UPDATE; None without a row."""
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_fields(values)
    sql, parameters = query.get_compiler(using).as_sql()
    with connections[using].cursor() as cursor:
        cursor.execute(f"{sql} RETURNING revision, updated_at", parameters)
        return cursor.fetchone()
