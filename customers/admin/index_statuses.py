"""The stored row counts of the first page: by status, and of unpaid subscriptions."""

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast

from customers.models import Subscription
from fluxrate.models.row_count import RowCount
from organizations.models import Organization

from .index_counts import Model, Number, list_url

PAST_DUE, SHOWN = Subscription.Status.PAST_DUE.value, 5
SUBSCRIPTIONS = Subscription._meta.db_table
TEXT: CharField = CharField()


def stored_counts(*models: Model) -> tuple[list[list[Number]], list[Number]]:
    """The rows of each model in each status, and the organizations that have most of
    the past due subscriptions; one statement.
    """
    if not models:
        return [], []
    tables = [model._meta.db_table for model in models]
    named = RowCount.objects.filter(model__in=tables).values("model", "status")
    parts = named.annotate(name=Value(""), number=Sum("rows"))
    if Subscription in models:
        parts = parts.union(_unpaid(), all=True)
    counts, unpaid = {}, []
    for table, status, name, number in parts.values_list(
        "model", "status", "name", "number"
    ):
        if table in tables:
            counts[table, status] = number
        else:
            query = {"status": PAST_DUE, "organization": table}
            unpaid.append(Number(name, number, list_url(Subscription, **query)))
    unpaid.sort(key=lambda each: (-each.value, each.label))
    return [_by_status(model, counts) for model in models], unpaid


def _unpaid() -> QuerySet:
    """Rows with an organization's id where the others have a table."""
    owners = Organization.objects.filter(pk=OuterRef("organization_id"))
    counts = RowCount.objects.filter(model=SUBSCRIPTIONS, status=PAST_DUE)
    owned = counts.values("organization_id").annotate(number=Sum("rows"))
    return (
        owned.filter(number__gt=0)
        .annotate(
            owner=Cast("organization_id", TEXT),
            state=Value(PAST_DUE),
            name=Subquery(owners.values("name")[:1]),
        )
        .filter(name__isnull=False)
        .order_by("-number", "organization_id")
        .values("owner", "state", "name", "number")[:SHOWN]
    )


def _by_status(model: Model, counts: dict[tuple[str, str], int]) -> list[Number]:
    return [
        Number(
            str(status.label),
            counts.get((model._meta.db_table, status.value), 0),
            list_url(model, status=status.value),
            status=status.value,
        )
        for status in model.Status
    ]
