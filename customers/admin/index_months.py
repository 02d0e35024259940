"""New customers and subscriptions by month; ids are in the order of creation."""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from customers.models import Customer, Subscription
from fluxrate.models.limits import current_limit

from .index_counts import list_url

MONTHS = 12
# A month with more rows is estimated from the planner's statistics.
MAX_COUNTED = 10_000
_COUNT = """
SELECT (SELECT count(*) FROM (
    SELECT FROM {table} WHERE id >= low AND id < high {limit} LIMIT %s) AS bounded)
FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS months (low, high, number)
ORDER BY number
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
        return f"{self.rows:,}"


def months(model: type[Customer | Subscription], at: datetime) -> list[Month]:
    """The last twelve months, the oldest first, counted in one statement."""
    starts = [_month(at, number - MONTHS) for number in range(1, MONTHS + 2)]
    bounds = [_first_id(start) for start in starts]
    low, high = bounds[:-1], bounds[1:]
    limit = current_limit()
    limits: list[list[uuid.UUID]] = [] if limit is None else [list(limit)]
    names = {"table": model._meta.db_table, "limit": _LIMIT if limits else ""}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(**names), (*limits, MAX_COUNTED + 1, low, high))
        counts = [row[0] for row in cursor.fetchall()]
        for index, count in enumerate(counts):
            if count > MAX_COUNTED:
                cursor.execute(
                    _ESTIMATE.format(**names), (low[index], high[index], *limits)
                )
                [(plan,)] = cursor.fetchall()
                counts[index] = max(count, _planned_rows(plan))
    return [
        Month(
            start,
            counts[index],
            list_url(model, id__gte=low[index], id__lt=high[index]),
            counts[index] > MAX_COUNTED,
        )
        for index, start in enumerate(starts[:-1])
    ]


def _planned_rows(plan: str | list[dict[str, dict[str, int]]]) -> int:
    parsed = json.loads(plan) if isinstance(plan, str) else plan
    return int(parsed[0]["Plan"]["Plan Rows"])


def _month(at: datetime, distance: int) -> datetime:
    year, month = divmod(at.year * 12 + at.month - 1 + distance, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def _first_id(at: datetime) -> uuid.UUID:
    """The lowest id of a row that is created then."""
    return uuid.UUID(int=int(at.timestamp() * 1_000) << 80)
