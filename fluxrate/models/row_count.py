"""Exact row counts, written by triggers: a list costs the same at any size.

Each organization's rows are counted by status in 16 slots. A backend adds to the slot
of its process number, so that concurrent writers seldom wait for one another. The total
is the sum over the slots; a single slot may be negative.
"""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

import pgtrigger
from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Sum
from django.db.models.expressions import RawSQL

from fluxrate.postgres.triggers import CallFunction, transition_tables

from .querysets import LimitedQuerySet
from .row_interval import MISMATCHES, recount_intervals

SLOTS = 16


class CountMismatch(NamedTuple):
    """A wrong count of a status, or of the interval below an id."""

    organization_id: uuid.UUID
    counts: str
    stored: int
    counted: int


class ListPosition(NamedTuple):
    """A row of a list, newest first: the number `skipped` of rows below an id.

    Without an id, it is the number of all rows.
    """

    total: int
    below: uuid.UUID | None
    skipped: int


class RowCount(models.Model):
    """The rows of a model in a status that one slot of an organization counts."""

    pk = models.CompositePrimaryKey("organization_id", "model", "status", "slot")
    # No foreign key: a cascade still subtracts rows after it deleted the organization.
    organization_id = models.UUIDField()
    model = models.CharField(max_length=63)
    status = models.CharField(max_length=8)
    slot = models.SmallIntegerField()
    rows = models.BigIntegerField()

    objects = LimitedQuerySet.as_manager()


class CountTrigger(CallFunction):
    """Adds what a statement changed to the row counts."""

    level, when, function = pgtrigger.Statement, pgtrigger.After, "count_rows"

    def arguments(self, model: models.Model) -> list[str]:
        return [str(SLOTS)]


class CountInsert(CountTrigger):
    name, operation = "row_count_insert", pgtrigger.Insert
    referencing = transition_tables(new="new_rows")


class CountUpdate(CountTrigger):
    name, operation = "row_count_update", pgtrigger.Update
    referencing = transition_tables(old="old_rows", new="new_rows")


class CountDelete(CountTrigger):
    name, operation = "row_count_delete", pgtrigger.Delete
    referencing = transition_tables(old="old_rows")


class CountTruncate(CountTrigger):
    name, operation = "row_count_truncate", pgtrigger.Truncate


def row_count_triggers() -> list[pgtrigger.Trigger]:
    """The triggers that count the rows of a model with `organization` and `status`."""
    return [
        CountInsert(),
        CountUpdate(),
        CountDelete(),
        CountTruncate(),
    ]


class StoredCount:
    """The row count of an organization's rows of a model, in some statuses or all."""

    def __init__(
        self,
        model: type[models.Model],
        organization_id: uuid.UUID,
        statuses: Sequence[str] = (),
    ) -> None:
        self._sql = (
            "SELECT coalesce(sum(rows), 0)::bigint FROM fluxrate_rowcount "
            "WHERE model = %s AND organization_id = %s"
        )
        table = model._meta.db_table
        self._parameters: list[str | uuid.UUID] = [table, organization_id, *statuses]
        if statuses:
            self._sql += f" AND status IN ({', '.join(['%s'] * len(statuses))})"

    def sql_with_params(self) -> tuple[str, list[str | uuid.UUID]]:
        return self._sql, self._parameters

    def expression(self) -> RawSQL:
        """A subquery for the statement that reads the rows."""
        # Every list reads it; built by the ORM it costs an eighth of the request.
        return RawSQL(self._sql, self._parameters)  # noqa: S611

    def locate(self, start: int) -> ListPosition:
        """The row at `start` of the list of all rows, counted off from near it."""
        if len(self._parameters) > len(("model", "organization")):
            return ListPosition(self.read(), None, start)
        with connection.cursor() as cursor:
            cursor.execute(
                _LOCATE.format(total=self._sql), [*self._parameters * 2, start]
            )
            total, below, reached = cursor.fetchone()
        if below is None:
            return ListPosition(total, None, start)
        return ListPosition(total, below, reached - (total - start))

    def read(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(self._sql, self._parameters)
            return int(cursor.fetchone()[0])


# The interval that contains the row at a place, counted from the newest.
_LOCATE = """
SELECT total, below, reached::bigint
FROM ({total}) AS counts (total)
LEFT JOIN (
    SELECT below, sum(rows) OVER (ORDER BY below) AS reached
    FROM fluxrate_rowinterval WHERE model = %s AND organization_id = %s AND is_counted
) AS intervals ON reached >= total - %s
ORDER BY below LIMIT 1
"""


def count_by_status(
    model: type[models.Model], organization_id: uuid.UUID
) -> dict[str, int]:
    """The row counts of an organization's rows, in each status that occurs."""
    rows = RowCount.objects.filter(
        model=model._meta.db_table, organization_id=organization_id
    )
    return dict(rows.values_list("status").annotate(total=Sum("rows")))


def counted_models() -> list[type[models.Model]]:
    """Every model whose rows are counted by triggers."""
    return [model for model in apps.get_models() if _has_row_counts(model)]


def _has_row_counts(model: type[models.Model]) -> bool:
    triggers = getattr(model._meta, "triggers", ())
    return any(isinstance(trigger, CountTrigger) for trigger in triggers)


def count_mismatches(model: type[models.Model]) -> list[CountMismatch]:
    """The counts that differ from the rows, of each kind at one moment."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT organization_id, status, coalesce(stored.rows, 0),
                   coalesce(counted.rows, 0)
            FROM (SELECT organization_id, status, sum(rows) AS rows
                  FROM fluxrate_rowcount WHERE model = %s
                  GROUP BY organization_id, status) AS stored
            FULL JOIN (SELECT organization_id, status, count(*) AS rows FROM {table}
                  GROUP BY organization_id, status) AS counted
            USING (organization_id, status)
            WHERE coalesce(stored.rows, 0) <> coalesce(counted.rows, 0)
            ORDER BY organization_id, status
            """,
            [table],
        )
        mismatches = [CountMismatch(*row) for row in cursor.fetchall()]
        cursor.execute(MISMATCHES.format(table=table), {"model": table})
        intervals = [CountMismatch(*row) for row in cursor.fetchall()]
    wrong = [each for each in intervals if each.stored != each.counted]
    return mismatches + wrong


def recount(model: type[models.Model]) -> None:
    """Count a model's rows again; writers wait meanwhile."""
    table = model._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
        cursor.execute("DELETE FROM fluxrate_rowcount WHERE model = %s", [table])
        cursor.execute(
            f"""
            INSERT INTO fluxrate_rowcount (organization_id, model, status, slot, rows)
            SELECT organization_id, %s, status, 0, count(*)
            FROM {table} GROUP BY organization_id, status
            """,
            [table],
        )
        recount_intervals(cursor, model)
