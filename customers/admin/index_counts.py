"""Numbers of the admin's first page, from stored counts or bounded queries."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import QuerySet, Sum
from django.urls import reverse

from customers.models import Customer, Subscription
from fluxrate.models.row_count import RowCount

MAX_COUNTED = 1_000


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


def list_url(model: type[Customer | Subscription], **query: object) -> str:
    base = reverse(f"admin:customers_{model._meta.model_name}_changelist")
    return f"{base}?{urlencode(query)}"


def by_status(model: type[Customer | Subscription]) -> list[Number]:
    """The stored row counts of all organizations in each status."""
    rows = RowCount.objects.filter(model=model._meta.db_table)
    counts = dict(rows.values_list("status").annotate(Sum("rows")))
    return [
        Number(
            str(status.label),
            counts.get(status.value, 0),
            list_url(model, status__exact=status.value),
            status=status.value,
        )
        for status in model.Status
    ]


def bounded(label: str, rows: QuerySet, **query: object) -> Number:
    """The number of subscriptions, of which MAX_COUNTED are counted."""
    count = rows.order_by()[: MAX_COUNTED + 1].count()
    url = list_url(Subscription, **query)
    return Number(label, min(count, MAX_COUNTED), url, count > MAX_COUNTED)
