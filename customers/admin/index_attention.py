"""What needs attention: late steps, and trials and keys that end."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from customers.models import Subscription
from organizations.models import ApiKey

from .index_counts import Bounded

TRIAL_DAYS, KEY_DAYS, LATE, SHOWN = 7, 30, timedelta(hours=1), 5
TRIAL = Subscription.Status.TRIAL.value
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


def _live(rows: QuerySet) -> QuerySet:
    first = rows.order_by("due_at").values("pk")[:MAX_READ]
    live: QuerySet = Subscription.objects.filter(
        pk__in=first, organization__is_test=False
    )
    return live
