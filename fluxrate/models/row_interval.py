"""Row counts of ranges of ids: a page in the middle of a list costs what page 1 does.

An interval counts the rows of an organization below an id that no earlier interval
counts. Triggers add what a statement changes. A new row has a new id, which no interval
contains, so its INSERT changes none.
"""

import time

from django.db import connection, models
from django.db.backends.utils import CursorWrapper

SIZE = 2_000
# How long `count_intervals` waits for the transactions that it has met.
PATIENCE = 60.0

_OPEN = """
INSERT INTO fluxrate_rowinterval (organization_id, model, below, rows, is_counted)
SELECT organization_id, %(model)s, id, 0, false
FROM (SELECT organization_id, sum(rows) AS rows FROM fluxrate_rowcount
      WHERE model = %(model)s GROUP BY organization_id) AS counts
CROSS JOIN LATERAL (
    SELECT coalesce((array_agg(below ORDER BY below DESC))[1],
                    '00000000-0000-0000-0000-000000000000') AS start,
           coalesce(sum(rows), 0) AS rows
    FROM fluxrate_rowinterval AS intervals
    WHERE model = %(model)s AND intervals.organization_id = counts.organization_id
) AS earlier
CROSS JOIN LATERAL (
    SELECT id, row_number() OVER (ORDER BY id) AS number FROM {table} AS objects
    WHERE objects.organization_id = counts.organization_id AND id >= earlier.start
        AND id < (hour_old_id() || '-0000-0000-0000-000000000000')::uuid
) AS later
WHERE counts.rows - earlier.rows > %(size)s
    AND number %% %(size)s = 1 AND number > 1
ORDER BY organization_id, id
ON CONFLICT DO NOTHING
"""
# What the triggers have added since the interval exists is in its rows; the difference
# to all of its rows is added to whatever they add meanwhile. An interval that another
# transaction changes now is left to the next call: to wait for it, with the locks of
# other intervals, could deadlock.
_COUNT = """
WITH locked AS MATERIALIZED (
    SELECT organization_id, below FROM fluxrate_rowinterval
    WHERE model = %(model)s AND NOT is_counted FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE fluxrate_rowinterval AS intervals
SET rows = intervals.rows + uncounted.difference, is_counted = true
FROM (
    SELECT organization_id, below, (
        SELECT count(*) FROM {table} AS objects
        WHERE objects.organization_id = bounds.organization_id
            AND id < below AND id >= start) - rows AS difference
    FROM (
        SELECT organization_id, below, rows, is_counted, lag(
            below, 1, '00000000-0000-0000-0000-000000000000'
        ) OVER (PARTITION BY organization_id ORDER BY below) AS start
        FROM fluxrate_rowinterval WHERE model = %(model)s
    ) AS bounds
    WHERE NOT is_counted
) AS uncounted JOIN locked USING (organization_id, below)
WHERE intervals.model = %(model)s AND NOT intervals.is_counted
    AND intervals.organization_id = uncounted.organization_id
    AND intervals.below = uncounted.below
"""
MISMATCHES = """
SELECT organization_id, below::text, rows, (
    SELECT count(*) FROM {table} AS objects
    WHERE objects.organization_id = bounds.organization_id
        AND id < below AND id >= start)
FROM (
    SELECT organization_id, below, rows, is_counted, lag(
        below, 1, '00000000-0000-0000-0000-000000000000'
    ) OVER (PARTITION BY organization_id ORDER BY below) AS start
    FROM fluxrate_rowinterval WHERE model = %(model)s
) AS bounds
WHERE is_counted
"""


class RowInterval(models.Model):
    """The rows of a model below an id, and not in an earlier interval.

    Until `is_counted`, `rows` is only what has been added since the interval exists.
    """

    pk = models.CompositePrimaryKey("organization_id", "model", "below")
    # No foreign key: as in RowCount.
    organization_id = models.UUIDField()
    model = models.CharField(max_length=63)
    below = models.UUIDField()
    rows = models.BigIntegerField()
    is_counted = models.BooleanField()


def count_intervals(model: type[models.Model]) -> int:
    """Count the rows that no interval contains, but for the newest; the intervals.

    Nobody waits. A transaction that does not see a new interval does not add to it, so
    its rows are counted after the end of all such transactions. If they do not end in
    time, the next call counts.
    """
    with connection.cursor() as cursor:
        _execute(cursor, _OPEN, model)
        uncounted = RowInterval.objects.filter(
            model=model._meta.db_table, is_counted=False
        )
        if not uncounted.exists() or not _transactions_end(cursor):
            return 0
        return count_open_intervals(cursor, model)


def recount_intervals(cursor: CursorWrapper, model: type[models.Model]) -> None:
    """Make the intervals again, while the table is locked against changes."""
    RowInterval.objects.filter(model=model._meta.db_table).delete()
    _execute(cursor, _OPEN, model)
    count_open_intervals(cursor, model)


def count_open_intervals(cursor: CursorWrapper, model: type[models.Model]) -> int:
    """Count the rows of intervals without a count; the number of these intervals."""
    return _execute(cursor, _COUNT, model)


def _execute(cursor: CursorWrapper, sql: str, model: type[models.Model]) -> int:
    table = model._meta.db_table
    cursor.execute(sql.format(table=table), {"model": table, "size": SIZE})
    return int(cursor.rowcount)


def _transactions_end(cursor: CursorWrapper) -> bool:
    """Whether every transaction that writes now ends within PATIENCE."""
    cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
    (next_transaction,) = cursor.fetchone()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        cursor.execute(
            "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %s::xid8",
            [next_transaction],
        )
        if cursor.fetchone()[0]:
            return True
        time.sleep(0.05)
    return False
