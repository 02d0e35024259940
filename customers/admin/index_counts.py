"""Numbers of the admin's first page, from stored counts or bounded queries."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias
from urllib.parse import urlencode

from django.db.models import QuerySet, Value
from django.urls import reverse

from customers.models import Customer, Subscription
from fluxrate.admin.language import grouped
from fluxrate.models import Owned

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
        return grouped(self.value)


def list_url(model: type[Owned], **query: object) -> str:
    opts = model._meta
    base = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return f"{base}?{urlencode(query)}"


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
