"""Subscriptions that need attention: unpaid, late, or at the end of a trial."""

from datetime import datetime, timedelta

from django.db.models import QuerySet, Sum

from customers.models import Subscription
from fluxrate.models.row_count import RowCount
from organizations.models import ApiKey, Organization

from .index_counts import Bounded, Number, list_url

TRIAL_DAYS, KEY_DAYS, LATE, SHOWN = 7, 30, timedelta(hours=1), 5
TRIAL, PAST_DUE = Subscription.Status.TRIAL.value, Subscription.Status.PAST_DUE.value
# The steps of a test organization wait for its clock; at most MAX_READ are passed over.
LIVE = {"test": "false"}
MAX_READ = 10_000


def ending_and_late(at: datetime) -> tuple[Bounded, Bounded]:
    """The trials that end within a week, and the steps that have been due for an hour
    (`manage.py advance` does not run).
    """
    since = at - LATE
    return (
        Bounded(
            f"Trials that end within {TRIAL_DAYS} days",
            _ending_trials(at),
            {"status": TRIAL, **_soon(at), **LIVE},
        ),
        Bounded(
            "Steps overdue by an hour",
            _live(Subscription.objects.due(at=since)),
            {"due_at__lte": since, **LIVE},
        ),
    )


def first_trials(at: datetime) -> QuerySet:
    """The first trials that end."""
    rows = _ending_trials(at).select_related("customer", "organization")
    return rows.order_by("due_at", "id")[:SHOWN]


def ending_keys(at: datetime) -> Bounded:
    """The API keys that expire within a month."""
    query = {
        "expires_at__gte": at,
        "expires_at__lt": at + timedelta(days=KEY_DAYS),
        "revoked_at__isnull": True,
    }
    label = f"API keys that expire within {KEY_DAYS} days"
    return Bounded(label, ApiKey.objects.filter(**query), query)


def _soon(at: datetime) -> dict[str, object]:
    return {"due_at__gte": at, "due_at__lt": at + timedelta(days=TRIAL_DAYS)}


def _ending_trials(at: datetime) -> QuerySet:
    return _live(Subscription.objects.filter(status=TRIAL, **_soon(at)))


def unpaid() -> list[Number]:
    """The organizations that have most of the past due subscriptions."""
    counts = RowCount.objects.filter(
        model=Subscription._meta.db_table, status=PAST_DUE
    ).values_list("organization_id")
    most = dict(
        counts.annotate(number=Sum("rows"))
        .filter(number__gt=0)
        .order_by("-number", "organization_id")[:SHOWN]
    )
    names = dict(Organization.objects.filter(pk__in=most).values_list("pk", "name"))
    return [
        Number(
            names[pk],
            number,
            list_url(Subscription, status=PAST_DUE, organization=pk),
        )
        for pk, number in most.items()
        if pk in names
    ]


def _live(rows: QuerySet) -> QuerySet:
    first = rows.order_by("due_at").values("pk")[:MAX_READ]
    live: QuerySet = Subscription.objects.filter(
        pk__in=first, organization__is_test=False
    )
    return live
