"""Numbers of the admin's first page, from stored counts or bounded queries."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias
from urllib.parse import urlencode

from django.db.models import QuerySet, Sum, Value
from django.urls import reverse

from customers.models import Customer, Subscription
from fluxrate.models import Owned
from fluxrate.models.row_count import RowCount

MAX_COUNTED = 1_000
Model: TypeAlias = type[Customer | Subscription]


@dataclass(frozen=True)
class Number:
    """A number of rows, and the address of the list of them."""

    label: str
    value: int
    url: str
    exceeded: bool = False
    status: str = ""

    @property
    def text(self) -> str:
        return f"{self.value:,}"


def list_url(model: type[Owned], **query: object) -> str:
    opts = model._meta
    base = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return f"{base}?{urlencode(query)}"


def by_status(*models: Model) -> list[list[Number]]:
    """The stored row counts of all organizations in each status, for each model."""
    tables = [model._meta.db_table for model in models]
    rows = RowCount.objects.filter(model__in=tables).values_list("model", "status")
    counts = {(table, status): n for table, status, n in rows.annotate(Sum("rows"))}
    return [
        [
            Number(
                str(status.label),
                counts.get((model._meta.db_table, status.value), 0),
                list_url(model, status=status.value),
                status=status.value,
            )
            for status in model.Status
        ]
        for model in models
    ]


class Bounded(NamedTuple):
    """Rows to count, and the query of the list that shows them."""

    label: str
    rows: QuerySet
    query: dict[str, object]


def bounded(*parts: Bounded) -> list[Number]:
    """One statement counts them all, each up to MAX_COUNTED."""
    limited = [
        part.rows.order_by()
        .annotate(part=Value(index))
        .values("part")[: MAX_COUNTED + 1]
        for index, part in enumerate(parts)
    ]
    if not limited:
        return []
    first, *others = limited
    rows = first.union(*others, all=True) if others else first
    counts = Counter(row["part"] for row in rows)
    return [
        Number(
            part.label,
            min(counts[index], MAX_COUNTED),
            list_url(part.rows.model, **part.query),
            counts[index] > MAX_COUNTED,
        )
        for index, part in enumerate(parts)
    ]
