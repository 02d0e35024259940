"""New customers and subscriptions by month; ids are in the order of creation."""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from django.db.backends.utils import CursorWrapper

from fluxrate.admin.language import grouped
from fluxrate.models.limits import current_limit

from .index_counts import Model, list_url

MONTHS = 12
# A month with more rows is estimated from the planner's statistics.
MAX_COUNTED = 10_000
_COUNT = """
SELECT {index}, number, (SELECT count(*) FROM (
    SELECT FROM {table} WHERE id >= low AND id < high {limit} LIMIT %s) AS bounded)
FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS months (low, high, number)
"""
_ESTIMATE = """
EXPLAIN (FORMAT JSON) SELECT FROM {table} WHERE id >= %s AND id < %s {limit}
"""
_LIMIT = "AND organization_id = ANY (%s)"


@dataclass(frozen=True)
class Month:
    start: datetime
    rows: int
    url: str
    is_estimate: bool

    @property
    def text(self) -> str:
        return grouped(self.rows)


def months(at: datetime, *models: Model) -> list[list[Month]]:
    """The last twelve months of each model, the oldest first, in one statement; in two
    if there are months to estimate.
    """
    starts = [_month(at, number - MONTHS) for number in range(1, MONTHS + 2)]
    bounds = [_first_id(start) for start in starts]
    counts = _counts(bounds[:-1], bounds[1:], models)
    return [
        [
            Month(
                start,
                counts[index][number],
                list_url(model, id__gte=bounds[number], id__lt=bounds[number + 1]),
                counts[index][number] > MAX_COUNTED,
            )
            for number, start in enumerate(starts[:-1])
        ]
        for index, model in enumerate(models)
    ]


def _counts(
    low: list[uuid.UUID], high: list[uuid.UUID], models: Sequence[Model]
) -> list[list[int]]:
    limit = current_limit()
    limits: list[list[uuid.UUID]] = [] if limit is None else [list(limit)]
    names = [
        {"table": model._meta.db_table, "limit": _LIMIT if limits else ""}
        for model in models
    ]
    parts = (_COUNT.format(index=i, **name) for i, name in enumerate(names))
    counts = [[0] * len(low) for _ in names]
    with connection.cursor() as cursor:
        values: list[list[uuid.UUID] | int] = [*limits, MAX_COUNTED + 1, low, high]
        cursor.execute(" UNION ALL ".join(parts), values * len(names))
        for index, number, count in cursor.fetchall():
            counts[index][number - 1] = count
        many = [
            (row, number, names[index])
            for index, row in enumerate(counts)
            for number, count in enumerate(row)
            if count > MAX_COUNTED
        ]
        sql = [_ESTIMATE.format(**name) for _, _, name in many]
        bounds: list[uuid.UUID | list[uuid.UUID]] = []
        for _, number, _ in many:
            bounds.extend((low[number], high[number]))
            bounds.extend(limits)
        estimates = _planned_rows(cursor, sql, bounds)
        for (row, number, _), rows in zip(many, estimates, strict=True):
            row[number] = max(row[number], rows)
    return counts


def _planned_rows(
    cursor: CursorWrapper,
    explanations: list[str],
    values: list[uuid.UUID | list[uuid.UUID]],
) -> Iterator[int]:
    """The planner's rows of each EXPLAIN; all are sent at once."""
    if explanations:
        cursor.execute(";".join(explanations), values)
    for _ in explanations:
        [(plan,)] = cursor.fetchall()
        parsed = json.loads(plan) if isinstance(plan, str) else plan
        yield int(parsed[0]["Plan"]["Plan Rows"])
        cursor.nextset()


def _month(at: datetime, distance: int) -> datetime:
    year, month = divmod(at.year * 12 + at.month - 1 + distance, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def _first_id(at: datetime) -> uuid.UUID:
    """The lowest id of a row that is created then."""
    return uuid.UUID(int=int(at.timestamp() * 1_000) << 80)
